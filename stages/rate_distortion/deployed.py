"""The deployed quantiser in torch, so that a decoder can learn from the symbols that it will be given.

What ``latentcodec.transform.gains`` computes: dead zones, and ones dropped among zeros.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.networks.layers.variable_rate import Gains, between_levels

DROP_BELOW, KEEP_FROM = 0.05, 0.75


class DeployedQuantiser(nn.Module):
    """``dead_zones``: a .npy file of what is added to magnitudes before their fraction is dropped, in 256ths: uint8
    (levels, C), the second of what ``Tables.gains`` of a bundle gives.
    """

    rounding: Tensor

    def __init__(self, dead_zones: Path) -> None:
        super().__init__()
        self.register_buffer("rounding", torch.from_numpy(np.load(dead_zones)).float() / 256, persistent=False)

    @torch.no_grad()
    def forward(self, latents: Tensor, quality: Tensor, gains: Gains) -> Tensor:
        """Latents (B, C, h, w) as the decoder gets them, each at a quality (B,) of its own: of the same shape."""
        gain = gains(quality)
        rounding = between_levels(self.rounding, quality)[..., None, None]
        scaled = latents.float() * gain
        magnitudes = scaled.abs()
        symbols = scaled.sign() * (magnitudes + rounding).floor()
        return symbols.masked_fill(_dropped(magnitudes), 0) / gain


def _dropped(magnitudes: Tensor) -> Tensor:
    """Where what rounds to 1 among zeros, (B, C, h, w), would cost more bits than it is worth."""
    around = functional.pad(magnitudes, (1, 1, 1, 1), mode="replicate")
    crossing = around[..., :-2, 1:-1] + around[..., 2:, 1:-1] + around[..., 1:-1, :-2] + around[..., 1:-1, 2:]
    return (0.25 * crossing * (2 * magnitudes - 1) < DROP_BELOW) & (magnitudes < KEEP_FROM)
