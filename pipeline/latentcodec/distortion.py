"""How far a decoded picture is from its original: PSNR and SSIM, in NumPy; SSIMULACRA2 and butteraugli, in Rust.

Pictures are uint8 (H, W) or (H, W, 3), both of one shape.
"""

import math

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core

Pixels = NDArray[np.uint8]
Samples = NDArray[np.int32]

_WINDOW = 7
_LEAST_BUTTERAUGLI = 8
_STRIP = 256  # rows at a time, so that a large picture needs little memory beside itself


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
