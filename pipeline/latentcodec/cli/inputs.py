"""Inputs: files, folders and stdin."""

import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, require_open
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
