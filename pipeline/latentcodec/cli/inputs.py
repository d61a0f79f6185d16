"""Inputs: files, folders and stdin, and the output that belongs to each."""

import io
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, check_output

# Formats that Pillow knows by name only, or that hold no still picture; and our own, where the plugin is loaded.
_NO_PICTURES = {"LTC", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}

IsWanted = Callable[[Path], bool]


@dataclass(frozen=True)
class Input:
    """A file to read; ``below`` is the folder that it was found in, None where the file itself was named."""

    path: str
    below: str | None = None

    @property
    def name(self) -> str:
        return name_of(self.path)


@dataclass(frozen=True)
class Job:
    """An input and its output."""

    source: str
    target: str
    found: bool
    """In a folder, not named: skipped where its output is there already."""
    create_folder: bool
    """The folder of the output is made where it is missing."""
    taken_by: str | None = None
    """Another input that has the same output, so that both fail."""

    @property
    def name(self) -> str:
        return name_of(self.source)


def is_picture(path: Path) -> bool:
    """By its suffix, whether Pillow can read it."""
    kind = Image.registered_extensions().get(path.suffix.lower())
    return kind in Image.OPEN and kind not in _NO_PICTURES


def is_file(path: Path) -> bool:
    return path.suffix.lower() == ".ltc"


def is_file_or_pack(path: Path) -> bool:
    return path.suffix.lower() in (".ltc", ".ltcp")


def name_of(source: str) -> str:
    """What messages call an input."""
    return "stdin" if source == STDIO else source


def readable(source: str) -> str | io.BytesIO:
    """A file's path, or what stdin holds for "-": what the library reads pictures and files from."""
    return io.BytesIO(sys.stdin.buffer.read()) if source == STDIO else source


def expand(arguments: list[str], is_wanted: IsWanted) -> list[Input]:
    """Every file that is named, and those below a folder that are wanted: sorted, without hidden ones.

    Raises:
        UsageError: "-" among several.
        FileNotFoundError: a folder that holds none.
    """
    if STDIO in arguments and len(arguments) > 1:
        raise UsageError("'-' stands for one input, not for one of several")
    inputs = []
    for argument in arguments:
        if argument == STDIO or not Path(argument).is_dir():
            inputs.append(Input(argument))
            continue
        found = [Input(str(path), argument) for path in _walk(argument) if is_wanted(path)]
        if not found:
            raise FileNotFoundError(f"{argument}: the folder holds no file of this kind")
        inputs += found
    return inputs


def plan(arguments: list[str], output: str | None, suffix: str, is_wanted: IsWanted) -> list[Job]:
    """Pair every input with its output.

    Without ``output`` that is the input's name with another suffix. ``output`` is a file for one input, or a folder,
    under which the trees below the folders that were named are repeated.

    Raises:
        UsageError: several inputs for one output, an output that is its own input, or stdin into a folder.
        FileNotFoundError: as ``expand``.
    """
    inputs = expand(arguments, is_wanted)
    folder = _output_folder(inputs, output)
    jobs: list[Job] = []
    sources: dict[str, list[str]] = {}
    for given in inputs:
        if folder is not None:
            name = os.path.relpath(given.path, given.below) if given.below else Path(given.path).name
            target = str((folder / name).with_suffix(suffix))
        elif output is not None:
            target = output
        else:
            target = STDIO if given.path == STDIO else str(Path(given.path).with_suffix(suffix))
        place = os.path.abspath(target)
        if target != STDIO and place == os.path.abspath(given.path):
            raise UsageError(f"{given.path} would be overwritten by its own output")
        jobs.append(Job(given.path, target, given.below is not None, folder is not None))
        sources.setdefault(place, []).append(given.path)
    return [_with_rival(job, sources[os.path.abspath(job.target)]) for job in jobs]


def _with_rival(job: Job, sources: list[str]) -> Job:
    """The job, and which other input has the same output, if one has."""
    return replace(job, taken_by=next((other for other in sources if other != job.source), None))


def is_done(job: Job, force: bool) -> bool:
    """Whether the output of a file that was found in a folder is there already, and newer than the file.

    Raises:
        FileExistsError: something else has that place.
        FileNotFoundError: there is no such folder.
    """
    if job.taken_by is not None:
        raise FileExistsError(
            f"{job.target} would be the output of {job.taken_by} too: rename one, or give each its own -o"
        )
    if not force and _is_newer(job):
        return True
    check_output(job.target, force, create_folder=job.create_folder)
    return False


def _is_newer(job: Job) -> bool:
    target = Path(job.target)
    return job.found and target.is_file() and target.stat().st_mtime_ns >= Path(job.source).stat().st_mtime_ns


def _output_folder(inputs: list[Input], output: str | None) -> Path | None:
    """The folder that ``output`` names; a folder that does not exist yet is told by "/", or by a folder as input."""
    several = len(inputs) > 1
    in_folder = any(given.below for given in inputs)
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


def _walk(folder: str) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))
