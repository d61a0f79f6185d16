"""The two file formats as Python sees them: names for the numbers in a header, and opening either.

docs/FORMAT.md describes the bytes; the one parser of them is in Rust.
"""

import os
from typing import BinaryIO

from latentcodec._core import ImageFile, PackFile

ENTROPIES = ("adaptive", "static", "context")
"""Names of the entropy models, in the order of their numbers in a file."""

GAINED_ENTROPIES = ("static", "context")
"""Those that code the symbols of the quantiser ``gained``, which are of either sign and of any size."""

MAX_PIXELS = 2**28
"""How many pixels a file may declare (width x height, x count in a pack) before it is refused, unless told."""

Data = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO
"""A .ltc or .ltcp file: its bytes, its path, or an open binary file."""

_PACK_MAGIC = b"LTP"
NO_LIMIT = 2**63 - 1
"""For those who only look at the header."""


def read(data: Data) -> bytes:
    """The bytes of a file that is given by its bytes, its path or as an open file."""
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    if isinstance(data, str | os.PathLike):
        with open(data, "rb") as file:
            return file.read()
    if not hasattr(data, "read"):
        raise TypeError(
            f"a file is given by its bytes, its path or as an open binary file, not as {type(data).__name__}"
        )
    return data.read()


def parse(data: Data, max_pixels: int) -> ImageFile | PackFile:
    """Check what can be checked without a bundle: header, limit and checksum (of a pack: those of header and index).

    Raises:
        FormatError: neither a .ltc nor a .ltcp file, or a version or field that this decoder does not know.
        TruncatedError, ChecksumError: the file is damaged.
        LimitError: it declares more than ``max_pixels``.
    """
    content = read(data)
    max_pixels = min(max_pixels, NO_LIMIT)
    if content[:3] == _PACK_MAGIC:
        return PackFile.parse(content, max_pixels)
    return ImageFile.parse(content, max_pixels)
