"""Inputs: files, folders and stdin, and the output that belongs to each."""

import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, as_stdout, require_open
from latentcodec.cli.work import note
from latentcodec.errors import LimitError

# Formats that Pillow knows by name only, or that hold no still picture; and our own, where the plugin is loaded.
_NO_PICTURES = {"LTC", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}
_PLUGINS = {".heic": "pillow_heif", ".heif": "pillow_heif", ".hif": "pillow_heif", ".jxl": "pillow_jxl"}

LARGEST_STREAM = 2**30
"""Bytes that are read from stdin, a pipe or a device, which may never end."""

_MAGICS = (b"LTC", b"LTP")


def is_picture(path: Path) -> bool:
    """By its suffix, whether Pillow can read it."""
    kind = Image.registered_extensions().get(path.suffix.lower())
    return kind in Image.OPEN and kind not in _NO_PICTURES


def is_ltc(path: Path) -> bool:
    return path.suffix.lower() == ".ltc"


def is_ltc_or_ltcp(path: Path) -> bool:
    return path.suffix.lower() in (".ltc", ".ltcp")


@dataclass(frozen=True)
class Kind:
    """The files that a command takes from a folder, and those that it leaves there without a word."""

    name: str
    takes: Callable[[Path], bool]
    leaves: Callable[[Path], bool]
    suffix: str = ""
    """What its outputs end with."""


PICTURES = Kind("a picture", is_picture, is_ltc_or_ltcp, ".ltc")
FILES = Kind("a .ltc file", is_ltc, is_picture, ".png")
FILES_AND_PACKS = Kind("a .ltc or .ltcp file", is_ltc_or_ltcp, lambda _: True)


@dataclass(frozen=True)
class Input:
    """A file to read; ``below`` is the folder that it was found in, None where the file itself was named."""

    path: str
    below: str | None = None
    error: OSError | None = field(default=None, compare=False)
    """Why it fails: a folder that cannot be read or holds nothing, or a file that would be its own output."""

    @property
    def name(self) -> str:
        return name_of(self.path)


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


def name_of(path: str) -> str:
    """What messages call an input."""
    return "stdin" if path == STDIO else path


def open_picture(source: Input) -> str | io.BytesIO:
    """What the library reads a picture from: its path, or the content of stdin, a pipe or a device.

    Raises:
        OSError: the input fails already.
        LimitError: a stream of more than ``LARGEST_STREAM`` bytes.
    """
    if source.error is not None:
        raise source.error
    if source.path != STDIO and not _is_stream(source.path):
        return source.path
    with _opened(source.path) as file:
        return io.BytesIO(_read_stream(file, b""))


def read_ltc(source: Input) -> bytes:
    """The content of a .ltc or .ltcp file; of any other no more than what shows that it is none.

    Raises:
        OSError, LimitError: as ``open_picture``.
    """
    if source.error is not None:
        raise source.error
    with _opened(source.path) as file:
        start = file.read(8)
        if not start.startswith(_MAGICS):
            return start
        return _read_stream(file, start) if source.path == STDIO or _is_stream(source.path) else start + file.read()


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIO:
        require_open(0, "stdin")
        yield sys.stdin.buffer
        return
    with open(path, "rb") as file:
        yield file


def _read_stream(file: BinaryIO, start: bytes) -> bytes:
    content = start + file.read(LARGEST_STREAM + 1)
    if len(content) > LARGEST_STREAM:
        raise LimitError(f"more than {LARGEST_STREAM} bytes from a stream: name a file instead")
    return content


def _is_stream(path: str) -> bool:
    """A pipe or a device; False also where there is nothing."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def expand(arguments: list[str], kind: Kind) -> list[Input]:
    """Every file that is named, and those of the kind below a folder that is: sorted, without hidden ones.

    What is passed over in a folder is a note; a folder that cannot be read, or holds none, is an input that fails.

    Raises:
        UsageError: "-" among several.
    """
    if STDIO in arguments and len(arguments) > 1:
        raise UsageError("'-' stands for one input, not for one of several")
    inputs = []
    for argument in arguments:
        if argument == STDIO or not Path(argument).is_dir():
            inputs.append(Input(argument))
            continue
        left: Counter[str] = Counter()
        found = list(_walk(argument, kind, left))
        if left.total():
            note(f"{argument}: {_passed_over(left)}")
        nothing = FileNotFoundError(f"the folder holds no file of this kind, {kind.name}")
        inputs += found or [Input(argument, argument, nothing)]
    return inputs


def _walk(folder: str, kind: Kind, left: Counter[str]) -> Iterator[Input]:
    """The files of the kind below a folder; counts in ``left`` what is passed over."""
    failed: list[OSError] = []
    for here, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        left["link to a folder"] += sum(os.path.islink(os.path.join(here, name)) for name in folders)
        for path in (Path(here, name) for name in sorted(files) if not name.startswith(".")):
            if kind.takes(path) and path.is_file():
                yield Input(str(path), folder)
            elif not path.is_file():
                left["broken link" if path.is_symlink() else "pipe or device"] += 1
            elif not kind.leaves(path):
                left[path.suffix.lower() or "file without suffix"] += 1
    for error in failed:
        yield Input(str(error.filename), folder, error)


def _passed_over(left: Counter[str]) -> str:
    """ "passed over 2 .heic, 1 link to a folder", and the plugin that would read some of them."""
    counted = ", ".join(f"{number} {what}" for what, number in sorted(left.items()) if number)
    plugins = sorted({_PLUGINS[suffix] for suffix in left if suffix in _PLUGINS})
    hint = "".join(f"; --plugin {plugin} may read them" for plugin in plugins)
    return f"passed over {counted}{hint}"


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
