"""What rate-distortion trained codecs keep small: squared error, and shares of what measures of structure miss.

The factors bring them to the size of the squared error, so that shares of a distortion mean about the same at every
quality: along the curves of ``photo`` the squared error is about 1,500 times 1 - MS-SSIM and .5 lambda^-.18 times
100 - SSIMULACRA2, and along those of ``cars`` 1 - SSIM costs 80 sqrt(lambda) bits per pixel where a squared level costs
lambda.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from stages.params import Structure
from stages.rate_distortion.ssimulacra2 import lost_ssimulacra2

WEIGHTS = (0.2856, 0.3001, 0.2363, 0.1333)  # of half the resolution, a quarter, ...
LUMINANCE, CONTRAST = 0.01**2, 0.03**2
WINDOW, STEP = 5, 2


def lost_ssim(x: Tensor, y: Tensor) -> Tensor:
    """1 - SSIM (B,) of pictures (B, 3, H, W) in [0, 1]; within .02 of what stages/metrics.py measures."""
    luminance, contrast = _similarities(x, y, 7, 1)
    return 1 - (luminance * contrast).mean((1, 2, 3))


def _similarities(x: Tensor, y: Tensor, window: int, step: int) -> tuple[Tensor, Tensor]:
    """The two factors of SSIM, of luminance and of contrast and structure, in boxes of ``window`` pixels a side."""
    means = avg_pool2d(torch.cat([x, y, x * x, y * y, x * y], 1), window, step)
    mean_x, mean_y, square_x, square_y, product = means.chunk(5, 1)
    variances = square_x - mean_x**2 + square_y - mean_y**2
    luminance = (2 * mean_x * mean_y + LUMINANCE) / (mean_x**2 + mean_y**2 + LUMINANCE)
    return luminance, (2 * (product - mean_x * mean_y) + CONTRAST) / (variances + CONTRAST)


def lost_ms_ssim(x: Tensor, y: Tensor) -> Tensor:
    """1 - MS-SSIM (B,) to first order, of pictures (B, 3, H, W) in [0, 1] with sides of at least 80 pixels.

    MS-SSIM (Wang, Simoncelli and Bovik 2003, "Multiscale structural similarity for image quality assessment") is a
    product of one factor per scale, each raised to a weight; near 1 it falls by the weighted sum of what the factors
    lack. Windows here are boxes of 5x5, about as wide as its Gaussian of 1.5 pixels, at every other pixel. The finest
    scale, whose weight is .04, is left out: it would take three quarters of the time.
    """
    lost = torch.zeros(len(x), device=x.device)
    for scale, weight in enumerate(WEIGHTS):
        x, y = avg_pool2d(x, 2), avg_pool2d(y, 2)
        luminance, similarity = _similarities(x, y, WINDOW, STEP)
        if scale == len(WEIGHTS) - 1:
            similarity = similarity * luminance
        lost = lost + weight * (1 - similarity).mean((1, 2, 3))
    return lost


def distortion(x: Tensor, y: Tensor, lmbda: Tensor, structure: Structure | None) -> Tensor:
    """(B,), in squared pixel levels, of pictures x and their copies y (B, 3, H, W) in [0, 1].

    ``structure`` is that of params.yaml: rate_distortion; ``lmbda`` (B,): bits per pixel that a squared level is worth.
    """
    shares = structure or {}
    distorted = (1 - sum(shares.values())) * (255 * (y - x)).square().mean((1, 2, 3))
    for measure, share in shares.items():
        lost, weight = STRUCTURAL_LOSSES[measure]
        distorted = distorted + share * weight(lmbda) * lost(x, y)
    return distorted


# What is lost of a structure, and its weight beside squared levels at a lambda.
STRUCTURAL_LOSSES: dict[str, tuple[Callable[[Tensor, Tensor], Tensor], Callable[[Tensor], Tensor | float]]] = {
    "ssim": (lost_ssim, lambda lmbda: 80 / lmbda.sqrt()),
    "ms_ssim": (lost_ms_ssim, lambda _: 1500),
    "ssimulacra2": (lost_ssimulacra2, lambda lmbda: 0.5 * lmbda**-0.18),
}
