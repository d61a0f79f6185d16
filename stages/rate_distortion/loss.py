"""What ``photo`` and ``cars`` minimise: rate + lambda * distortion, at a quality drawn for every crop."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from stages import networks
from stages.networks.layers.rate_model import RateModel
from stages.networks.layers.variable_rate import VariableRateAutoencoder
from stages.params import RateDistortionTraining, Structure
from stages.rate_distortion.deployed import DeployedQuantiser
from stages.rate_distortion.distortion import distortion
from stages.training.device import autocast


@dataclass(frozen=True)
class Reconstruction:
    """``bits_per_pixel`` (B,) by the rate model's estimate; ``decoded`` (B, 3, H, W), in [0, 1] but for clipping."""

    bits_per_pixel: Tensor
    decoded: Tensor


class RateDistortion(nn.Module):
    def __init__(
        self,
        network: VariableRateAutoencoder,
        precision: str,
        structure: Structure | None = None,
        quantiser: DeployedQuantiser | None = None,
    ) -> None:
        """``structure``: as ``distortion`` takes it; ``quantiser``: None, or the deployed one, from whose symbols the
        decoder alone learns.
        """
        super().__init__()
        self.network, self.precision, self.structure, self.quantiser = network, precision, structure, quantiser
        self.rate_model = RateModel(network.rate_groups, network.rate_width)
        if quantiser:
            self.requires_grad_(False)
            for part in network.decoder_parts():
                part.requires_grad_(True)

    @classmethod
    def of(cls, settings: RateDistortionTraining) -> "RateDistortion":
        """For a block of params.yaml: rate_distortion."""
        network = networks.build(**settings["network"])
        if not isinstance(network, VariableRateAutoencoder):
            raise SystemExit(f"params.yaml: rate_distortion: the network {settings['network']['name']!r} has no gains")
        quantiser = settings["dead_zones"] and DeployedQuantiser(Path(settings["dead_zones"]))
        return cls(network, settings["precision"], settings["structure"], quantiser or None)

    def forward(self, x: Tensor, quality: Tensor) -> Tensor:
        """The loss of pictures (B, 3, H, W) in [0, 1], each at a quality (B,) of its own in 1..100.

        Divided by sqrt(lambda), so that every quality weighs about the same.
        """
        with autocast(x.device, self.precision):
            reconstruction = self.decode_deployed(x, quality) if self.quantiser else self.reconstruct(x, quality)
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

    def decode_deployed(self, x: Tensor, quality: Tensor) -> Reconstruction:
        """From symbols whose rate is what it is: no bits are counted."""
        assert self.quantiser is not None
        with torch.no_grad():
            latents = self.quantiser(self.network.encode(x), quality, self.network.gains)
        return Reconstruction(torch.zeros_like(quality), self.network.unclipped(latents).float())
