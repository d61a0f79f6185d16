"""Files by path or URL: what the machine's own file system has is asked of it, the rest (``s3://bucket/a.png``,
``gs://``, ``memory://`` ...) of fsspec, which is an extra.

Whatever a store raises becomes an OSError with one line that names the URL.
"""

import errno
import functools
import importlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://|[a-zA-Z][a-zA-Z0-9+.-]+::")  # a drive of Windows has one letter
_WHOLE = {"memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oci", "oss"}
"""Stores in which an object appears when all of it is there."""

_PART = 2**20  # bytes that are asked for at a time

Location = str | os.PathLike[str]
"""A path, or a URL."""


def is_url(path: object) -> bool:
    """Whether a path is a URL, which ``open`` does not take; of fsspec's chained ones too, as tar://a.png::s3://b/c.tar."""
    return isinstance(path, str) and ":" in path and _URL.match(path) is not None


def open_file(path: Location, part: int | None = None) -> BinaryIO:
    """A file to read, at any place of it.

    Args:
        part: bytes that are asked of a store at a time, as many as suit it unless told.

    Raises:
        OSError: there is none, it cannot be reached, or fsspec, or what it needs for this store, is not installed.
    """
    if not is_url(path):
        return open(path, "rb")
    with _one_line(path) as (store, name):
        return cast(BinaryIO, store.open(name, "rb", **({} if part is None else {"block_size": part})))


def read(path: Location) -> bytes:
    """The content of a file; raises as ``open_file``."""
    if not is_url(path):
        with open(path, "rb") as file:
            return file.read()
    with _one_line(path) as (store, name):
        return bytes(store.cat_file(name))


def read_part(path: Location, start: int, size: int) -> bytes:
    """So many bytes of a file from ``start`` on, or as many as there are; raises as ``open_file``."""
    if not is_url(path):
        with open(path, "rb") as file:
            file.seek(start)
            return file.read(size)
    with _one_line(path) as (store, name):
        return bytes(store.cat_file(name, start=start, end=start + size))


def read_at_most(path: Location, most: int) -> bytes:
    """The content of a file that somebody else may have made, from its start to its end.

    Raises:
        OSError: as ``open_file``; also of a file with more than ``most`` bytes.
    """
    if not is_url(path):
        with open(path, "rb") as file:
            content = file.read(most + 1)
    else:
        with _one_line(path) as (store, name), store.open(name, "rb", block_size=0) as file:  # without asking for parts
            content = b""
            while len(content) <= most and (part := file.read(min(_PART, most + 1 - len(content)))):
                content += part
    if len(content) > most:
        raise OSError(f"{path}: more than the {most} bytes that are read of it")
    return content


def write(url: str, content: bytes) -> None:
    """Write a file at a URL, whole or not at all; raises as ``open_file``."""
    with _one_line(url) as (store, name):
        if _WHOLE & set(_protocols(store)):
            store.pipe_file(name, content)
            return
        folder = name.rpartition("/")[0]
        part = f"{folder}/.{secrets.token_hex(8)}.part"
        try:
            store.makedirs(folder, exist_ok=True)
            store.pipe_file(part, content)
            store.mv(part, name)
        finally:
            with suppress(FileNotFoundError):
                store.rm_file(part)


def is_file(path: Location) -> bool:
    if not is_url(path):
        return os.path.isfile(path)
    with _one_line(path) as (store, name):
        return bool(store.isfile(name))


def is_folder(path: Location) -> bool:
    """Of an object store, whether there is anything whose name goes on after this one and a "/"."""
    if not is_url(path):
        return os.path.isdir(path)
    with _one_line(path) as (store, name):
        return bool(store.isdir(name))


def exists(path: Location) -> bool:
    return is_file(path) or is_folder(path) if is_url(path) else os.path.exists(path)


def size(path: Location) -> int:
    """In bytes; raises as ``open_file``."""
    if not is_url(path):
        return os.path.getsize(path)
    with _one_line(path) as (store, name):
        return int(store.info(name)["size"])


def modified_ns(path: Location) -> int:
    """When a file was last written, in nanoseconds since 1970.

    Raises:
        OSError: as ``open_file``; also where a store keeps no times.
    """
    if not is_url(path):
        return os.stat(path).st_mtime_ns
    with _one_line(path) as (store, name):
        return int(store.modified(name).timestamp() * 1e9)


def walk(url: str) -> Iterator[tuple[str, list[str], list[str]]]:
    """``os.walk`` below the folder of a URL: for each folder its URL, its folders, which the caller may sort and cut,
    and its files.

    Raises:
        OSError: as ``open_file``; also where a part of it cannot be listed.
    """
    with _one_line(url) as (store, name):
        start = len(name.rstrip("/"))
        for here, folders, files in store.walk(name, on_error="raise"):
            below = here[start:].strip("/")
            yield join(url, below) if below else url.rstrip("/"), folders, [file for file in files if file]


