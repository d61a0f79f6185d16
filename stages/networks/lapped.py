"""Where ``photo`` starts: an orthonormal colour space and a lapped orthogonal transform of 16x16 pixels.

A block transform leaves seams between blocks. The lapped one (Malvar and Staelin 1989, "The LOT: transform coding
without blocking effects") has basis functions of 32 pixels that overlap by half, and is still orthogonal: synthesis is
the transpose. Here it is a DCT after a filter across every seam (Tran, Liang and Tu 2003, "Lapped transform via
time-domain pre- and post-filtering", type-II fast LOT).
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

BLOCK = 16


def colour_matrix() -> Matrix:
    """(3, 3): RGB -> brightness, red - blue, green against both; rows of length 1."""
    rows = np.array([[1.0, 1, 1], [1, 0, -1], [1, -2, 1]])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def lapped_basis(block: int = BLOCK) -> Matrix:
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


def lowest_frequencies(count: int, block: int = BLOCK) -> tuple[NDArray, NDArray]:
    """(vertical, horizontal) frequencies of the ``count`` lowest of a block, by rising radius."""
    vertical, horizontal = np.divmod(np.arange(block**2), block)
    order = np.argsort(vertical**2 + horizontal**2, kind="stable")[:count]
    return vertical[order], horizontal[order]


def _dct2(size: int) -> Matrix:
    k, n = np.arange(size)[:, None], np.arange(size)[None]
    rows = np.sqrt(2 / size) * np.cos(np.pi / size * k * (n + 0.5))
    rows[0] /= np.sqrt(2)
    return rows


def _dct4(size: int) -> Matrix:
    k, n = np.arange(size)[:, None], np.arange(size)[None]
    return np.sqrt(2 / size) * np.cos(np.pi / size * (k + 0.5) * (n + 0.5))
