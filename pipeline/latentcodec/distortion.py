"""How far a decoded picture is from its original: PSNR, SSIM and MS-SSIM, in NumPy; SSIMULACRA2 and butteraugli, in
Rust.

Pictures are uint8 (H, W) or (H, W, 3), both of one shape.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from latentcodec import _core

Pixels = NDArray[np.uint8]
Samples = NDArray[np.int32]
Plane = NDArray[np.float32]

_WINDOW = 7
_LEAST_BUTTERAUGLI = 8
_STRIP = 256  # rows at a time, so that a large picture needs little memory beside itself

_SCALES = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The weight of each scale, the finest first: section 3.2 of the paper that ``ms_ssim`` names."""
_LEAST_SCALES = 4
_TAPS = np.exp(-((np.arange(11) - 5) ** 2) / (2 * 1.5**2))
_TAPS = (_TAPS / _TAPS.sum()).astype(np.float32)


def psnr(original: Pixels, decoded: Pixels) -> float:
    """Peak signal-to-noise ratio in dB over all samples, also of stacks (N, H, W[, 3]); infinite for equal pictures."""
    squares = sum(
        float(np.square(np.subtract(x, y, dtype=np.int32)).sum(dtype=np.int64))
        for x, y in zip(original, decoded, strict=True)
    )
    return math.inf if squares == 0 else 10 * math.log10(255**2 * original.size / squares)


def ssim(original: Pixels, decoded: Pixels) -> float | None:
    """Structural similarity as scikit-image computes it unless told otherwise: a uniform window of 7x7, the mean over
    all of its places inside the picture and over channels. None for a picture smaller than the window.

    Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error visibility to structural similarity".
    """
    height, width = original.shape[:2]
    if min(height, width) < _WINDOW:
        return None
    x, y = np.atleast_3d(original), np.atleast_3d(decoded)
    total = 0.0
    for top in range(0, height - _WINDOW + 1, _STRIP):
        rows = slice(top, top + _STRIP + _WINDOW - 1)
        for channel in range(x.shape[2]):
            total += _similarity(x[rows, :, channel].astype(np.int32), y[rows, :, channel].astype(np.int32))
    return total / ((height - _WINDOW + 1) * (width - _WINDOW + 1) * x.shape[2])


