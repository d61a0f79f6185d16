"""``photo``: one rate-distortion trained network for every quality.

    x (3, H, W) --lapped transform------------------------------------------(+)-> y (768, H/16, W/16)
       \\-unshuffle 8 -> 128 -> blocks -> halve -> 256 -> blocks -> 768 ----/
    y --------> lapped synthesis, as cells of 8x8 pixels --------------(+)-> shuffle 8 -> x
      \\                      \\-> 128 -----\\                           /
       \\-> 256 -> blocks -> double -> 128 (+) -> blocks -> 3 x 8 x 8 -/

It starts as a linear transform codec (stages/networks/lapped.py), since the last layers of both networks start at zero.
The lapped transform has all frequencies of its blocks, and starts without loss; the decoder's network is shown the
strongest. Both networks compute in 8 bits, all but the encoder's first layer.
Latents are in units of 8-bit pixel levels, as an orthonormal transform gives them. layers/variable_rate.py tells how a
codec quantises them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from stages.networks.layers.blocks import CORRECTION, Centred, blocks, zeroed
from stages.networks.layers.convolution import Convolution, compute_in_eight_bits
from stages.networks.layers.lapped import Frequencies
from stages.networks.layers.lapped_layers import CELL, PIXELS, SeparableAnalysis, SeparableSynthesis
from stages.networks.layers.shuffle import ToSpace
from stages.networks.layers.variable_rate import Gains, VariableRateAutoencoder

BLOCK = 16
# Spreads are fitted to 46 pictures of cid22-train.
FREQUENCIES = Frequencies(BLOCK, 3 * (BLOCK**2,), strengths=(1560, 440, 165), fall=1.88)
STRONGEST = 320  # channels that the decoder's network is shown
DEPTH = 3  # blocks of the encoder's network at each resolution


class PhotoAutoencoder(VariableRateAutoencoder):
    latent_channels = len(FREQUENCIES.spread)
    rate_groups, rate_width = 8 * (40,) + 4 * (112,), 40

    def __init__(
        self,
        levels: int = 8,
        lambdas: Sequence[float] = (0.0006, 0.6),
        widths: Sequence[int] = (128, 256),
        eight_bits: bool = False,
    ) -> None:
        """``levels`` of gains; ``lambdas`` at quality 1 and 100; channels at 1/8 and at 1/16 of the resolution;
        whether the networks compute in 8 bits.
        """
        super().__init__()
        (fine, coarse), latents = widths, self.latent_channels
        self.lambdas = lambdas
        self.gains = Gains(latents, levels, *lambdas)
        self.register_buffer("spread", torch.from_numpy(FREQUENCIES.spread).float()[:, None, None], persistent=False)

        self.lapped_analysis = SeparableAnalysis(FREQUENCIES)
        self.lapped_synthesis = SeparableSynthesis(FREQUENCIES)
        self.analysis = nn.Sequential(
            Centred(),
            nn.Conv2d(3, fine, CELL, stride=CELL),
            blocks(fine, DEPTH),
            Convolution(fine, coarse, 2, stride=2),
            blocks(coarse, DEPTH),
            zeroed(Convolution(coarse, latents, 1)),
        )
        self.from_latents = nn.Sequential(
            Convolution(STRONGEST, coarse, 1), blocks(coarse, 3), Convolution(coarse, 4 * fine, 1), ToSpace(2)
        )
        self.from_pixels = nn.Sequential(Centred(), Convolution(PIXELS, fine, 1))
        self.refine = nn.Sequential(blocks(fine, 4), zeroed(Convolution(fine, PIXELS, 1)))
        if eight_bits:
            compute_in_eight_bits(self.analysis, self.from_latents, self.from_pixels, self.refine)

    def encode(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 768, H/16, W/16)."""
        return self.lapped_analysis(x) + CORRECTION * self.analysis(x)

    def unclipped(self, y: Tensor) -> Tensor:
        """(B, 768, h, w) -> (B, 3, 16h, 16w)."""
        return self.refined(y[:, :STRONGEST], self.lapped_synthesis(y))

    def codec_facts(self) -> dict:
        return {
            "colour": "RGB",
            "image_size": None,
            "stride": BLOCK,
            "receptive_field": 80,
            "latent_channels": self.latent_channels,
        }
