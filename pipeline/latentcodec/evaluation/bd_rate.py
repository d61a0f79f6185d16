"""Bjontegaard deltas between two codecs' curves, by the ``bjontegaard`` package: PCHIP over log rate, per picture.

Bjontegaard 2001, "Calculation of average PSNR differences between RD-curves" (VCEG-M33). A codec whose quality does not
grow with its rate has no such curve, so points that cost more than a better one are left out, picture by picture.
"""

from collections.abc import Callable
from dataclasses import dataclass

import bjontegaard
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Curve:
    """``rate`` (bpp) and ``quality`` (any unit, more is better) of every point and picture, both (points, pictures)."""

    rate: NDArray[np.float64]
    quality: NDArray[np.float64]

    def of_picture(self, index: int) -> tuple[NDArray, NDArray]:
        """(rates, qualities), both strictly growing."""
        order = np.lexsort((-self.quality[:, index], self.rate[:, index]))
        rate, quality = self.rate[order, index], self.quality[order, index]
        best_before = np.maximum.accumulate(np.concatenate([[-np.inf], quality[:-1]]))
        return rate[quality > best_before], quality[quality > best_before]


@dataclass(frozen=True)
class Delta:
    """``value`` averaged over the pictures, or None and in ``note`` the reason."""

    value: float | None
    note: str = ""


def bd_rate(anchor: Curve, test: Curve) -> Delta:
    """Mean difference in rate at equal quality, per cent; negative where ``test`` needs fewer bits than ``anchor``."""
    return _delta(bjontegaard.bd_rate, anchor, test)


def bd_quality(anchor: Curve, test: Curve) -> Delta:
    """Mean difference in quality at equal rate, in the quality's unit; positive where ``test`` is better."""
    return _delta(bjontegaard.bd_psnr, anchor, test)


def _delta(measure: Callable[..., float], anchor: Curve, test: Curve) -> Delta:
    values = []
    for index in range(anchor.rate.shape[1]):
        curves = anchor.of_picture(index), test.of_picture(index)
        axis = 1 if measure is bjontegaard.bd_rate else 0
        low, high = max(curve[axis][0] for curve in curves), min(curve[axis][-1] for curve in curves)
        if low < high:  # else the package would warn and return NaN
            values.append(measure(*curves[0], *curves[1], "pchip", require_matching_points=False, min_overlap=0))
    apart = anchor.rate.shape[1] - len(values)
    if apart:
        return Delta(None, f"{apart} of {anchor.rate.shape[1]} pictures: the curves do not overlap")
    return Delta(float(np.mean(values)))