def matches(pattern: str) -> list[str]:
    """The URL of every file that a pattern fits (``*``, ``?``, ``[]``, ``**``), sorted; raises as ``open_file``."""
    root = fixed_part(pattern)
    with _one_line(pattern) as (store, name):
        start = len(store._strip_protocol(root).rstrip("/")) + 1
        return [join(root, each[start:]) for each in sorted(store.glob(name)) if store.isfile(each)]


def is_pattern(path: str) -> bool:
    return any(letter in path for letter in "*?[")


def fixed_part(pattern: str) -> str:
    """The folder that all that fits a pattern is below."""
    before = re.split(r"[*?[]", pattern, maxsplit=1)[0]
    return before.rpartition("/")[0]


def join(folder: str, name: str) -> str:
    """The file of that name below a folder."""
    if is_url(folder) or (_is_plain(name) and name[0] != "/"):
        return _start(folder) + name
    return str(Path(folder, name))


def below(path: str, folder: str) -> str | None:
    """A path as it is below a folder: "summer/a.png"; None where it is elsewhere."""
    if is_url(path) != is_url(folder):
        return None
    start = _start(folder)
    if is_url(path):
        return path[len(start) :] if path.startswith(start) else None
    if _is_plain(path) and path.startswith(start or path.lstrip("/")):
        return path[len(start) :]
    relative = os.path.relpath(path, folder)
    return None if relative.split(os.sep)[0] == os.pardir else relative


def folder_of(path: str) -> str:
    """The folder that a file is in."""
    return path[: -len(last_part(path))] or os.curdir


def is_safe(name: str) -> bool:
    """Whether a name from a file that anybody may have made names a file below a folder, on any platform."""
    parts = name.split("/")
    return name.isprintable() and not set(name) & set('\\:*?"<>|') and all(part.strip(" .") for part in parts)


def last_part(path: str) -> str:
    """The file's own name."""
    return path.rpartition("/")[2] if is_url(path) or _is_plain(path) else Path(path).name


def ending(path: str) -> str:
    """That of its last part, in small letters: ".png"; "" where there is none."""
    last = last_part(path)
    return last[len(_stem(last)) :].lower()


def with_suffix(path: str, suffix: str) -> str:
    """A path with another ending of its last part."""
    if not is_url(path) and not _is_plain(path):
        return str(Path(path).with_suffix(suffix))
    folder, slash, last = path.rpartition("/")
    return f"{folder}{slash}{_stem(last)}{suffix}" if last else path


def absolute(path: str) -> str:
    """The same text for the same file."""
    if is_url(path):
        return path
    if _is_plain(path):
        return path if path[:1] == "/" else f"{os.getcwd().rstrip('/')}/{path}"
    return os.path.abspath(path)


def _is_plain(path: str) -> bool:
    """Whether a path is as pathlib would write it, without empty parts, "." and "..", so that it can be cut as a text:
    of hundreds of thousands pathlib takes a minute. It may say no of one that is.
    """
    return os.sep == "/" and "//" not in path and "./" not in path and path[-1:] not in "/."


@functools.lru_cache(maxsize=1024)
def _start(folder: str) -> str:
    """What every path in a folder begins with."""
    if is_url(folder):
        return folder.rstrip("/") + "/"
    clean = str(Path(folder))
    return "" if clean == os.curdir else os.path.join(clean, "")


def _stem(name: str) -> str:
    """A file's name without its ending, as pathlib has it: ".png" has none."""
    dot = name.rfind(".")
    return name[:dot] if 0 < dot < len(name) - 1 else name


@contextmanager
def _one_line(url: Any) -> Iterator[tuple[Any, str]]:
    """The store of a URL and the name of the file there; what goes wrong is an OSError."""
    try:
        yield _store(url)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url) from error
    except Exception as error:  # each store's library has its own
        kind = PermissionError if isinstance(error, PermissionError) else OSError
        raise kind(f"{url}: {_reason(error)}") from error


def _store(url: str) -> tuple[Any, str]:
    """fsspec's file system for a URL and the name there. What it lists is asked for anew each time."""
    try:
        core = importlib.import_module("fsspec.core")
    except ImportError as error:
        raise OSError("URLs need fsspec: pip install 'latentcodec[remote]'") from error
    store, name = core.url_to_fs(url, use_listings_cache=False)
    return store, name


def _protocols(store: Any) -> tuple[str, ...]:
    return (store.protocol,) if isinstance(store.protocol, str) else tuple(store.protocol)


def _reason(error: BaseException) -> str:
    text = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    if isinstance(error, NotImplementedError):
        return "this store cannot be written to"
    return " ".join(text.split())
