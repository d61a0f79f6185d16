"""Scalar quantisers of b bits: latents (float32) to symbols (int16 in [0, 2^b)) and back to bin centres.

| name            | side information (float16 values)  | levels                                          |
|-----------------|------------------------------------|-------------------------------------------------|
| ``max``         | the largest latent                 | 2^b equal bins of [0, max]                      |
| ``min_max``     | the smallest, the largest latent   | 2^b equal bins of [min, max]                    |
| ``vector``      | 2^b centroids, ascending           | KMeans on these very latents (Lloyd 1982)       |
| ``vector_shared`` | none                             | KMeans on training latents, kept in the bundle  |

The side information belongs to the whole array, be it one picture's latents or those of a pack. It is rounded to
float16 before quantising, so that encoder and decoder compute with the same values.
"""

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec.container.header import BITS_QUANTISERS

_LARGEST = float(np.finfo(np.float16).max)


def quantise(
    name: str,
    bits: int,
    latents: NDArray[np.float32],
    codebook: NDArray[np.float32] | None = None,
    side_information: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Turn latents of any shape into symbols of the same shape and the side information that undoes it.

    Args:
        name: one of ``BITS_QUANTISERS``.
        bits: b, 1 to 8; there are 2^b symbols.
        latents: float32, for example (C, h, w) or (N, C, h, w); no infinity and no NaN. Values that float16 cannot
            hold count as its largest.
        codebook: float32 (2^b,), ascending; for ``vector_shared`` and for it alone.
        side_information: what is fixed already, as that of a pack which grows; latents beyond it get the nearest
            symbol. None: that of these latents.

    Returns:
        Symbols, int16 in [0, 2^b), and the side information, float32 (0, 1, 2 or 2^b values, all exact in float16).

    Raises:
        ValueError: an unknown quantiser, bits out of range, no latents, a latent that is not finite, or a codebook
            that is missing, superfluous or of the wrong length.

    >>> symbols, side_information = quantise("max", 2, np.array([0.0, 0.3, 0.6, 1.0], np.float32))
    >>> symbols.tolist(), side_information.tolist()
    ([0, 1, 2, 3], [1.0])
    """
    _check(name, bits, codebook)
    latents = np.ascontiguousarray(latents, dtype=np.float32)
    smallest, largest = extremes(latents)
    if max(-smallest, largest) > _LARGEST:
        latents = np.clip(latents, -_LARGEST, _LARGEST)
    if side_information is None:
        side_information = _side_information(name, bits, latents, smallest, largest)
    if name in ("max", "min_max"):
        return _uniform_symbols(latents, *_range(side_information), bits), side_information
    centroids = side_information if codebook is None else codebook
    return _core.nearest(latents.ravel(), centroids).reshape(latents.shape), side_information


def dequantise(
    name: str,
    bits: int,
    symbols: NDArray[np.int16],
    side_information: NDArray[np.float32],
    codebook: NDArray[np.float32] | None = None,
) -> NDArray[np.float32]:
    """Turn symbols back into latents: the centre of each bin, or the centroid.

    Args:
        name: one of ``BITS_QUANTISERS``.
        bits: b, 1 to 8.
        symbols: int16 in [0, 2^b), any shape.
        side_information: the side information that ``quantise`` returned.
        codebook: as for ``quantise``.

    Returns:
        float32 latents of the symbols' shape.

    Raises:
        ValueError: as ``quantise``, or side information of the wrong length, or a symbol out of range.

    >>> dequantise("min_max", 1, np.array([0, 1], np.int16), np.array([-1.0, 1.0], np.float32)).tolist()
    [-0.5, 0.5]
    """
    _check(name, bits, codebook)
    found, expected = len(side_information), side_information_length(name, bits)
    if found != expected:
        raise ValueError(f"{name} with {bits} bits has {expected} values of side information, not {found}")
    if symbols.size and not 0 <= int(symbols.min()) <= int(symbols.max()) < 2**bits:
        raise ValueError(f"a symbol is outside [0, {2**bits})")
    if name in ("vector", "vector_shared"):
        return (side_information if codebook is None else codebook)[symbols]
    low, high = _range(side_information)
    latents = symbols.astype(np.float32)  # low + (symbol + 1/2) / 2^b (high - low), in place: latents can be large
    latents += np.float32(0.5)
    latents /= np.float32(2**bits)
    latents *= high - low
    latents += low
    return latents


def extremes(latents: NDArray[np.float32]) -> tuple[float, float]:
    """The smallest and the largest latent; ValueError where there are none, or one is not finite."""
    if latents.size == 0:
        raise ValueError("there are no latents to quantise")
    smallest, largest = float(latents.min()), float(latents.max())
    if not (np.isfinite(smallest) and np.isfinite(largest)):  # a NaN among them makes both NaN
        raise ValueError("the latents hold values that are not finite (NaN or infinity)")
    return smallest, largest


def side_information_length(name: str, bits: int) -> int:
    """How many float16 values of side information a file with this quantiser carries."""
    lengths = {"max": 1, "min_max": 2, "vector": 1 << bits, "vector_shared": 0}
    return lengths[name]


def _check(name: str, bits: int, codebook: NDArray[np.float32] | None) -> None:
    if name not in BITS_QUANTISERS:
        raise ValueError(f"unknown quantiser {name!r}: there are {', '.join(BITS_QUANTISERS)}")
    if not 1 <= bits <= 8:
        raise ValueError(f"bits must be 1 to 8, not {bits}")
    if (codebook is not None) != (name == "vector_shared"):
        raise ValueError("vector_shared needs a codebook, the other quantisers take none")
    if codebook is not None and codebook.shape != (2**bits,):
        raise ValueError(f"the codebook must have {2**bits} centroids, not shape {codebook.shape}")


def _side_information(
    name: str, bits: int, latents: NDArray[np.float32], smallest: float, largest: float
) -> NDArray[np.float32]:
    """The side information that these latents ask for."""
    if name == "vector":
        return _core.kmeans(latents.ravel(), 2**bits)
    values = {"max": [max(largest, 0.0)], "min_max": [smallest, largest], "vector_shared": []}[name]
    return np.clip(np.array(values, np.float32), -_LARGEST, _LARGEST).astype(np.float16).astype(np.float32)


def _range(side_information: NDArray[np.float32]) -> tuple[np.float32, np.float32]:
    """The smallest and the largest latent of uniform bins: ``max`` tells the largest alone."""
    *low, high = side_information
    return (low[0] if low else np.float32(0)), high


def _uniform_symbols(latents: NDArray[np.float32], low: np.float32, high: np.float32, bits: int) -> NDArray[np.int16]:
    """floor of 2^b (y - low) / (high - low), clipped to the bins; all zero where the range is empty."""
    if not high > low:
        return np.zeros(latents.shape, np.int16)
    scaled = latents - low
    scaled /= high - low
    scaled *= np.float32(2**bits)
    np.clip(scaled, 0, 2**bits - 1, out=scaled)  # never negative, so that the cast is the floor
    return scaled.astype(np.int16)
