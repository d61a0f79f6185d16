"""The lapped transform (lapped.py) as layers, whose weights go on learning."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from stages.networks.lapped import Frequencies, colour_matrix


def kernels(of: Frequencies) -> list[Tensor]:
    """Per colour plane (count, block^2, 2, 2): basis functions as four blocks of unshuffled pixels."""
    functions = (basis.reshape(-1, 2, of.block, 2, of.block).transpose(0, 2, 4, 1, 3) for basis in of.functions())
    return [torch.from_numpy(blocks.reshape(-1, of.block**2, 2, 2)).float() for blocks in functions]


def _mirrored(x: Tensor, margin: int, dim: int, sign: Tensor | float = 1.0) -> Tensor:
    """``x`` continued by its mirror image, times ``sign``, on both sides of ``dim``."""
    first = x.narrow(dim, 0, margin).flip(dim)
    last = x.narrow(dim, x.shape[dim] - margin, margin).flip(dim)
    return torch.cat([first * sign, x, last * sign], dim)


class LappedAnalysis(nn.Module):
    """(B, 3, H, W) in [0, 1] -> (B, channels, H/block, W/block) pixel levels."""

    order: Tensor

    def __init__(self, of: Frequencies) -> None:
        super().__init__()
        self.block = of.block
        self.colour = nn.Conv2d(3, 3, 1, bias=False)
        self.planes = nn.ModuleList(nn.Conv2d(of.block**2, count, 2, bias=False) for count in of.kept)
        self.colour.weight.data = torch.from_numpy(colour_matrix()).float()[..., None, None]
        for plane, kernel in zip(self.planes, kernels(of), strict=True):
            plane.weight.data = kernel
        self.register_buffer("order", torch.from_numpy(of.order), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        z = self.colour((x - 0.5) * 255)
        z = _mirrored(_mirrored(z, self.block // 2, 2), self.block // 2, 3)
        found = [plane(pixel_unshuffle(z[:, c : c + 1], self.block)) for c, plane in enumerate(self.planes)]
        return torch.cat(found, 1).index_select(1, self.order)


class LappedSynthesis(nn.Module):
    """The transpose: (B, channels, h, w) -> (B, 3, block h, block w), in [0, 1] but for quantisation."""

    places: Tensor
    down: Tensor
    across: Tensor

    def __init__(self, of: Frequencies) -> None:
        super().__init__()
        self.block, self.kept = of.block, of.kept
        self.planes = nn.ModuleList(nn.Conv2d(count, of.block**2, 2, bias=False) for count in of.kept)
        self.colour = nn.Conv2d(3, 3, 1, bias=False)
        for plane, kernel in zip(self.planes, kernels(of), strict=True):
            plane.weight.data = kernel.flip(2, 3).transpose(0, 1).contiguous()
        self.colour.weight.data = torch.from_numpy(colour_matrix().T.copy()).float()[..., None, None]
        self.register_buffer("places", torch.from_numpy(np.argsort(of.order)), persistent=False)
        # Beyond the picture's border its mirror image continues: even functions' latents repeat, odd ones' change sign.
        signs = [torch.from_numpy(1.0 - 2 * (f % 2)).float()[None, :, None, None] for f in (of.vertical, of.horizontal)]
        self.register_buffer("down", signs[0], persistent=False)
        self.register_buffer("across", signs[1], persistent=False)

    def forward(self, y: Tensor) -> Tensor:
        y = _mirrored(_mirrored(y, 1, 2, self.down), 1, 3, self.across)
        parts = y.index_select(1, self.places).split(self.kept, 1)
        z = torch.cat(
            [pixel_shuffle(plane(part), self.block) for plane, part in zip(self.planes, parts, strict=True)], 1
        )
        margin = self.block // 2
        return self.colour(z[..., margin:-margin, margin:-margin]) / 255 + 0.5
