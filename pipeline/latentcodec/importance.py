"""The importance map: where in a picture its quality is higher or lower, told by the user as a grey picture.

map -> offsets of the quality, int8, for cells of 64x64 pixels -> chunk; at each latent the quality is the file's,
plus the offset of the cell, within 1 to 100.
"""

import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec._core import ImageFile
from latentcodec.container.chunks import IMPORTANCE, inflate
from latentcodec.container.header import QUANTISERS, VARIABLE_RATE
from latentcodec.errors import FormatError
from latentcodec.pictures.read import Picture, read_picture

CELL = 64
"""Pixels along a cell's side."""
NEUTRAL = 128
"""The level of a map that leaves the quality as it is."""
MOST = 50
"""By how much black lowers the quality, and white raises it."""

Offsets = NDArray[np.int8]
"""Of the quality, (ceil(H / CELL), ceil(W / CELL))."""


def offsets_of(importance: Picture, width: int, height: int) -> Offsets:
    """The offsets that a map asks for.

    Args:
        importance: whatever ``read_picture`` takes, of any size: it lies over the whole picture, and each cell gets the
            mean of its levels.
        width, height: of the picture, in pixels.

    Raises:
        ValueError, OSError, LimitError: as ``read_picture``.
    """
    rows, columns = _cells(height), _cells(width)
    levels = Image.fromarray(read_picture(importance, "L").pixels)
    stretched = np.asarray(levels.convert("F").resize((width, height), Image.Resampling.BOX))
    # The last cells may reach beyond the picture.
    padded = np.pad(stretched, ((0, rows * CELL - height), (0, columns * CELL - width)), mode="edge")
    means = padded.reshape(rows, CELL, columns, CELL).mean((1, 3))
    return np.rint((means - NEUTRAL) * MOST / NEUTRAL).astype(np.int8)


def chunk(offsets: Offsets | None) -> list[tuple[int, bytes]]:
    """The chunk that a file keeps them in; none where the quality is the same everywhere."""
    return [] if offsets is None or not offsets.any() else [(IMPORTANCE, zlib.compress(offsets.tobytes(), 9))]


def of_file(file: ImageFile) -> Offsets | None:
    """What ``chunk`` was given; no more than the picture's size accounts for is decompressed.

    Raises:
        FormatError: another number of offsets, or no quality for them to change.
    """
    data = dict(file.chunks).get(IMPORTANCE)
    if data is None:
        return None
    if QUANTISERS[file.quantiser] != VARIABLE_RATE:
        raise FormatError("there is an importance map, but no quality for it to change")
    shape = _cells(file.height), _cells(file.width)
    content = inflate(data, shape[0] * shape[1], "the importance map")
    if len(content) != shape[0] * shape[1]:
        raise FormatError(f"the importance map has {len(content)} offsets, {shape[0] * shape[1]} expected")
    return np.frombuffer(content, np.int8).reshape(shape)


def at_latents(offsets: Offsets, stride: int, window: tuple[int, int, int, int]) -> Offsets:
    """The offsets of the latents in a window, (top, left, bottom, right); each stands for ``stride`` pixels a side."""
    top, left, bottom, right = window
    rows, columns = (np.arange(*span) * stride // CELL for span in ((top, bottom), (left, right)))
    return offsets[rows[:, None], columns]


def _cells(pixels: int) -> int:
    return -(-pixels // CELL)
