"""Pictures in shards: tar files, as WebDataset has them, and Parquet files, as Hugging Face's data sets do.

A shard is never in memory as a whole: a picture in a tar file is read from where it lies, one in a Parquet file with
the others of its row group. A shard may be at a URL; Parquet needs pyarrow, of the extra ``latentcodec[ray]``.
"""

import functools
import importlib
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from latentcodec import storage

_BLOCK = 2**20
"""Bytes of a tar file that are asked for at a time where it is looked through."""
_NAMES = ("path", "name", "key", "__key__", "file_name", "filename")
"""What a column of names is called, beside one of bytes."""

Place = tuple[int, int]
"""Where a picture is: its first byte and how many there are, or the number of its row group and that of the row in
it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A picture in a shard."""

    name: str
    """Which no other picture there has, even with another suffix."""
    place: Place


SUFFIXES = (".tar", ".parquet")
_COMPRESSED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
"""Tar files that are refused as such, not as pictures."""
_MAGICS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
"""What gzip's, bzip2's, xz's and Zstandard's files begin with."""


def is_shard(path: str) -> bool:
    """By its name; of a URL that is chained, as tar://a.png::s3://b/c.tar, by that of its first part."""
    return path.partition("::")[0].lower().endswith(SUFFIXES + _COMPRESSED)


def members(path: str, takes: Callable[[str], bool]) -> Iterator[Member]:
    """The pictures of a shard in their order: of a tar file those that are not hidden and have a name that ``takes``
    takes, of a Parquet file all rows.

    One without a name that suits a file has its number in its place, counted from 0; one whose name an earlier one has,
    perhaps with another suffix, has its number behind it: "cat~17.png".

    Raises:
        OSError: it cannot be read, is damaged, a tar file that is compressed, or has no columns of pictures; what comes
            before the damage is there.
    """
    found = _in_parquet(path) if _is_parquet(path) else _in_tar(path, takes)
    taken = set[str]()
    for number, (name, place) in enumerate(found):
        yield Member(_own_name(name, number, taken), place)


def read_member(path: str, place: Place) -> bytes:
    """The content of a picture.

    Raises:
        OSError: the shard cannot be read, or does not hold it.
    """
    if not _is_parquet(path):
        content = storage.read_part(path, *place)
        if len(content) < place[1]:
            raise OSError("the shard ends in the middle of it")
        return content
    group, row = place
    with _reading:
        content = _row_group(path, group)[row].as_py()
    if isinstance(content, dict):
        content = content["bytes"]
    if content is None:
        raise OSError("its row has no bytes")
    return content


def _own_name(name: str | None, number: int, taken: set[str]) -> str:
    """A name for a file whose stem is none of those that are taken, and then is."""
    name = (name or "").removeprefix("./")
    if not storage.is_safe(name) or name.endswith("."):
        name = f"{number:08}"
    stem = storage.with_suffix(name, "")
    ending = name[len(stem) :]
    while stem in taken:
        stem = f"{stem}~{number}"
    taken.add(stem)
    return stem + ending


def _in_tar(path: str, takes: Callable[[str], bool]) -> Iterator[tuple[str, Place]]:
    with (
        storage.open_file(path, _BLOCK) as file,
        _one_line(path, tarfile.TarError),
        tarfile.open(fileobj=_uncompressed(path, file), mode="r:") as shard,
    ):
        while (member := shard.next()) is not None:
            shard.members.clear()  # type: ignore[attr-defined]  # which it would keep
            name = member.name.removeprefix("./")
            hidden = any(part.startswith(".") and part != ".." for part in name.split("/"))
            if member.isreg() and not member.issparse() and not hidden and takes(name):
                yield name, (member.offset_data, member.size)
        file.seek(shard.offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):  # of which tarfile says nothing
            raise tarfile.ReadError(f"what is at byte {shard.offset} is no header, and not the end")


def _uncompressed(path: str, file: BinaryIO) -> BinaryIO:
    """The same file at its beginning. Raises OSError: it is compressed."""
    if file.read(max(map(len, _MAGICS))).startswith(_MAGICS):
        raise OSError(
            f"{path}: the tar file is compressed, so that no picture can be read from where it lies: decompress it "
            "first (gunzip, bunzip2, unxz, zstd -d)"
        )
    file.seek(0)
    return file


def _in_parquet(path: str) -> Iterator[tuple[str | None, Place]]:
    with _opened(path) as shard:
        _, names = _columns(path, shard.schema_arrow)
        for group in range(shard.num_row_groups):
            rows = shard.metadata.row_group(group).num_rows
            found = shard.read_row_group(group, columns=[names]).column(0).to_pylist() if names else [None] * rows
            for row, name in enumerate(found):
                yield name["path"] if isinstance(name, dict) else name, (group, row)


_reading = threading.Lock()
"""Held while a row group is read, which several threads want at once."""


@functools.lru_cache(maxsize=2)  # threads may be at the end of one and at the beginning of the next
def _row_group(path: str, group: int) -> Any:
    """The pictures of a row group, as a column of pyarrow."""
    with _opened(path) as shard:
        pictures, _ = _columns(path, shard.schema_arrow)
        return shard.read_row_group(group, columns=[pictures]).column(0)


def _columns(path: str, schema: Any) -> tuple[str, str | None]:
    """The columns of pictures and of their names, which there may be none of: "image.bytes" and "image.path", where a
    column has both, or else "bytes" and "path", "name" or "key".

    Raises:
        OSError: there is no column of pictures, or there are several.
    """
    types = importlib.import_module("pyarrow").types
    structs = {
        field.name: [child.name for child in field.type]
        for field in schema
        if types.is_struct(field.type) and "bytes" in {child.name for child in field.type}
    }
    plain = [field.name for field in schema if types.is_binary(field.type) or types.is_large_binary(field.type)]
    for found, usual in ((structs, "image"), (plain, "bytes")):
        column = usual if usual in found else next(iter(found)) if len(found) == 1 else None
        if column is not None and found is structs:
            return f"{column}.bytes", f"{column}.path" if "path" in structs[column] else None
        if column is not None:
            return column, next((name for name in _NAMES if name in schema.names and name != column), None)
    raise OSError(
        f"{path}: it needs a column image of bytes and path, or a column bytes with a path, name or key beside it; "
        f"its columns are {', '.join(schema.names)}"
    )


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    """A Parquet file."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
        errors = importlib.import_module("pyarrow").ArrowException
    except ImportError as error:
        raise OSError(f"{path}: Parquet needs pyarrow: pip install 'latentcodec[ray]'") from error
    with storage.open_file(path) as file, _one_line(path, errors), parquet.ParquetFile(file) as shard:
        yield shard


@contextmanager
def _one_line(path: str, errors: type[Exception]) -> Iterator[None]:
    """What a library says of a shard becomes an OSError with its name."""
    try:
        yield
    except errors as error:
        kind = "Parquet" if _is_parquet(path) else "tar"
        raise OSError(f"{path}: no {kind} file, or a damaged one: {' '.join(str(error).split())}") from error


def _is_parquet(path: str) -> bool:
    return path.partition("::")[0].lower().endswith(".parquet")
