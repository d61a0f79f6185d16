"""Chunks: what a file holds besides the picture's colours (docs/FORMAT.md lists the kinds).

Their bytes may be hostile: every size is checked first, and nothing is allocated that the file's length and the
picture's size do not account for.
"""

import io
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from latentcodec.errors import FormatError

ALPHA, ICC, EXIF, NAMES, XMP, IPTC, TEXTS, DENSITY, CICP, GAMMA, CHROMATICITIES, COLOURS, IMPORTANCE = range(1, 14)
ORIGIN = 128

BILEVEL, PALETTE, FEW = range(3)
"""What a picture's samples are if they are no levels: 0 and 1; numbers of a palette's colours, as in Pillow's mode P;
or numbers of the colours that a picture in grey or colour has."""

MAX_NAMES = 2**24
"""Bytes that all names of a pack may have together, uncompressed."""

MAX_TEXTS = 1000
"""Texts that a picture may have."""

_SCALE = 100_000
"""Gamma and chromaticities are whole hundred-thousandths, as in PNG."""


def write_alpha(alpha: NDArray[np.uint8]) -> bytes:
    """The chunk for an alpha channel uint8 (H, W): empty if it is opaque everywhere."""
    if alpha.min() == 255:
        return b""
    png = io.BytesIO()
    Image.fromarray(alpha).save(png, "PNG")
    return png.getvalue()


def read_alpha(png: bytes, width: int, height: int) -> NDArray[np.uint8]:
    """The alpha channel uint8 (height, width). Nothing is decoded before its header says that very size.

    Raises:
        FormatError: another size or kind of picture, one that holds more than that, or a damaged one.
    """
    if not png:
        return np.full((height, width), 255, np.uint8)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBB", 13, b"IHDR", width, height, 8, 0)
    if not png.startswith(header):
        raise FormatError(f"the alpha channel is no grey PNG of {width}x{height} pixels with 8 bits each")
    if not _has_pixels_alone(png):
        raise FormatError("the alpha channel is damaged, or holds more than pixels")
    try:
        # Image.open would compare the size with Pillow's own limit; it has been compared with the caller's.
        image = PngImagePlugin.PngImageFile(io.BytesIO(png))
        image.load()
    except Exception as error:  # Pillow's decoders raise SyntaxError, ValueError, OSError, struct.error ...
        raise FormatError(f"the alpha channel cannot be decoded: {error}") from error
    if (image.mode, image.size) != ("L", (width, height)):
        raise FormatError("the alpha channel is not what its header says")
    return np.asarray(image)


def _has_pixels_alone(png: bytes) -> bool:
    """Whether the PNG is made of IHDR, IDAT and IEND: a text or a profile could be inflated to a thousand times its
    bytes."""
    place, kinds = 8, []
    while place + 12 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, place)
        kinds.append(kind)
        place += 12 + length
    return place == len(png) and kinds[0] == b"IHDR" and kinds[-1] == b"IEND" and set(kinds[1:-1]) == {b"IDAT"}


def write_texts(texts: Mapping[str, str]) -> bytes:
    """The chunk for at most ``MAX_TEXTS`` texts by their keywords; bytes of zero in them become spaces."""
    parts = [part.replace("\0", " ") for text in texts.items() for part in text]
    return "\0".join(parts).encode(errors="replace")


def read_texts(data: bytes) -> dict[str, str]:
    """The texts by their keywords.

    Raises:
        FormatError: no such texts, or more than ``MAX_TEXTS``.
    """
    try:
        parts = data.decode().split("\0", 2 * MAX_TEXTS)
    except UnicodeDecodeError as error:
        raise FormatError(f"the texts cannot be read: {error}") from error
    texts = dict(zip(parts[::2], parts[1::2], strict=False))
    if 2 * len(texts) != len(parts):
        raise FormatError(f"the texts are not at most {MAX_TEXTS} keywords, all different, each with its content")
    return texts


def write_density(dpi: tuple[float, float]) -> bytes:
    return struct.pack("<2f", *dpi)


def read_density(data: bytes) -> tuple[float, float]:
    """Pixels per inch, across and down; FormatError if they are not two finite positive numbers."""
    across, down = _unpack("<2f", data, "density")
    if not (0 < across < math.inf and 0 < down < math.inf):
        raise FormatError(f"a density of {across} x {down} pixels per inch cannot be")
    return across, down


def read_cicp(data: bytes) -> tuple[int, ...]:
    """Primaries, transfer function, matrix and full range; FormatError if they are not four bytes."""
    return _unpack("<4B", data, "CICP")


def write_gamma(gamma: float) -> bytes:
    return struct.pack("<I", round(gamma * _SCALE))


def read_gamma(data: bytes) -> float:
    """FormatError if it is not one number."""
    return float(_unpack("<I", data, "gamma")[0] / _SCALE)


def write_chromaticities(values: Sequence[float]) -> bytes:
    return struct.pack("<8I", *(round(value * _SCALE) for value in values))


def read_chromaticities(data: bytes) -> tuple[float, ...]:
    """x and y of white, red, green and blue; FormatError if they are not eight numbers."""
    return tuple(value / _SCALE for value in _unpack("<8I", data, "chromaticities"))


def write_colours(kind: int, colours: NDArray[np.uint8]) -> bytes:
    """The chunk that says what samples are: ``BILEVEL``, ``PALETTE`` or ``FEW``, with colours uint8 (n, channels)."""
    return bytes([kind]) if kind == BILEVEL else bytes([kind, colours.shape[1]]) + colours.tobytes()


def read_colours(data: bytes) -> tuple[int, NDArray[np.uint8]]:
    """What ``write_colours`` was given.

    Raises:
        FormatError: no such chunk.
    """
    if data == bytes([BILEVEL]):
        return BILEVEL, np.zeros((0, 1), np.uint8)
    known = len(data) > 2 and (data[0], data[1]) in {(PALETTE, 3), (PALETTE, 4), *((FEW, n) for n in (1, 2, 3, 4))}
    if not known or (len(data) - 2) % data[1] or len(data) - 2 > 256 * data[1]:
        raise FormatError("the chunk of colours does not hold 1 to 256 colours")
    return data[0], np.frombuffer(data, np.uint8, offset=2).reshape(-1, data[1])


def _unpack(layout: str, data: bytes, name: str) -> tuple[Any, ...]:
    if len(data) != struct.calcsize(layout):
        raise FormatError(f"the {name} chunk has {len(data)} bytes, {struct.calcsize(layout)} expected")
    return struct.unpack(layout, data)


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
    try:
        names = inflate(data, MAX_NAMES, "the names of the pictures").decode().split("\n", count)
    except UnicodeDecodeError as error:
        raise FormatError(f"the names of the pictures cannot be read: {error}") from error
    if len(names) != count or len(set(names)) != count or "" in names:
        raise FormatError(f"the names of the pictures are not {count} different ones")
    return names


def inflate(data: bytes, most: int, name: str) -> bytes:
    """What zlib compressed, nothing after it; FormatError, which says ``name``, if that is more than ``most`` bytes."""
    decompressor = zlib.decompressobj()
    try:
        content = decompressor.decompress(data, most)
    except zlib.error as error:
        raise FormatError(f"{name} cannot be read: {error}") from error
    if not decompressor.eof or decompressor.unused_data:
        raise FormatError(f"{name}: the compressed data is cut, too long, or followed by something else")
    return content
