"""What ``photo`` and ``cars`` minimise: rate + lambda * distortion, at a quality drawn for every crop."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stages import networks
from stages.device import autocast
from stages.networks.gained import GainedAutoencoder
from stages.networks.rate_model import RateModel


@dataclass(frozen=True)
class Passage:
    """Per picture: ``bits_per_pixel`` by the rate model's estimate, ``mse`` in pixel levels squared, both (B,)."""

    bits_per_pixel: Tensor
    mse: Tensor


class RateDistortion(nn.Module):
    def __init__(self, network: GainedAutoencoder, precision: str) -> None:
        super().__init__()
        self.network, self.precision = network, precision
        self.rate_model = RateModel(network.latent_channels)

    @classmethod
    def of(cls, settings: dict) -> "RateDistortion":
        """For a block of params.yaml: rate_distortion."""
        network = networks.build(**settings["network"])
        if not isinstance(network, GainedAutoencoder):
            raise SystemExit(f"params.yaml: rate_distortion: the network {settings['network']['name']!r} has no gains")
        return cls(network, settings["precision"])

    def forward(self, x: Tensor, quality: Tensor) -> Tensor:
        """The loss of pictures (B, 3, H, W) in [0, 1], each at a quality (B,) of its own in 1..100.

        Divided by sqrt(lambda), so that every quality weighs about the same.
        """
        with autocast(x.device, self.precision):
            passage = self.noisy_passage(x, quality)
        price = self.network.price(quality)
        return ((passage.bits_per_pixel + price * passage.mse) / price.sqrt()).mean()

    def noisy_passage(self, x: Tensor, quality: Tensor) -> Passage:
        """Differentiable: what is priced has uniform noise for rounding; the decoder, and the rate model as context,
        see rounded symbols, through which the gradient passes as if they were not (Minnen and Singh 2020,
        "Channel-wise autoregressive entropy models for learned image compression", section 3.3).
        """
        gain = self.network.gains(quality)
        exact = self.network.encode(x).float() * gain
        noisy = exact + torch.rand_like(exact) - 0.5
        rounded = exact + (exact.round() - exact).detach()
        return self._passage(x, noisy, rounded, self.network.unclipped(rounded / gain), gain, quality)

    @torch.inference_mode()
    def deployed_passage(self, x: Tensor, quality: Tensor) -> Passage:
        """As a codec does it: rounded symbols, clipped 8-bit pixels; the rate is still an estimate."""
        gain = self.network.gains(quality)
        symbols = (self.network.encode(x) * gain).round()
        decoded = (self.network.decode(symbols / gain) * 255).round() / 255
        return self._passage(x, symbols, symbols, decoded, gain, quality)

    def _passage(
        self, x: Tensor, symbols: Tensor, context: Tensor, decoded: Tensor, gain: Tensor, quality: Tensor
    ) -> Passage:
        bits = self.rate_model(symbols, context, self.network.spread * gain, quality)
        pixels = x.shape[-2] * x.shape[-1]
        mse = (255 * (decoded.float() - x)).square().mean((1, 2, 3))
        return Passage(bits.sum((1, 2, 3)) / pixels, mse)
