"""``cars``: the rate-distortion trained network for small pictures, of which there are few to learn from.

    x (3, H, W) --lapped transform----------------(+)-- masking -> y (96, H/8, W/8)
       \\-unshuffle 8 -> width -> blocks -> 96 ----/
    y -- masking undone --> lapped synthesis, as cells of 8x8 pixels --(+)-> shuffle 8 -> x
      \\                     \\-> width                               /
       \\-> width --------------(+) -> blocks -> 3 x 8 x 8 -------------/

Built as ``photo`` is (stages/networks/photo.py), but all of it at 1/8 of the resolution and a quarter of the size:
204 pictures of 128x128 teach a larger one by heart.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from stages.networks.layers.blocks import CORRECTION, Centred, blocks, zeroed
from stages.networks.layers.lapped import Frequencies
from stages.networks.layers.lapped_layers import CELL, PIXELS, LappedAnalysis, LappedSynthesis
from stages.networks.layers.masking import Masking
from stages.networks.layers.variable_rate import Gains, VariableRateAutoencoder

BLOCK = 8
# Those that stand out of the quantisation at the highest quality; spreads are fitted to cars128/train.
FREQUENCIES = Frequencies(BLOCK, (64, 20, 12), strengths=(638, 111, 58.6), fall=1.845)
ENCODER_DEPTH, DECODER_DEPTH = 5, 8  # blocks


class CarsAutoencoder(VariableRateAutoencoder):
    latent_channels = len(FREQUENCIES.spread)
    rate_groups, rate_width = 8 * (latent_channels // 8,), 16

    def __init__(self, levels: int = 8, lambdas: Sequence[float] = (8.4757e-5, 0.08), width: int = 128) -> None:
        """``levels`` of gains; ``lambdas`` at quality 1 and 100; channels at 1/8 of the resolution."""
        super().__init__()
        latents = self.latent_channels
        self.lambdas = lambdas
        self.gains = Gains(latents, levels, *lambdas)
        self.register_buffer("spread", torch.from_numpy(FREQUENCIES.spread).float()[:, None, None], persistent=False)

        self.lapped_analysis = LappedAnalysis(FREQUENCIES)
        self.lapped_synthesis = LappedSynthesis(FREQUENCIES)
        self.masking = Masking()
        self.analysis = nn.Sequential(
            nn.PixelUnshuffle(CELL),
            nn.Conv2d(PIXELS, width, 1),
            blocks(width, ENCODER_DEPTH),
            zeroed(nn.Conv2d(width, latents, 1)),
        )
        self.from_latents = nn.Conv2d(latents, width, 1)
        self.from_pixels = nn.Sequential(Centred(), nn.Conv2d(PIXELS, width, 1))
        self.refine = nn.Sequential(blocks(width, DECODER_DEPTH), zeroed(nn.Conv2d(width, PIXELS, 1)))

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 96, H/8, W/8)."""
        return self.masking.shrunk(self.lapped_analysis(x) + CORRECTION * self.analysis(x - 0.5))

    def unclipped(self, y: Tensor) -> Tensor:
        """(B, 96, h, w) -> (B, 3, 8h, 8w)."""
        y = self.masking.expanded(y)
        return self.refined(y, self.lapped_synthesis(y))

    def codec_facts(self) -> dict:
        return {
            "colour": "RGB",
            "image_size": None,
            "stride": BLOCK,
            "receptive_field": (DECODER_DEPTH + 1) * BLOCK,
            "latent_channels": self.latent_channels,
        }
