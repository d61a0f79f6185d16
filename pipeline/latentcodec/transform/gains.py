"""The quantiser ``gained``: a gain per latent channel and quality, interpolated between the levels that a bundle holds.

    symbols = latents * gain, rounded;    latents = symbols / gain

Cui et al. 2021, "Asymmetric gained deep image compression with continuous rate adaptation", with one gain both ways.
Rounding is the encoder's alone: magnitudes become floor(|latent * gain| + r / 256), where r is 128 (to the nearest)
down to 64, which leaves a dead zone around zero (Sullivan 1996, "Efficient scalar quantization of exponential and
Laplacian random variables").

What is lost of each magnitude, its remainder, tells an entropy coder what another symbol would cost in error: the
context model chooses between them (codec_rs/core/src/models/context/choice.rs).
"""

import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.container.header import HIGHEST_QUALITY
from latentcodec.transform.quantisers import extremes

LARGEST = 32767
"""The largest magnitude of a symbol."""

Quality = float | NDArray[np.float64]
"""The same for all latents, or one for each place, (h, w)."""

STEP = 128
"""Remainders are in so many parts of a step."""

_VALUES_AT_ONCE = 2**17  # they stay in the cache, and nothing of a large picture's size is copied


class Gains:
    """The gains of a bundle: L >= 2 levels, from quality 1 to 100, for C channels. Immutable; threads may share it.

    Args:
        logarithms: of the gains (natural), float32 (L, C).
        rounding: r, uint8 (L, C), 64 to 128.
    """

    def __init__(self, logarithms: NDArray[np.float32], rounding: NDArray[np.uint8]) -> None:
        self._logarithms = logarithms.astype(np.float64)
        self._rounding = rounding.astype(np.float64) / 256
        self._at = functools.lru_cache(HIGHEST_QUALITY)(self._interpolated)

    def __reduce__(self) -> tuple[Any, ...]:
        return Gains, (self._logarithms.astype(np.float32), (256 * self._rounding).astype(np.uint8))

    @property
    def channels(self) -> int:
        return self._logarithms.shape[1]

    def quantise(self, quality: Quality, latents: NDArray[np.float32]) -> NDArray[np.int16]:
        """Latents float32 (..., C, h, w) to symbols int16 of the same shape, clipped to +-32767.

        Args:
            quality: 1 to 100, the same for all latents or one for each place, (h, w).
            latents: they stay as they are.

        Raises:
            ValueError: no latents, a latent that is not finite, or another number of channels.
        """
        self._check(latents.shape)
        extremes(latents)
        symbols = np.empty(latents.shape, np.int16)
        for part, gains, rounding in self._parts(quality, latents.shape):
            scaled = _scaled(latents[part], gains)
            scaled += np.copysign(rounding, scaled)
            symbols[part] = scaled  # the cast drops the fraction of the magnitude
        return symbols

    def remainders(
        self, quality: Quality, latents: NDArray[np.float32], symbols: NDArray[np.int16]
    ) -> NDArray[np.int8]:
        """|latent * gain| - |symbol| of latents (..., C, h, w) and the symbols that ``quantise`` made of them: int8 of
        the same shape, in 128ths."""
        remainders = np.empty(latents.shape, np.int8)
        for part, gains, _ in self._parts(quality, latents.shape):
            left = np.abs(_scaled(latents[part], gains))
            left -= np.abs(symbols[part])
            left *= STEP
            remainders[part] = np.rint(left, out=left)
        return remainders

    def dequantise(self, quality: Quality, symbols: NDArray[np.int16]) -> NDArray[np.float32]:
        """Symbols int16 (..., C, h, w), or those of the first channels, to latents float32 of the same shape.

        Args:
            quality: as for ``quantise``.
            symbols: they stay as they are.

        Raises:
            ValueError: more channels than there are gains.
        """
        self._check(symbols.shape, whole=False)
        latents = symbols.astype(np.float32)
        for part, gains, _ in self._parts(quality, symbols.shape):
            latents[part] /= gains
        return latents

    def _interpolated(self, quality: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Gains, and what rounding adds to a magnitude: each float32 (C,)."""
        place = (quality - 1) / (HIGHEST_QUALITY - 1) * (len(self._logarithms) - 1)
        below = min(int(place), len(self._logarithms) - 2)
        share = place - below
        logarithm, rounding = (
            (1 - share) * table[below] + share * table[below + 1] for table in (self._logarithms, self._rounding)
        )
        return np.exp(logarithm).astype(np.float32), rounding.astype(np.float32)

    def _check(self, shape: tuple[int, ...], whole: bool = True) -> None:
        """ValueError unless an array of this shape has all channels, or, not ``whole``, the first of them."""
        count = shape[-3] if len(shape) >= 3 else 0
        if count != self.channels and (whole or not 0 < count < self.channels):
            raise ValueError(f"the gains are for {self.channels} channels, not for an array of shape {shape}")

    def _parts(
        self, quality: Quality, shape: tuple[int, ...]
    ) -> Iterator[tuple[Any, NDArray[np.float32], NDArray[np.float32]]]:
        """The channels of an array of this shape, as many at a time as hold ``_VALUES_AT_ONCE``, each time with their
        gains and what rounding adds, (channels, h, w) or (channels, 1, 1)."""
        qualities = np.atleast_2d(quality)
        distinct, place = np.unique(qualities, return_inverse=True)
        gains, rounding = (np.stack(tables) for tables in zip(*map(self._at, distinct.tolist()), strict=True))
        place = place.reshape(qualities.shape)
        count = shape[-3]
        step = max(1, _VALUES_AT_ONCE * count // max(math.prod(shape), 1))
        for first in range(0, count, step):
            channels = slice(first, min(first + step, count))
            at_place = [np.moveaxis(table[:, channels][place], -1, 0) for table in (gains, rounding)]
            yield (..., channels, slice(None), slice(None)), at_place[0], at_place[1]


def _scaled(latents: NDArray[np.float32], gains: NDArray[np.float32]) -> NDArray[np.float32]:
    """Latents in steps, within what symbols can be."""
    with np.errstate(over="ignore"):  # what float32 cannot hold is beyond int16 anyway
        scaled = latents * gains
    return np.clip(scaled, -LARGEST, LARGEST, out=scaled)
