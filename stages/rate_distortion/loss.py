"""What ``photo`` and ``cars`` minimise: rate + lambda * distortion, at a quality drawn for every crop."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stages import networks
from stages.networks.layers.rate_model import RateModel
from stages.networks.layers.variable_rate import VariableRateAutoencoder
from stages.params import RateDistortionTraining, Structure
from stages.rate_distortion.distortion import distortion
from stages.training.device import autocast


@dataclass(frozen=True)
class Reconstruction:
    """``bits_per_pixel`` (B,) by the rate model's estimate; ``decoded`` (B, 3, H, W), in [0, 1] but for clipping."""

    bits_per_pixel: Tensor
    decoded: Tensor


class RateDistortion(nn.Module):
    def __init__(self, network: VariableRateAutoencoder, precision: str, structure: Structure | None = None) -> None:
        """``structure``: as ``distortion`` takes it."""
        super().__init__()
        self.network, self.precision, self.structure = network, precision, structure
        self.rate_model = RateModel(network.rate_groups, network.rate_width)

    @classmethod
    def of(cls, settings: RateDistortionTraining) -> "RateDistortion":
        """For a block of params.yaml: rate_distortion."""
        network = networks.build(**settings["network"])
        if not isinstance(network, VariableRateAutoencoder):
            raise SystemExit(f"params.yaml: rate_distortion: the network {settings['network']['name']!r} has no gains")
        return cls(network, settings["precision"], settings["structure"])

    def forward(self, x: Tensor, quality: Tensor) -> Tensor:
        """The loss of pictures (B, 3, H, W) in [0, 1], each at a quality (B,) of its own in 1..100.

        Divided by sqrt(lambda), so that every quality weighs about the same.
        """
        with autocast(x.device, self.precision):
            reconstruction = self.reconstruct(x, quality)
        lmbda = self.network.lmbda(quality)
        lost = distortion(x, reconstruction.decoded, lmbda, self.structure)
        return ((reconstruction.bits_per_pixel + lmbda * lost) / lmbda.sqrt()).mean()

    def reconstruct(self, x: Tensor, quality: Tensor) -> Reconstruction:
        """Differentiable: symbols have uniform noise in place of rounding where their rate is estimated; the decoder,
        and the rate model as context, see rounded symbols, through which the gradient passes as if they were not
        (Minnen and Singh 2020, "Channel-wise autoregressive entropy models for learned image compression", section
        3.3).
        """
        gain = self.network.gains(quality)
        exact = self.network.encode(x).float() * gain
        noisy = exact + torch.rand_like(exact) - 0.5
        rounded = exact + (exact.round() - exact).detach()
        decoded = self.network.unclipped(rounded / gain)
        bits = self.rate_model(noisy, rounded, self.network.spread * gain, quality)
        pixels = x.shape[-2] * x.shape[-1]
        return Reconstruction(bits.sum((1, 2, 3)) / pixels, decoded.float())
