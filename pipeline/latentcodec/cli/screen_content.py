"""Pictures that a network does not suit, as text, line art and dither, and how `encode` notices them.

A quality stands for the PSNR that the bundle's card has for photographs. Sharp edges stop far below it, whatever the
quality, and what has few colours is often smaller without loss.
"""

import io
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec.bundle.card import quality_points

_FAR = 5.5  # dB below the card's; of Kodak's photographs none is by more than 4.6, at any quality
_EDGE = 80  # levels between neighbours
_EDGES = 0.05  # share of such neighbours; Kodak's photographs have up to .04, a page of text .1 to .2
_STRIP = 256  # rows at a time, so that a large picture needs little memory beside itself
_WEBP = 16383  # rows and columns that a WebP holds
_BAND, _EVERY = 32, 256  # rows, of a large picture, of which its size without loss is guessed

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class ReferencePsnr:
    """What the qualities of a bundle stand for: (quality, PSNR in dB), ascending; empty where its card has none."""

    points: list[tuple[float, float]]

    @classmethod
    def from_card(cls, card: dict[str, Any]) -> "ReferencePsnr":
        pairs = [(point.get("quality"), point.get("psnr")) for point in quality_points(card)]
        return cls(sorted((q, db) for q, db in pairs if isinstance(q, int | float) and isinstance(db, int | float)))

    def at(self, quality: int) -> float:
        """In dB, interpolated; -inf where the card has none."""
        qualities, decibels = [[point[axis] for point in self.points] for axis in (0, 1)]
        return float(np.interp(quality, qualities, decibels)) if self.points else -math.inf

    def is_reached(self, quality: int, psnr: float) -> bool:
        """Whether a picture comes about as near as a quality stands for."""
        return psnr > self.at(quality) - _FAR


def has_sharp_edges(pixels: Pixels) -> bool:
    """Whether a picture uint8 (H, W[, 3]) has so many that it is worth decoding its file to see how near it comes."""
    counts = np.zeros(2, np.int64)
    for top in range(0, len(pixels), _STRIP):
        strip = pixels[top : top + _STRIP].astype(np.int16)
        counts += [np.count_nonzero(np.abs(np.diff(strip, axis=axis)) > _EDGE) for axis in (0, 1)]
    return bool(counts.max() > _EDGES * pixels.size)


def guess_lossless_size(pixels: Pixels) -> float:
    """Bytes that a picture takes without loss, by WebP's fastest lossless mode; from bands of a large one."""
    height = len(pixels)
    bands = (
        np.concatenate([pixels[top : top + _BAND] for top in range(0, height, _EVERY)]) if height > _EVERY else pixels
    )
    bands = np.ascontiguousarray(bands[:_WEBP, :_WEBP])
    file = io.BytesIO()
    Image.fromarray(bands).save(file, "WEBP", lossless=True, quality=0, method=0)
    return len(file.getvalue()) * pixels.size / bands.size
