"""SSIMULACRA2, differentiable: what people see of the difference between two pictures, to train against.

Jon Sneyers' measure (Cloudinary 2022, version 2.1) compares a picture and its copy in XYB, the colour space of JPEG XL,
at six scales: a map of SSIM, one of what the copy adds about edges (ringing, blocks) and one of what it lacks (blur).
Its score is a function of the weighted 1-norms and 4-norms of these maps: 100 for equal pictures, 90 where nobody sees
a difference, 70 for high quality, 50 for medium, below 30 for low. Of its 108 weights, fitted to people's judgements of
compressed pictures, those are here that are not next to nothing. Blurs are plain Gaussians, where the reference has a
recursive filter that comes near one.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, pad

X, Y, B = range(3)
SSIM, ADDED, LOST = range(3)  # maps; each has a 1-norm (0) and a 4-norm (1)
# {scale: {plane: {(map, norm): weight}}}; at scale s the pictures are 1 / 2^s as large
WEIGHTS: dict[int, dict[int, dict[tuple[int, int], float]]] = {
    0: {Y: {(SSIM, 1): 7.466890328, (LOST, 1): 17.445833984}},
    1: {X: {(SSIM, 1): 1.104172643}, Y: {(SSIM, 1): 6.683678146, (LOST, 1): 1.027889938}},
    2: {
        X: {(SSIM, 1): 1.842245552, (ADDED, 1): 11.441172604},
        Y: {(SSIM, 0): 225.205153008, (SSIM, 1): 19.213238186},
    },
    3: {
        X: {(SSIM, 1): 1.878759498, (ADDED, 1): 10.949069906},
        Y: {(SSIM, 0): 176.393175985, (SSIM, 1): 24.433009999, (ADDED, 1): 0.285208026},
        B: {(SSIM, 1): 8.826982765, (ADDED, 1): 23.192433440},
    },
    4: {
        X: {(ADDED, 0): 0.967793708, (ADDED, 1): 0.998176698},
        Y: {(SSIM, 1): 34.779063445, (ADDED, 1): 44.835625329},
        B: {
            (SSIM, 0): 95.108049881,
            (ADDED, 0): 0.986397803,
            (ADDED, 1): 171.266725590,
            (LOST, 0): 0.983438279,
            (LOST, 1): 0.980785887,
        },
    },
}
LEAST_SIDE = 8  # of pictures that are halved once more
OPSIN = ((0.3, 0.622, 0.078), (0.23, 0.692, 0.078), (0.24342269, 0.20476745, 0.55180986))
BIAS = 0.0037930734
CONTRAST = 0.0009
RADIUS, SIGMA = 5, 1.5


def lost_ssimulacra2(x: Tensor, y: Tensor) -> Tensor:
    """100 - SSIMULACRA2 (B,) of pictures x and their copies y, sRGB (B, 3, H, W) in [0, 1] but for clipping.

    In coded photographs it is some .3 less than the crates fast-ssim2 and ssimulacra2 find. Smaller pictures than
    113 pixels a side, which have fewer scales, they weigh otherwise.
    """
    with torch.autocast(x.device.type, enabled=False):
        x, y = _linear(x.float()), _linear(y.float())
        total = torch.zeros(len(x), device=x.device)
        for scale, planes in WEIGHTS.items():
            if min(x.shape[-2:]) < LEAST_SIDE:
                break
            if scale:
                x, y = _halved(x), _halved(y)
            norms = _norms(*(_xyb(picture)[:, list(planes)] for picture in (x, y)))
            for plane, weights in zip(norms.unbind(1), planes.values(), strict=True):
                total = total + sum(weight * plane[:, measure, norm] for (measure, norm), weight in weights.items())
        total = 0.9562382616834844 * total
        total = 2.326765642916932 * total - 0.020884521182843837 * total**2 + 6.248496625763138e-5 * total**3
        return 10 * total.clamp(min=1e-4) ** 0.6276336467831387


def _linear(srgb: Tensor) -> Tensor:
    return torch.where(srgb > 0.04045, ((srgb.clamp(0.04, 1) + 0.055) / 1.055) ** 2.4, srgb.clamp(min=0) / 12.92)


def _halved(x: Tensor) -> Tensor:
    height, width = x.shape[-2:]
    return avg_pool2d(pad(x, (0, width % 2, 0, height % 2), mode="replicate"), 2)


def _xyb(linear: Tensor) -> Tensor:
    """Linear light (B, 3, H, W) in [0, 1] -> X, Y and B - Y, scaled to about [0, 1]."""
    mixed = torch.einsum("oc,bchw->bohw", linear.new_tensor(OPSIN), linear) + BIAS
    long, medium, short = (mixed.pow(1 / 3) - BIAS ** (1 / 3)).unbind(1)
    bright = (long + medium) / 2
    return torch.stack([14 * (long - medium) / 2 + 0.42, bright + 0.01, short - bright + 0.55], 1)


def _norms(x: Tensor, y: Tensor) -> Tensor:
    """(B, P, 3, 2): the maps' norms, of planes (B, P, H, W)."""
    mean_x, square_x = _blurred(torch.cat([x, x * x], 1)).chunk(2, 1)
    mean_y, square_y, product = _blurred(torch.cat([y, y * y, x * y], 1)).chunk(3, 1)
    variances = square_x - mean_x**2 + square_y - mean_y**2
    structure = (2 * (product - mean_x * mean_y) + CONTRAST) / (variances + CONTRAST)
    edges = (1 + (y - mean_y).abs()) / (1 + (x - mean_x).abs()) - 1
    maps = torch.stack([1 - (1 - (mean_x - mean_y) ** 2) * structure, edges, -edges], 2).clamp(min=0)
    return torch.stack([maps.mean((3, 4)), maps.square().square().mean((3, 4)).clamp(min=1e-20) ** 0.25], 3)


def _blurred(x: Tensor) -> Tensor:
    """A product of matrices, which for so few planes is quicker than a convolution; beyond the border are zeros."""
    return _gaussian(x.shape[-2], x.device) @ x @ _gaussian(x.shape[-1], x.device)


def _gaussian(side: int, device: torch.device) -> Tensor:
    """(side, side), symmetric: a column's weights."""
    places = torch.arange(side, device=device)
    distance = places[:, None] - places
    weights = torch.exp(-(distance**2) / (2 * SIGMA**2)).where(distance.abs() <= RADIUS, 0)
    return weights / sum(math.exp(-(step**2) / (2 * SIGMA**2)) for step in range(-RADIUS, RADIUS + 1))
