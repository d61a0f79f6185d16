"""Inputs: files, folders, patterns, lists of names and stdin; a path may be a URL."""

import errno
import glob
import io
import os
import stat
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from PIL import Image

from latentcodec import shards, storage
from latentcodec.cli.messages import UsageError, explain
from latentcodec.cli.outputs import STDIO, require_open
from latentcodec.cli.work import note
from latentcodec.errors import LimitError

# Formats that Pillow knows by name only, or that hold no still picture; and our own, where the plugin is loaded.
_NO_PICTURES = {"LTC", "BUFR", "GRIB", "HDF5", "MPEG", "WMF"}
_PLUGINS = {".heic": "pillow_heif", ".heif": "pillow_heif", ".hif": "pillow_heif", ".jxl": "pillow_jxl"}

LARGEST_STREAM = 2**30
"""Bytes that are read from stdin, a pipe or a device, which may never end."""

_MAGICS = (b"LTC", b"LTP")


def is_picture(path: str) -> bool:
    """By its suffix, whether Pillow can read it."""
    kind = Image.registered_extensions().get(storage.ending(path))
    return kind in Image.OPEN and kind not in _NO_PICTURES


def is_ltc(path: str) -> bool:
    return storage.ending(path) == ".ltc"


def is_ltc_or_ltcp(path: str) -> bool:
    return storage.ending(path) in (".ltc", ".ltcp")


@dataclass(frozen=True)
class Kind:
    """The files that a command takes from a folder, and those that it leaves there without a word."""

    name: str
    takes: Callable[[str], bool]
    leaves: Callable[[str], bool]
    suffix: str = ""
    """What its outputs end with."""
    in_shards: bool = False
    """Whether they are read from shards too."""


PICTURES = Kind("a picture", is_picture, is_ltc_or_ltcp, ".ltc", in_shards=True)
FILES = Kind("a .ltc file", is_ltc, is_picture, ".png")
FILES_AND_PACKS = Kind("a .ltc or .ltcp file", is_ltc_or_ltcp, lambda _: True)


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read; ``below`` is the folder that it was found in, None where the file itself was named."""

    path: str
    below: str | None = None
    error: OSError | None = field(default=None, compare=False)
    """Why it fails: a folder that cannot be read or holds nothing, or a file that would be its own output."""
    content: bytes | None = field(default=None, compare=False, repr=False)
    """What ``fetched`` has read."""
    shard: str | None = field(default=None, compare=False)
    """The file that holds it, of a picture in a shard."""
    place: shards.Place = field(default=(0, 0), compare=False)
    """Where it is there."""

    @property
    def name(self) -> str:
        return name_of(self.path)

    @property
    def target(self) -> None:
        """Its output: by itself it has none."""


def name_of(path: str) -> str:
    """What messages call an input."""
    return "stdin" if path == STDIO else path


def fetched(source: Input) -> Input:
    """The same with its content where it is a URL or in a shard, so that it is read once.

    Raises:
        OSError: there is no such file, or it cannot be reached.
    """
    if source.shard is not None:
        return replace(source, content=shards.read_member(source.shard, source.place))
    return replace(source, content=storage.read(source.path)) if storage.is_url(source.path) else source


def is_file(source: Input) -> bool:
    """Whether it may be read several times: no stream."""
    return source.content is not None or os.path.isfile(source.path)


def open_picture(source: Input) -> str | io.BytesIO:
    """What the library reads a picture from: its path, or the content of a URL, stdin, a pipe or a device.

    Raises:
        OSError: the input fails already, or cannot be read.
        LimitError: a stream of more than ``LARGEST_STREAM`` bytes.
    """
    if source.error is not None:
        raise source.error
    if source.shard is not None:
        source = fetched(source)
    if source.content is None and source.path != STDIO and not _is_stream(source.path):
        return source.path
    with opened(source) as file:
        return io.BytesIO(_read_stream(file, b""))


def read_ltc(source: Input) -> bytes:
    """The content of a .ltc or .ltcp file; of any other no more than what shows that it is none.

    Raises:
        OSError, LimitError: as ``open_picture``.
    """
    if source.error is not None:
        raise source.error
    with opened(source) as file:
        start = file.read(8)
        if not start.startswith(_MAGICS):
            return start
        return _read_stream(file, start) if source.path == STDIO or _is_stream(source.path) else start + file.read()


@contextmanager
def opened(source: Input) -> Iterator[BinaryIO]:
    """An input as an open file."""
    if source.path == STDIO:
        require_open(0, "stdin")
        yield sys.stdin.buffer
        return
    with storage.open_file(source.path) if source.content is None else io.BytesIO(source.content) as file:
        yield file


def _read_stream(file: BinaryIO, start: bytes) -> bytes:
    content = start + file.read(LARGEST_STREAM + 1)
    if len(content) > LARGEST_STREAM:
        raise LimitError(f"more than {LARGEST_STREAM} bytes from a stream: name a file instead")
    return content


def _is_stream(path: str) -> bool:
    """A pipe or a device; False also where there is nothing, and of a URL."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def expand(arguments: list[str], kind: Kind, names: str | Iterable[str] | None = None) -> list[Input]:
    """Every file that is named or that a pattern fits, and those of the kind below a folder: sorted, without hidden
    ones.

    What is passed over in a folder is a note; a folder that cannot be read, or holds none, is an input that fails.

    Args:
        names: some names, or a file with one in each line, "-" for stdin: relative to the folder that is the only
            argument, or to the current one.

    Raises:
        UsageError: "-" among several, or a list that cannot be read.
    """
    if names is not None:
        return list(_listed(names, arguments))
    if STDIO in arguments and len(arguments) > 1:
        raise UsageError("'-' stands for one input, not for one of several")
    return [source for argument in arguments for source in _expanded(argument, kind)]


