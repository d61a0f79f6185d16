"""``photo``: one rate-distortion trained network for every quality.

    x (3, H, W) --lapped transform------------------------------------------(+)-> y (320, H/16, W/16)
       \\-unshuffle 8 -> 128 -> blocks -> stride 2 -> 256 -> blocks -> 320 -/
    y --------> lapped synthesis --------------------------------------(+)-> x
      \\             unshuffle 8 -> 128 -\\                              /
       \\-> 256 -> blocks -> double -> 128 (+) -> blocks -> shuffle 8 -/

It starts as a linear transform codec (stages/networks/lapped.py), since the last layer of either network starts at
zero. Latents are in units of 8-bit pixel levels, as an orthonormal transform gives them. gained.py tells how a codec
quantises them.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from stages.networks.gained import GainedAutoencoder, Gains
from stages.networks.lapped import BLOCK, colour_matrix, lapped_basis, lowest_frequencies

KEPT = (224, 60, 36)  # of 256 frequencies per colour plane: about the strongest 320 of all in photographs
CORRECTION = 32.0  # pixel levels (encoder: latents; decoder: pixels) that an output of 1 of a network changes


class Block(nn.Module):
    """Residual: 3x3 to half the width, 1x1 back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, width // 2, 3, padding=1)
        self.widen = nn.Conv2d(width // 2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.widen(nn.functional.leaky_relu(self.squeeze(x), 0.1))


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))


def _zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class Frequencies:
    """What a lapped transform's channels stand for. All arrays (channels,), strongest channels first."""

    def __init__(self, block: int, kept: Sequence[int], strengths: Sequence[float], fall: float) -> None:
        """``kept`` frequencies of ``block`` squared in each colour plane.

        The standard deviation in pictures is taken to be ``strengths`` of the plane over (1 + frequency) ** ``fall``.
        """
        self.block, self.kept = block, tuple(kept)
        found = [np.stack([np.full(count, p), *lowest_frequencies(count, block)]) for p, count in enumerate(kept)]
        plane, vertical, horizontal = np.concatenate(found, axis=1)
        spread = np.array(strengths)[plane] * (1 + np.hypot(vertical, horizontal)) ** -fall
        self.order = np.argsort(-spread, kind="stable")
        self.plane, self.vertical, self.horizontal, self.spread = (
            of[self.order] for of in (plane, vertical, horizontal, spread)
        )

    def kernels(self) -> list[Tensor]:
        """Per colour plane (count, block^2, 2, 2): basis functions as four blocks of unshuffled pixels."""
        basis, block = lapped_basis(self.block), self.block
        kernels = []
        for count in self.kept:
            vertical, horizontal = lowest_frequencies(count, block)
            functions = np.einsum("ky,kx->kyx", basis[vertical], basis[horizontal])
            blocks = functions.reshape(count, 2, block, 2, block).transpose(0, 2, 4, 1, 3)
            kernels.append(torch.from_numpy(blocks.reshape(count, block**2, 2, 2)).float())
        return kernels


FREQUENCIES = Frequencies(BLOCK, KEPT, (1560, 440, 165), 1.88)  # fitted to 46 pictures of cid22-train, pixel levels


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
        for plane, kernel in zip(self.planes, of.kernels(), strict=True):
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
        for plane, kernel in zip(self.planes, of.kernels(), strict=True):
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
        z = torch.cat([pixel_shuffle(plane(part), self.block) for plane, part in zip(self.planes, parts, strict=True)], 1)
        margin = self.block // 2
        return self.colour(z[..., margin:-margin, margin:-margin]) / 255 + 0.5


class PhotoAutoencoder(GainedAutoencoder):
    latent_channels = sum(KEPT)

    def __init__(
        self, levels: int = 8, lambdas: Sequence[float] = (0.0005, 0.13), widths: Sequence[int] = (128, 256)
    ) -> None:
        """``levels`` of gains; ``lambdas`` at quality 1 and 100; channels at 1/8 and at 1/16 of the resolution."""
        super().__init__()
        (fine, coarse), latents = widths, self.latent_channels
        self.lambdas = lambdas
        self.gains = Gains(latents, levels, *lambdas)
        self.register_buffer("spread", torch.from_numpy(FREQUENCIES.spread).float()[:, None, None], persistent=False)

        self.lapped_analysis = LappedAnalysis(FREQUENCIES)
        self.analysis = nn.Sequential(
            nn.PixelUnshuffle(8),
            nn.Conv2d(192, fine, 1),
            _blocks(fine, 4),
            nn.Conv2d(fine, coarse, 2, stride=2),
            _blocks(coarse, 3),
            _zeroed(nn.Conv2d(coarse, latents, 1)),
        )
        self.lapped_synthesis = LappedSynthesis(FREQUENCIES)
        self.from_latents = nn.Sequential(
            nn.Conv2d(latents, coarse, 1), _blocks(coarse, 3), nn.Conv2d(coarse, 4 * fine, 1), nn.PixelShuffle(2)
        )
        self.from_pixels = nn.Sequential(nn.PixelUnshuffle(8), nn.Conv2d(192, fine, 1))
        self.refine = nn.Sequential(_blocks(fine, 4), _zeroed(nn.Conv2d(fine, 192, 1)), nn.PixelShuffle(8))

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 320, H/16, W/16)."""
        return self.lapped_analysis(x) + CORRECTION * self.analysis(x - 0.5)

    def unclipped(self, y: Tensor) -> Tensor:
        """(B, 320, h, w) -> (B, 3, 16h, 16w)."""
        linear = self.lapped_synthesis(y)
        features = self.from_latents(y / (30 * self.spread).sqrt()) + self.from_pixels(linear - 0.5)
        return linear + CORRECTION / 255 * self.refine(features)

    def codec_facts(self) -> dict:
        return {
            "colour": "RGB",
            "image_size": None,
            "stride": BLOCK,
            "receptive_field": 80,
            "latent_channels": self.latent_channels,
        }
