"""Which output belongs to each input."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from latentcodec.cli.inputs import PICTURES, Input, Kind, expand, is_ltc, is_picture
from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, as_stdout


@dataclass(frozen=True)
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

    def check(self) -> None:
        """Raise OSError if the input fails already, or another one has the same output."""
        if self.source.error is not None:
            raise self.source.error
        if self.taken_by is not None:
            raise FileExistsError(
                f"{self.target} would be the output of {self.taken_by} too: rename one, or give each its own -o"
            )


def plan(arguments: list[str], output: str | None, kind: Kind) -> list[Job]:
    """Pair every input with its output.

    Without ``output`` that is the input's name with another suffix. ``output`` is a file for one input, or a folder,
    under which the trees below the folders that were named are repeated. Two names of which the second has the suffix
    of an output are an input and its output.

    Raises:
        UsageError: several inputs for one output, an output that is its own input, or stdin into a folder.
    """
    if output is None and len(arguments) == 2 and _is_output(arguments, kind):
        arguments, output = arguments[:1], arguments[1]
    output = None if output is None else as_stdout(output)
    inputs = expand(arguments, kind)
    folder = _output_folder(inputs, output)
    jobs = [_job(source, output, folder, kind) for source in inputs]
    sources: dict[str, list[str]] = {}
    for job in jobs:
        sources.setdefault(os.path.abspath(job.target), []).append(job.source.path)
    return [_with_rival(job, sources[os.path.abspath(job.target)]) for job in jobs]


def _is_output(arguments: list[str], kind: Kind) -> bool:
    """Whether the second of two names, and not the first, is by its suffix what the command writes."""
    is_other_side = is_ltc if kind is PICTURES else is_picture
    first, second = map(Path, arguments)
    return is_other_side(second) and not is_other_side(first) and not first.is_dir() and not second.is_dir()


def _job(source: Input, output: str | None, folder: Path | None, kind: Kind) -> Job:
    if source.error is not None:
        target = source.path
    elif folder is not None:
        name = os.path.relpath(source.path, source.below) if source.below else Path(source.path).name
        target = str((folder / name).with_suffix(kind.suffix))
    elif output is not None:
        target = output
    else:
        target = STDIO if source.path == STDIO else str(Path(source.path).with_suffix(kind.suffix))
    if source.error is None and target != STDIO and os.path.abspath(target) == os.path.abspath(source.path):
        if folder is None and output is not None:
            raise UsageError(f"{source.path} would be overwritten by its own output")
        source = replace(source, error=OSError(f"not {kind.name}, by its name; if it is one, name an output with -o"))
    return Job(source, target, folder is not None)


def _with_rival(job: Job, sources: list[str]) -> Job:
    """The job, and which other input has the same output, if one has."""
    return replace(job, taken_by=next((other for other in sources if other != job.source.path), None))


def _output_folder(inputs: list[Input], output: str | None) -> Path | None:
    """The folder that ``output`` names; a folder that does not exist yet is told by "/", or by a folder as input."""
    several = len(inputs) > 1
    in_folder = any(source.below for source in inputs)
    if output is None:
        return None
    if output == STDIO and (several or in_folder):
        raise UsageError("'-' stands for one output, not for several")
    if output != STDIO and (in_folder or Path(output).is_dir() or output.endswith(("/", os.sep))):
        if inputs[0].path == STDIO:
            raise UsageError(f"{output} is a folder: what comes from stdin needs a file name, or '-'")
        if Path(output).exists() and not Path(output).is_dir():
            raise UsageError(f"{output} is no folder")
        return Path(output)
    if several:
        raise UsageError(f"several inputs need a folder as their output: {output} is none (end it with / to create it)")
    return None