def expand_shards(arguments: list[str], kind: Kind) -> list[Input]:
    """As ``expand``, with what is in shards in their place."""
    inputs = expand(arguments, kind)
    return [each for source in inputs for each in (in_shard(source, kind) if is_shard(source, kind) else [source])]


def is_shard(source: Input, kind: Kind) -> bool:
    """Whether it stands for pictures in it, which ``in_shard`` tells."""
    return kind.in_shards and source.error is None and source.shard is None and shards.is_shard(source.path)


def in_shard(source: Input, kind: Kind) -> list[Input]:
    """The pictures in a shard, as if it were a folder; where it is damaged or holds none, an input that fails."""
    folder = source.below if source.below is not None else storage.folder_of(source.path)
    found: list[Input] = []
    try:
        for each in shards.members(source.path, kind.takes):
            found.append(Input(f"{source.path}/{each.name}", folder, shard=source.path, place=each.place))
    except OSError as error:
        return [*found, replace(source, error=error)]
    return found or [replace(source, error=FileNotFoundError("the shard holds no picture"))]


def _listed(names: str | Iterable[str], arguments: list[str]) -> Iterator[Input]:
    """The files that are named. What is below the folder has its place there, as if it had been found."""
    if len(arguments) > 1 or STDIO in arguments:
        raise UsageError("--files-from takes one folder beside it, which the names are relative to")
    folder = arguments[0] if arguments else os.curdir
    for line in filter(None, _lines(names) if isinstance(names, str) else names):
        path = line if storage.is_url(line) or not arguments else storage.join(folder, line)
        inside = storage.below(path, folder) is not None
        yield Input(path, folder if inside else None)


def _lines(path: str) -> list[str]:
    try:
        with opened(Input(path)) as file:
            return [os.fsdecode(line.rstrip(b"\r\n")) for line in file]
    except OSError as error:
        raise UsageError(f"--files-from: {explain(error)}") from error


def _expanded(argument: str, kind: Kind) -> list[Input]:
    """The inputs that one argument stands for."""
    if argument == STDIO:
        return [Input(argument)]
    try:
        if storage.is_folder(argument):
            return _found(argument, kind)
        if storage.is_pattern(argument) and not storage.exists(argument):
            return _matching(argument)
    except OSError as error:
        return [Input(argument, error=error)]
    return [Input(argument)]


def _found(folder: str, kind: Kind) -> list[Input]:
    left: Counter[str] = Counter()
    found = list(_walk(folder, kind, left))
    if left.total():
        note(f"{folder}: {_passed_over(left)}")
    nothing = FileNotFoundError(f"the folder holds no file of this kind, {kind.name}")
    return found or [Input(folder, folder, nothing)]


def _matching(pattern: str) -> list[Input]:
    """The files that a pattern fits, as if they had been found below the folder that it begins with."""
    if storage.is_url(pattern):
        paths = storage.matches(pattern)
    else:
        paths = [path for path in sorted(glob.glob(pattern, recursive=True)) if os.path.isfile(path)]
    folder = storage.fixed_part(pattern) or os.curdir
    failed = [] if storage.is_url(pattern) else _unreadable(pattern)
    found = [Input(path, folder) for path in paths] + [Input(path, folder, error) for path, error in failed]
    return found or [Input(pattern, error=FileNotFoundError("no file fits this pattern"))]


def _unreadable(pattern: str) -> list[tuple[str, OSError]]:
    """The folders that a pattern looks into, and that cannot be read: glob passes over them."""
    failed: dict[str, OSError] = {}
    within = pattern
    while storage.is_pattern(within):
        within = os.path.dirname(within)
        for folder in glob.glob(os.path.join(within, ""), recursive=True):
            if not os.access(folder, os.R_OK | os.X_OK):
                failed[folder.rstrip(os.sep)] = _no_permission(folder.rstrip(os.sep))
    return sorted(failed.items())


def _no_permission(path: str) -> OSError:
    return PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)


def _walk(folder: str, kind: Kind, left: Counter[str]) -> Iterator[Input]:
    """The files of the kind below a folder; counts in ``left`` what is passed over."""
    remote, failed = storage.is_url(folder), list[OSError]()
    for here, folders, files in storage.walk(folder) if remote else os.walk(folder, onerror=failed.append):
        if not remote and not os.access(here, os.X_OK):  # its names can be listed, and nothing else
            failed.append(_no_permission(here))
            folders[:], files = [], []
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        left["link to a folder"] += 0 if remote else sum(os.path.islink(os.path.join(here, name)) for name in folders)
        for name in sorted(name for name in files if not name.startswith(".")):
            path = storage.join(here, name)
            if kind.takes(name) and (remote or os.path.isfile(path)):
                yield Input(path, folder)
            elif not remote and not os.path.isfile(path):
                left["broken link" if os.path.islink(path) else "pipe or device"] += 1
            elif not kind.leaves(name):
                left[storage.ending(name) or "file without suffix"] += 1
    for error in failed:
        yield Input(str(error.filename), folder, error)


def _passed_over(left: Counter[str]) -> str:
    """ "passed over 2 .heic, 1 link to a folder", and the plugin that would read some of them."""
    counted = ", ".join(f"{number} {what}" for what, number in sorted(left.items()) if number)
    plugins = sorted({_PLUGINS[suffix] for suffix in left if suffix in _PLUGINS})
    hint = "".join(f"; --plugin {plugin} may read them" for plugin in plugins)
    hint += "; name shards themselves, or by a pattern" if any(map(left.get, shards.SUFFIXES)) else ""
    return f"passed over {counted}{hint}"
