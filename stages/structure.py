"""How much of a picture's structure is lost: 1 - MS-SSIM, to first order, to train against.

MS-SSIM (Wang, Simoncelli and Bovik 2003, "Multiscale structural similarity for image quality assessment") is a product
of one factor per scale, each raised to a weight; near 1 it falls by the weighted sum of what the factors lack. Windows
here are boxes of 5x5, about as wide as its Gaussian of 1.5 pixels, at every other pixel. The finest scale, whose weight
is .04, is left out: it would take three quarters of the time.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

WEIGHTS = (0.2856, 0.3001, 0.2363, 0.1333)  # of half the resolution, a quarter, ...
LUMINANCE, CONTRAST = 0.01**2, 0.03**2
WINDOW, STEP = 5, 2


def lost_structure(x: Tensor, y: Tensor) -> Tensor:
    """Of pictures x and their copies y, (B, C, H, W) float32 in [0, 1], sides of at least 80 pixels: (B,)."""
    lost = torch.zeros(len(x), device=x.device)
    for scale, weight in enumerate(WEIGHTS):
        x, y = avg_pool2d(x, 2), avg_pool2d(y, 2)
        means = avg_pool2d(torch.cat([x, y, x * x, y * y, x * y], 1), WINDOW, STEP)
        mean_x, mean_y, square_x, square_y, product = means.chunk(5, 1)
        covariance = product - mean_x * mean_y
        variances = square_x - mean_x**2 + square_y - mean_y**2
        similarity = (2 * covariance + CONTRAST) / (variances + CONTRAST)
        if scale == len(WEIGHTS) - 1:
            similarity = similarity * (2 * mean_x * mean_y + LUMINANCE) / (mean_x**2 + mean_y**2 + LUMINANCE)
        lost = lost + weight * (1 - similarity).mean((1, 2, 3))
    return lost
