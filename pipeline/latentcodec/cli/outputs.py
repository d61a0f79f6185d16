"""Outputs: written whole or not at all, whatever happens in between; a path may be a URL."""

import json
import os
import re
import secrets
import stat
import sys
import threading
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from latentcodec import storage
from latentcodec.cli.messages import UsageError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

STDIO = "-"
"""Stands for stdin as an input, for stdout as an output."""

_PART = re.compile(r"\.[0-9a-f]{16}\.part")

_lock = threading.Lock()
_parts: set[Path] = set()
_closed: set[int] = set()


def open_closed_streams() -> None:
    """Put the null device where stdin, stdout or stderr is closed: otherwise the next file that is opened takes its
    number, and what is printed goes into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this one
        if getattr(sys, name) is None:  # another file may have the number by now
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))
            _closed.add(number)


def require_open(number: int, name: str) -> None:
    """UsageError if a stream that carries an input or an output is closed."""
    if number in _closed:
        raise UsageError(f"{name} is closed")


def write_output(
    target: str, content: bytes, replace: bool, *, create_folder: bool = False, modified_ns: int | None = None
) -> None:
    """Write a file under a temporary name and rename it, or a whole object; "-" is stdout, pipes and devices are
    written to.

    A link stays one: what it points to is replaced, and the new file has the old one's permissions.

    Args:
        replace: an existing file may be replaced.
        create_folder: its folder is made where it is missing.
        modified_ns: the file's time of modification, now unless given; a store has its own.

    Raises:
        FileExistsError: the file exists, and ``replace`` does not allow it.
        FileNotFoundError: its folder does not exist, and is not to be created.
    """
    if target == STDIO:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    if storage.is_url(target):
        check_output(target, replace)
        storage.write(target, content)
        return
    path = _resolved(target)
    if create_folder:
        path.parent.mkdir(parents=True, exist_ok=True)
    check_output(target, replace)
    if _is_device(path):
        path.write_bytes(content)
        return
    _replace(path, content, modified_ns)


def _replace(path: Path, content: bytes, modified_ns: int | None) -> None:
    part, file = _open_part(path.parent)
    try:
        with file:
            file.write(content)
            _keep_permissions(file, path)
            file.flush()
            os.fsync(file.fileno())
        if modified_ns is not None:
            os.utime(part, ns=(modified_ns, modified_ns))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        _parts.discard(part)


def _open_part(folder: Path) -> tuple[Path, BinaryIO]:
    """A new file with a temporary name, locked while it is open: its writer lives."""
    while True:
        part = folder / f".{secrets.token_hex(8)}.part"
        with _lock:
            file = part.open("xb")
            _parts.add(part)
        with suppress(OSError, AttributeError):  # not every system or file system has locks
            fcntl.flock(file, fcntl.LOCK_EX)
        if part.exists():  # nobody has taken it for abandoned before it was locked
            return part, file
        file.close()
        _parts.discard(part)


def remove_abandoned(folders: Iterable[str]) -> None:
    """Remove what writers that were killed have left half-written in some folders, where the file system has locks."""
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if _PART.fullmatch(entry.name):
                    _remove_unlocked(entry.path)


def _remove_unlocked(part: str) -> None:
    with suppress(OSError, AttributeError), open(part, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # an OSError where its writer lives
        os.unlink(part)


def _keep_permissions(file: BinaryIO, path: Path) -> None:
    """Give a file the owner and the permissions of the one that it replaces, if there is one."""
    with suppress(OSError, AttributeError):  # not every system or file system has them
        old = path.stat()
        with suppress(PermissionError):
            os.fchown(file.fileno(), old.st_uid, old.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))


@contextmanager
def exclusive(path: str) -> Iterator[None]:
    """Hold a file that is to be read and replaced: who wants the same waits, and then reads what came of it.

    Windows knows no such lock.
    """
    while True:
        with open(path, "rb") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):  # nobody has replaced it meanwhile
                yield
                return


def check_output(target: str, replace: bool, *, create_folder: bool = False) -> None:
    """Raise what ``write_output`` would, before the work is done."""
    if target == STDIO:
        return
    if storage.is_url(target):
        _check_url(target, replace)
        return
    path = _resolved(target)
    if not create_folder and not path.parent.is_dir():
        raise FileNotFoundError(f"folder {path.parent if path.is_symlink() else Path(target).parent} does not exist")
    if path.is_dir():
        raise IsADirectoryError(f"{target} is a folder")
    if not replace and path.exists() and not _is_device(path):
        raise FileExistsError(f"{target} exists (--force replaces it)")


def _check_url(url: str, replace: bool) -> None:
    """Stores make their folders by themselves, and a folder may bear a file's name."""
    if url.endswith("/"):
        raise IsADirectoryError(f"{url} is a folder")
    if not replace and storage.is_file(url):
        raise FileExistsError(f"{url} exists (--force replaces it)")


def abandon_outputs() -> None:
    """Remove what is half-written by other threads, and let none begin again: for a process that ends at once."""
    _lock.acquire()
    for part in list(_parts):
        part.unlink(missing_ok=True)


def as_stdout(target: str) -> str:
    """ "-" for whatever name of stdout: /dev/stdout, /dev/fd/1, a pipe that stdout is connected to."""
    try:
        same = os.path.samestat(os.stat(target), os.fstat(1))
    except OSError:
        return target
    return STDIO if same else target


def check_stdout(args: Namespace, target: str) -> None:
    """Raise UsageError where a file would go to a terminal, or to the same stdout as JSON."""
    if target != STDIO:
        return
    require_open(1, "stdout")
    if getattr(args, "json", False):
        raise UsageError("--json and the output '-' would mix on stdout")
    if sys.stdout.isatty():
        raise UsageError("a file is not written to a terminal: name one with -o, or send stdout elsewhere")


def picture_format(target: str) -> str:
    """Pillow's name for the format that an output's suffix asks for; PNG on stdout and where there is no suffix.

    Raises:
        UsageError: a suffix that Pillow cannot write.
    """
    suffix = Path(target).suffix.lower()
    if target == STDIO or not suffix:
        return "PNG"
    kind = Image.registered_extensions().get(suffix)
    if kind is None or kind not in Image.SAVE:
        raise UsageError(f"{target}: Pillow writes no files with the suffix {suffix!r}")
    return kind


def summary(args: Namespace, source: str, target: str, facts: dict[str, Any], text: str) -> str:
    """The line that says that ``target`` was made from ``source``; none where stdout carries the file itself."""
    if args.json:
        return json.dumps({"input": source, "output": target, **facts})
    shown = "stdin" if source == STDIO else source
    return "" if target == STDIO else f"{shown} -> {target}: {text}"


def _resolved(target: str) -> Path:
    """The file that a link points to; that of a pipe without a name, as of >(command) in a shell, points nowhere."""
    return Path(target) if _is_device(Path(target)) else Path(os.path.realpath(target))


def _is_device(path: Path) -> bool:
    """A pipe or a device: written to, never replaced."""
    return path.exists() and not path.is_file() and not path.is_dir()
