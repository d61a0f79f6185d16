"""Where ``photo`` and ``cars`` start: an orthonormal colour space and a lapped orthogonal transform.

A block transform leaves seams between blocks. The lapped one (Malvar and Staelin 1989, "The LOT: transform coding
without blocking effects") has basis functions twice as long that overlap by half, and is still orthogonal: synthesis is
the transpose. Here it is a DCT after a filter across every seam (Tran, Liang and Tu 2003, "Lapped transform via
time-domain pre- and post-filtering", type-II fast LOT).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def colour_matrix() -> Matrix:
    """(3, 3): RGB -> brightness, red - blue, green against both; rows of length 1."""
    rows = np.array([[1.0, 1, 1], [1, 0, -1], [1, -2, 1]])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def lapped_basis(block: int) -> Matrix:
    """(block, 2 * block): orthonormal rows, by rising frequency; row k is even for even k and odd for odd k."""
    half = block // 2
    identity, mirror = np.eye(half), np.eye(half)[::-1]
    butterfly = np.block([[identity, mirror], [mirror, -identity]]) / np.sqrt(2)
    rotation = mirror @ _dct2(half).T @ _dct4(half) @ mirror
    zero = np.zeros((half, half))
    seam = butterfly @ np.block([[identity, zero], [zero, rotation]]) @ butterfly
    both_seams = np.block([[seam, np.zeros((block, block))], [np.zeros((block, block)), seam]])
    inner = np.hstack([np.zeros((block, half)), _dct2(block), np.zeros((block, half))])
    return inner @ both_seams


def lowest_frequencies(count: int, block: int) -> tuple[NDArray, NDArray]:
    """(vertical, horizontal) frequencies of the ``count`` lowest of a block, by rising radius."""
    vertical, horizontal = np.divmod(np.arange(block**2), block)
    order = np.argsort(vertical**2 + horizontal**2, kind="stable")[:count]
    return vertical[order], horizontal[order]


class Frequencies:
    """What a lapped transform's channels stand for. All arrays (channels,), strongest channels first."""

    def __init__(self, block: int, counts: Sequence[int], strengths: Sequence[float], fall: float) -> None:
        """``counts`` of the lowest of ``block`` squared frequencies in each colour plane.

        The standard deviation in pictures is taken to be ``strengths`` of the plane over (1 + frequency) ** ``fall``.
        """
        self.block, self.counts = block, tuple(counts)
        found = [np.stack([np.full(count, p), *lowest_frequencies(count, block)]) for p, count in enumerate(counts)]
        plane, vertical, horizontal = np.concatenate(found, axis=1)
        spread = np.array(strengths)[plane] * (1 + np.hypot(vertical, horizontal)) ** -fall
        self.order = np.argsort(-spread, kind="stable")
        self.plane, self.vertical, self.horizontal, self.spread = (
            each[self.order] for each in (plane, vertical, horizontal, spread)
        )

    def raster(self) -> NDArray:
        """(channels,): each channel's place among all frequencies, plane after plane, row by row."""
        return (self.plane * self.block + self.vertical) * self.block + self.horizontal

    def functions(self) -> list[Matrix]:
        """Per colour plane (count, 2 * block, 2 * block), by rising frequency."""
        basis, planes = lapped_basis(self.block), [lowest_frequencies(count, self.block) for count in self.counts]
        return [np.einsum("ky,kx->kyx", basis[vertical], basis[horizontal]) for vertical, horizontal in planes]


def _dct2(size: int) -> Matrix:
    k, n = np.arange(size)[:, None], np.arange(size)[None]
    rows = np.sqrt(2 / size) * np.cos(np.pi / size * k * (n + 0.5))
    rows[0] /= np.sqrt(2)
    return rows


def _dct4(size: int) -> Matrix:
    k, n = np.arange(size)[:, None], np.arange(size)[None]
    return np.sqrt(2 / size) * np.cos(np.pi / size * (k + 0.5) * (n + 0.5))
