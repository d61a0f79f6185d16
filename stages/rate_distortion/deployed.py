"""The deployed quantiser in torch, so that a decoder can learn from the symbols that it will be given.

What ``latentcodec.transform.gains`` computes; which symbols the entropy coder then changes is not followed.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from stages.networks.layers.variable_rate import Gains, between_levels


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
        return scaled.sign() * (scaled.abs() + rounding).floor() / gain
