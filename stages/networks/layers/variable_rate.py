"""What every rate-distortion trained network has beside its transforms: gains, one for each channel and quality.

symbols = round(y * gain), and the decoder takes symbols / gain (Cui et al. 2021, "Asymmetric gained deep image
compression with continuous rate adaptation", here with one gain both ways). One network so serves every quality.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from stages.networks.autoencoder import Autoencoder
from stages.networks.layers.blocks import CORRECTION
from stages.networks.layers.lapped_layers import CELL
from stages.networks.layers.shuffle import to_pixels

HIGHEST_QUALITY = 100
"""As the deployed package has it, which training does not depend on."""


def lambda_of(quality: Tensor, lowest: float, highest: float) -> Tensor:
    """Bits per pixel that a squared pixel level is worth: from ``lowest`` at quality 1 to ``highest`` at 100."""
    return lowest * (highest / lowest) ** ((quality - 1) / (HIGHEST_QUALITY - 1))


def between_levels(table: Tensor, quality: Tensor) -> Tensor:
    """(levels, channels), at qualities (B,) in 1..100: (B, channels)."""
    place = (quality - 1) / (HIGHEST_QUALITY - 1) * (len(table) - 1)
    below = place.long().clamp(max=len(table) - 2)
    part = (place - below)[:, None]
    return (1 - part) * table[below] + part * table[below + 1]


class Gains(nn.Module):
    """A positive gain per channel and level, growing with the level; qualities between levels interpolate the log."""

    def __init__(self, channels: int, levels: int, lowest: float, highest: float) -> None:
        """At first every channel has the step that is best at high rates: 26 = 6 * 3 / ln 2 from dD/dR of 3 planes."""
        super().__init__()
        log_gain = 0.5 * torch.tensor([lowest, highest]).div(26).log()
        rise = (log_gain[1] - log_gain[0]) / (levels - 1)
        self.first = nn.Parameter(log_gain[0].expand(channels).clone())
        self.rises = nn.Parameter(rise.expm1().log().expand(levels - 1, channels).clone())

    def table(self) -> Tensor:
        """(levels, channels) natural logarithms."""
        return torch.cat([self.first[None], self.first + softplus(self.rises).cumsum(0)])

    def forward(self, quality: Tensor) -> Tensor:
        """Qualities (B,) in 1..100 -> gains (B, channels, 1, 1)."""
        return between_levels(self.table(), quality).exp()[..., None, None]


class VariableRateAutoencoder(Autoencoder):
    """A network sets ``gains``, ``lambdas``, ``spread`` and the decoder's three parts, and defines ``encode`` and
    ``unclipped``.

    Latents are in units of 8-bit pixel levels. ``lambdas`` are those at quality 1 and 100, ``spread``
    (latent_channels, 1, 1) is about the latents' standard deviation over all photographs; ``rate_groups`` and
    ``rate_width`` are the rate model's.
    """

    latent_channels: int
    lambdas: Sequence[float]
    gains: Gains
    spread: Tensor
    lapped_synthesis: nn.Module
    from_latents: nn.Module
    from_pixels: nn.Module
    refine: nn.Module
    rate_groups: Sequence[int]
    rate_width: int

    def decoder_parts(self) -> tuple[nn.Module, ...]:
        """The modules that ``unclipped`` runs."""
        return self.lapped_synthesis, self.from_latents, self.from_pixels, self.refine

    def unclipped(self, y: Tensor) -> Tensor:
        """What ``decode`` clips: while training, the gradient shall pass."""
        raise NotImplementedError

    def refined(self, y: Tensor, linear: Tensor) -> Tensor:
        """Pictures: the linear reconstruction of latents y, in cells, and what the decoder's network adds from both."""
        features = self.from_latents(y / (30 * self.spread[: y.shape[1]]).sqrt()) + self.from_pixels(linear)
        return to_pixels(linear + CORRECTION / 255 * self.refine(features), CELL)

    def decode(self, y: Tensor) -> Tensor:
        return self.unclipped(y).clamp(0, 1)

    def lmbda(self, quality: Tensor) -> Tensor:
        """Lambda at qualities (B,)."""
        return lambda_of(quality, *self.lambdas)
