"""From bytes, a path or an open file to one parsed file. The one parser of the bytes is in Rust (docs/FORMAT.md)."""

import io
import os
from numbers import Integral
from typing import BinaryIO

from latentcodec import storage
from latentcodec._core import ImageFile, PackFile
from latentcodec.errors import ChecksumError, FormatError, TruncatedError

MAX_PIXELS = 2**28
"""How many pixels a file may declare (width x height, x count in a pack) before it is refused, unless told."""

NO_LIMIT = 2**63 - 1
"""The limit for those who look at the header alone."""

Data = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO | ImageFile | PackFile
"""A .ltc or .ltcp file: its bytes, its path or URL, an open binary file, or what has been parsed already."""

_PACK_MAGIC = b"LTP"


def read_bytes(data: Data) -> bytes:
    """The bytes of a file that is not parsed yet.

    Raises:
        TypeError: neither bytes nor a path nor a binary file.
        OSError: there is no such file, or it cannot be read.
    """
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if isinstance(data, str | os.PathLike):
        return storage.read(data)
    content = data.read() if hasattr(data, "read") and not isinstance(data, io.TextIOBase) else None
    if not isinstance(content, bytes):
        raise TypeError(
            f"a file is given by its bytes, its path or as an open binary file, not as {type(data).__name__}"
        )
    return content


def read_file(data: Data, max_pixels: int = MAX_PIXELS) -> ImageFile | PackFile:
    """Parse a file, and check what can be checked without a bundle: header, limit and checksum (of a pack and of a
    picture in tiles: those of header and index).

    Raises:
        FormatError: neither a .ltc nor a .ltcp file, or a version or field that this decoder does not know.
        TruncatedError, ChecksumError: the file is damaged.
        LimitError: it declares more than ``max_pixels``; what is parsed already has passed its own limit.
    """
    if isinstance(data, ImageFile | PackFile):
        return data
    return _parse(read_bytes(data), _limit(max_pixels))


def read_image(data: Data, max_pixels: int = MAX_PIXELS) -> ImageFile:
    """Parse a .ltc file; FormatError if it is a pack, otherwise as ``read_file``."""
    file = read_file(data, max_pixels)
    if isinstance(file, PackFile):
        pictures = f"{file.count} picture{'s' * (file.count != 1)}"
        raise FormatError(f"this is a pack of {pictures}, which `pack extract` and `decode_pack` decode")
    return file


def read_start(data: Data, max_pixels: int = MAX_PIXELS) -> tuple[ImageFile, bool]:
    """Parse as much of a .ltc file as is there, and tell whether that is all of it. Of one that is cut or damaged
    nothing is verified but its header and, if it is tiled, its index; only ``ImageFile.start`` reads its symbols.

    Raises:
        TruncatedError: not even the first of the picture is there; otherwise as ``read_image``.
    """
    if isinstance(data, ImageFile | PackFile):
        return read_image(data), True
    content = read_bytes(data)
    try:
        return read_image(content, max_pixels), True
    except (ChecksumError, TruncatedError):
        return ImageFile.parse_start(content, _limit(max_pixels)), False


def read_pack(data: Data, max_pixels: int = MAX_PIXELS) -> PackFile:
    """Parse a .ltcp file; FormatError if it is a single picture, otherwise as ``read_file``."""
    file = read_file(data, max_pixels)
    if isinstance(file, ImageFile):
        raise FormatError("this is a single picture, not a pack")
    return file


def _limit(max_pixels: int) -> int:
    """ValueError unless it is a number of pixels."""
    if not isinstance(max_pixels, Integral) or max_pixels < 0:
        raise ValueError(f"max_pixels is a whole number of pixels, not {max_pixels!r}")
    return min(int(max_pixels), NO_LIMIT)


def _parse(content: bytes, max_pixels: int) -> ImageFile | PackFile:
    kind = PackFile if content[:3] == _PACK_MAGIC else ImageFile
    return kind.parse(content, max_pixels)
