"""Which output belongs to each input."""

import os
from collections.abc import Callable, Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

import numpy as np

from latentcodec import storage
from latentcodec.cli.inputs import PICTURES, Input, Kind, expand, in_shard, is_ltc, is_picture, is_shard
from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, as_stdout
from latentcodec.parallel import ordered_map

_TYPICAL = 1000
"""Pictures that a shard is taken to have before it is looked into."""
_SHARDS_AHEAD = 8
"""Shards that are looked into before it is their turn: of one in a store each header of a picture is a request."""


@dataclass(frozen=True, slots=True)
class Job:
    """An input and its output."""

    source: Input
    target: str
    create_folder: bool
    """The folder of the output is made where it is missing."""
    taken_by: str | None = None
    """Another input that has the same output, so that both fail."""

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def path(self) -> str:
        return self.source.path

    def check(self) -> None:
        """Raise OSError if the input fails already, or another one has the same output."""
        if self.source.error is not None:
            raise self.source.error
        if self.taken_by is not None:
            raise FileExistsError(
                f"{self.target} would be the output of {self.taken_by} too: rename one, or give each its own -o"
            )


class Plan(Sized, Iterable[Job]):
    """The jobs of some inputs. Each is made when it is asked for: so many are planned that only the names are kept, and
    of what is in shards not even these, which are looked into when their turn is near.

    Its length is how many there are, as far as that is known yet: another shard is taken to hold a thousand pictures.
    """

    def __init__(self, inputs: list[Input], pair: Callable[[Input], Job], kind: Kind) -> None:
        self._inputs, self._pair, self._kind = inputs, pair, kind
        self._collisions = _collisions(inputs, pair)
        self._length = self._expected = len(inputs) + (_TYPICAL - 1) * sum(map(self._is_shard, inputs))

    def __len__(self) -> int:
        return self._length

    @property
    def first(self) -> Job:
        """The first one, which may be a shard."""
        return self._job(self._inputs[0])

    def __iter__(self) -> Iterator[Job]:
        self._length = self._expected
        for in_shards, sources in groupby(self._inputs, self._is_shard):
            if not in_shards:
                yield from map(self._job, sources)
                continue
            for jobs in ordered_map(self._in_shard, sources, _SHARDS_AHEAD, ahead=1):
                self._length += len(jobs) - _TYPICAL
                yield from jobs

    def _is_shard(self, source: Input) -> bool:
        return is_shard(source, self._kind)

    def _in_shard(self, shard: Input) -> list[Job]:
        job = self._job(shard)
        return [job] if job.taken_by else [self._pair(source) for source in in_shard(shard, self._kind)]

    def _job(self, source: Input) -> Job:
        """With which other input has the same output, if one has."""
        job = self._pair(source)
        others = self._collisions.get(storage.absolute(job.target), ()) if self._collisions else ()
        return replace(job, taken_by=next((other for other in others if other != source.path), None))


def _collisions(inputs: list[Input], pair: Callable[[Input], Job]) -> dict[str, list[str]]:
    """The inputs of every output that is that of several."""

    def output(source: Input) -> str:
        return storage.absolute(pair(source).target)

    marks = np.fromiter((hash(output(source)) for source in inputs), np.int64, len(inputs))
    values, counts = np.unique(marks, return_counts=True)
    collisions: dict[str, list[str]] = {}
    for number in np.flatnonzero(np.isin(marks, values[counts > 1])):
        source = inputs[number]
        collisions.setdefault(output(source), []).append(source.path)
    return collisions


def plan(arguments: list[str], output: str | None, kind: Kind, names: str | Iterable[str] | None = None) -> Plan:
    """Pair every input with its output.

    Without ``output`` that is the input's name with another suffix. ``output`` is a file for one input, or a folder,
    under which the trees below the folders that were named are repeated. Two names of which the second has the suffix
    of an output are an input and its output.

    Args:
        names: a list of inputs, as ``expand`` takes it.

    Raises:
        UsageError: several inputs for one output, an output that is its own input, or stdin into a folder.
    """
    if output is None and len(arguments) == 2 and _is_output(arguments, kind):
        arguments, output = arguments[:1], arguments[1]
    output = None if output is None else as_stdout(output)
    inputs = expand(arguments, kind, names)
    if names is not None and not inputs:
        raise UsageError(f"--files-from: {names if isinstance(names, str) else 'the list'} names no file")
    folder = _output_folder(inputs, output, kind)
    return Plan(inputs, partial(_job, output=output, folder=folder, kind=kind), kind)


def _is_output(arguments: list[str], kind: Kind) -> bool:
    """Whether the second of two names, and not the first, is by its suffix what the command writes."""
    is_other_side = is_ltc if kind is PICTURES else is_picture
    first, second = arguments
    return is_other_side(second) and not is_other_side(first) and not any(map(storage.is_folder, arguments))


def _job(source: Input, *, output: str | None, folder: str | None, kind: Kind) -> Job:
    if source.error is not None:
        target = source.path
    elif folder is not None:
        inside = storage.below(source.path, source.below) if source.below else None
        target = storage.join(folder, inside or storage.last_part(source.path))
        if not is_shard(source, kind):  # whose outputs are in a folder of its name
            target = storage.with_suffix(target, kind.suffix)
    elif output is not None:
        target = output
    else:
        target = STDIO if source.path == STDIO else storage.with_suffix(source.path, kind.suffix)
    if source.error is None and target != STDIO and storage.absolute(target) == storage.absolute(source.path):
        if folder is None and output is not None:
            raise UsageError(f"{source.path} would be overwritten by its own output")
        source = replace(source, error=OSError(f"not {kind.name}, by its name; if it is one, name an output with -o"))
    return Job(source, target, folder is not None)


def _output_folder(inputs: list[Input], output: str | None, kind: Kind) -> str | None:
    """The folder that ``output`` names; a folder that does not exist yet is told by "/", or by a folder as input."""
    several = len(inputs) > 1
    shard = next((source.path for source in inputs if is_shard(source, kind)), None)
    in_folder = shard is not None or any(source.below for source in inputs)
    if output is None and shard is not None:
        raise UsageError(f"{shard}: what is in a shard needs a folder for its outputs: -o")
    if output is None:
        return None
    if output == STDIO and (several or in_folder):
        raise UsageError("'-' stands for one output, not for several")
    if output != STDIO and (in_folder or output.endswith(("/", os.sep)) or storage.is_folder(output)):
        if inputs[0].path == STDIO:
            raise UsageError(f"{output} is a folder: what comes from stdin needs a file name, or '-'")
        if storage.exists(output) and not storage.is_folder(output):
            raise UsageError(f"{output} is no folder")
        return output
    if several:
        raise UsageError(f"several inputs need a folder as their output: {output} is none (end it with / to create it)")
    return None