def scales_that_fit(side: int) -> int:
    """How many of MS-SSIM's five scales there are where the shorter side has so many pixels, as torchmetrics counts."""
    return max((n for n in range(1, 6) if side // max(1, n - 1) ** 2 >= len(_TAPS)), default=0)


def ms_ssim(original: Pixels, decoded: Pixels) -> float | None:
    """Multi-scale SSIM over the first scales that fit, their weights renormalised: five where the shorter side has at
    least 176 pixels, four from 99; None below that. A Gaussian window of 11x11, the mean over channels; torchmetrics
    has the same values.

    Wang, Simoncelli and Bovik 2003, "Multiscale structural similarity for image quality assessment".
    """
    scales = scales_that_fit(min(original.shape[:2]))
    if scales < _LEAST_SCALES:
        return None
    x, y = ([_unit(plane) for plane in np.atleast_3d(each).transpose(2, 0, 1)] for each in (original, decoded))
    product, weights = 1.0, np.array(_SCALES[:scales]) / sum(_SCALES[:scales])
    for scale, weight in enumerate(weights):
        last = scale == scales - 1
        alike = np.mean([_alike(*planes, luminance=last) for planes in zip(x, y, strict=True)])
        product *= max(alike, 0.0) ** weight
        x, y = list(map(_halved, x)), list(map(_halved, y))
    return float(product)


def ssimulacra2(original: Pixels, decoded: Pixels) -> float:
    """SSIMULACRA2 (Sneyers 2022; github.com/cloudinary/ssimulacra2), which agrees with people better than the others:
    100 for equal pictures, 90 and more where no difference is seen, 70 for high quality, 50 for medium, 10 for very low
    quality; may be negative. Grey is measured as three equal planes; sides below 8 are mirrored to 8.
    """
    return _core.ssimulacra2(_coloured(original), _coloured(decoded))


def butteraugli(original: Pixels, decoded: Pixels) -> float | None:
    """The 3-norm of butteraugli's distances over all pixels (Alakuijala et al. 2017, "Guetzli: perceptually guided JPEG
    encoder", as in libjxl), for a screen of 80 nits: 0 for equal pictures, 1 where a difference may be seen. None for a
    picture with a side below 8.
    """
    if min(original.shape[:2]) < _LEAST_BUTTERAUGLI:
        return None
    return _core.butteraugli(_coloured(original), _coloured(decoded))


def _coloured(pixels: Pixels) -> Pixels:
    """(H, W, 3), grey as three equal planes."""
    return np.ascontiguousarray(pixels if pixels.ndim == 3 else np.stack([pixels] * 3, axis=2))


def _similarity(x: Samples, y: Samples) -> float:
    """The sum of SSIM over all windows of one channel (H, W). The sums of a window are exact integers."""
    count = _WINDOW**2
    mean_x, mean_y, square_x, square_y, product = (_sums(values) / count for values in (x, y, x * x, y * y, x * y))
    unbiased = count / (count - 1)
    variances = unbiased * (square_x - mean_x**2 + square_y - mean_y**2)
    covariance = unbiased * (product - mean_x * mean_y)
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    return float((above / ((mean_x**2 + mean_y**2 + c1) * (variances + c2))).sum())


def _sums(values: Samples) -> Samples:
    """(H, W) -> (H - 6, W - 6): the sum over each window."""
    height, width = values.shape[0] - _WINDOW + 1, values.shape[1] - _WINDOW + 1
    rows, sums = np.zeros((height, values.shape[1]), np.int32), np.zeros((height, width), np.int32)
    for shift in range(_WINDOW):
        rows += values[shift : shift + height]
    for shift in range(_WINDOW):
        sums += rows[:, shift : shift + width]
    return sums


def _unit(plane: Pixels) -> Plane:
    """Of uint8 on the scale [0, 1]."""
    return np.ascontiguousarray(plane, np.float32) / np.float32(255)


def _alike(x: Plane, y: Plane, *, luminance: bool) -> float:
    """The mean of SSIM's contrast and structure in Gaussian windows, or of all of SSIM; in that case the picture is
    mirrored at its border.
    """
    if luminance:
        x, y = np.pad(x, len(_TAPS) // 2, "reflect"), np.pad(y, len(_TAPS) // 2, "reflect")
    reach, total = len(_TAPS) - 1, 0.0
    height, width = x.shape[0] - reach, x.shape[1] - reach
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP + reach)
        total += _sum_alike(x[rows], y[rows], luminance)
    return total / (height * width)


def _sum_alike(x: Plane, y: Plane, luminance: bool) -> float:
    mean_x, mean_y, square_x, square_y, product = map(_blurred, (x, y, x * x, y * y, x * y))
    c1, c2 = 0.01**2, 0.03**2
    variances = np.maximum(square_x - mean_x**2, 0) + np.maximum(square_y - mean_y**2, 0)
    alike = (2 * (product - mean_x * mean_y) + c2) / (variances + c2)
    if luminance:
        alike *= (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
    return float(alike.sum(dtype=np.float64))


def _blurred(values: Plane) -> Plane:
    """(H, W) -> (H - 10, W - 10): the mean over each Gaussian window."""
    height, width = values.shape[0] - len(_TAPS) + 1, values.shape[1] - len(_TAPS) + 1
    rows, means = np.zeros((height, values.shape[1]), np.float32), np.zeros((height, width), np.float32)
    for shift, tap in enumerate(_TAPS):
        rows += tap * values[shift : shift + height]
    for shift, tap in enumerate(_TAPS):
        means += tap * rows[:, shift : shift + width]
    return means


def _halved(values: Plane) -> Plane:
    """(H, W) -> (H // 2, W // 2): the mean of each 2x2."""
    height, width = values.shape[0] // 2, values.shape[1] // 2
    return values[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3), dtype=np.float32)


@dataclass(frozen=True)
class Metric:
    """What is measured of decoded pictures, and how it is told: a column of tables, a panel of figures."""

    measure: Callable[[Any, Any], Any]
    """Of an original and what was decoded; None where it does not suit them."""
    title: str
    decimals: int
    unit: str = ""
    falls: bool = False
    """Whether it is less where a picture is better."""

    @property
    def axis(self) -> str:
        """Its title beside an axis."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def as_quality(self, values: ArrayLike) -> NDArray[np.float64]:
        """Values as Bjontegaard deltas need them, more where a picture is better: those that fall negated, so that a
        unit of butteraugli counts alike wherever it is.
        """
        array = np.asarray(values, np.float64)
        return -array if self.falls else array


METRICS: dict[str, Metric] = {
    "ssimulacra2": Metric(ssimulacra2, "SSIMULACRA2", 1),
    "butteraugli": Metric(butteraugli, "butteraugli", 2, unit="3-norm", falls=True),
    "ms_ssim": Metric(ms_ssim, "MS-SSIM", 4),
    "psnr": Metric(psnr, "PSNR", 2, unit="dB"),
    "ssim": Metric(ssim, "SSIM", 4),
}
"""Those that codecs are compared by, of one picture."""
