"""Chunks: what a file holds besides the picture's colours. Their bytes may be hostile: every size is checked first.

| kind | what it is |
|---|---|
| 1 | alpha: a PNG of mode L, as large as the picture |
| 2 | ICC profile |
| 3 | EXIF, as Pillow has it in ``image.info["exif"]`` |
| 4 | names of a pack's pictures: UTF-8, joined by newlines, compressed by zlib |
| 128 | origin: what tells the writer whether it would write the same file again |
"""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from latentcodec.errors import FormatError

ALPHA, ICC, EXIF, NAMES = 1, 2, 3, 4
ORIGIN = 128

MAX_NAMES = 2**24
"""Bytes that all names of a pack may have together, uncompressed."""


def write_alpha(alpha: NDArray[np.uint8]) -> bytes:
    """The chunk for an alpha channel uint8 (H, W)."""
    png = io.BytesIO()
    Image.fromarray(alpha).save(png, "PNG")
    return png.getvalue()


def read_alpha(png: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """The alpha channel uint8 (height, width). Nothing is decoded before its header says that very size.

    Raises:
        FormatError: another size or kind of picture, or a damaged one.
    """
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBB", 13, b"IHDR", width, height, 8, 0)
    if not png.startswith(header):
        raise FormatError(f"the alpha channel is no grey PNG of {width}x{height} pixels with 8 bits each")
    try:
        # Image.open would compare the size with Pillow's own limit; it has been compared with the caller's.
        image = PngImagePlugin.PngImageFile(io.BytesIO(png))
        image.load()
    except Exception as error:  # Pillow's decoders raise SyntaxError, ValueError, OSError, struct.error ...
        raise FormatError(f"the alpha channel cannot be decoded: {error}") from error
    if (image.mode, image.size) != ("L", (width, height)):
        raise FormatError("the alpha channel is not what its header says")
    return np.asarray(image)


def write_names(names: Sequence[str], count: int) -> bytes:
    """The chunk for the names of ``count`` pictures.

    Raises:
        ValueError: another number of names, an empty one, one with a newline, one that occurs twice, or too many bytes.
    """
    names = list(names)
    if len(names) != count:
        raise ValueError(f"there are {len(names)} names for {count} pictures")
    for name in names:
        if not isinstance(name, str) or not name or "\n" in name or not _is_text(name):
            raise ValueError(f"{name!r} cannot be a name, which is a text that is not empty and has no newline")
    if len(set(names)) < count:
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        raise ValueError(f"two pictures are called {twice!r}")
    text = "\n".join(names).encode()
    if len(text) > MAX_NAMES:
        raise ValueError(f"the names have {len(text)} bytes together, at most {MAX_NAMES} can be kept")
    return zlib.compress(text, 9)


def _is_text(name: str) -> bool:
    """Names of files may hold bytes that are no text."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


def read_names(data: bytes, count: int) -> list[str]:
    """The names of a pack's ``count`` pictures; at most ``MAX_NAMES`` bytes are decompressed.

    Raises:
        FormatError: no such names, or more bytes of them.
    """
    decompressor = zlib.decompressobj()
    try:
        text = decompressor.decompress(data, MAX_NAMES)
        if not decompressor.eof or decompressor.unused_data:
            raise FormatError("the names of the pictures are cut, too long, or followed by something else")
        names = text.decode().split("\n", count)
    except (zlib.error, UnicodeDecodeError) as error:
        raise FormatError(f"the names of the pictures cannot be read: {error}") from error
    if len(names) != count or len(set(names)) != count or "" in names:
        raise FormatError(f"the names of the pictures are not {count} different ones")
    return names
