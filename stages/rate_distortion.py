"""What ``photo`` and ``cars`` minimise: rate + lambda * distortion, at a quality drawn for every crop."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torchmetrics.functional.image import structural_similarity_index_measure

from stages import networks
from stages.device import autocast
from stages.networks.gained import GainedAutoencoder
from stages.networks.rate_model import RateModel

# Along the curves of ``cars`` 1 of SSIM costs about 80 sqrt(lambda) bits per pixel, 1 of squared error lambda,
# so that equal shares weigh about the same at every quality.
SIMILARITY_PRICE = 80.0


@dataclass(frozen=True)
class Passage:
    """Per picture (B,): ``bits_per_pixel`` by the rate model's estimate, ``mse`` in pixel levels squared, and what
    was ``decoded`` (B, 3, H, W), in [0, 1] but for what a clip would cut.
    """

    bits_per_pixel: Tensor
    mse: Tensor
    decoded: Tensor


class RateDistortion(nn.Module):
    def __init__(self, network: GainedAutoencoder, precision: str, similarity: float = 0.0) -> None:
        """``similarity``: the share of SSIM in the distortion; the rest is the squared error's."""
        super().__init__()
        self.network, self.precision, self.similarity = network, precision, similarity
        self.rate_model = RateModel(network.latent_channels, network.rate_width)

    @classmethod
    def of(cls, settings: dict) -> "RateDistortion":
        """For a block of params.yaml: rate_distortion."""
        network = networks.build(**settings["network"])
        if not isinstance(network, GainedAutoencoder):
            raise SystemExit(f"params.yaml: rate_distortion: the network {settings['network']['name']!r} has no gains")
        return cls(network, settings["precision"], settings["similarity"])

    @classmethod
    def trained(cls, settings: dict, weights: Path) -> GainedAutoencoder:
        """The network alone, with what a training has left in build/<codec>/weights.pt."""
        model = cls.of(settings)
        model.load_state_dict(torch.load(weights, weights_only=True))
        return model.network.eval()

    def forward(self, x: Tensor, quality: Tensor) -> Tensor:
        """The loss of pictures (B, 3, H, W) in [0, 1], each at a quality (B,) of its own in 1..100.

        Divided by sqrt(lambda), so that every quality weighs about the same.
        """
        with autocast(x.device, self.precision):
            passage = self.passage(x, quality)
        price = self.network.price(quality)
        share = self.similarity
        loss = (passage.bits_per_pixel + (1 - share) * price * passage.mse) / price.sqrt()
        if share:
            loss = loss + share * SIMILARITY_PRICE * (1 - similarity(passage.decoded, x))
        return loss.mean()

    def passage(self, x: Tensor, quality: Tensor) -> Passage:
        """Differentiable: what is priced has uniform noise for rounding; the decoder, and the rate model as context,
        see rounded symbols, through which the gradient passes as if they were not (Minnen and Singh 2020,
        "Channel-wise autoregressive entropy models for learned image compression", section 3.3).
        """
        gain = self.network.gains(quality)
        exact = self.network.encode(x).float() * gain
        noisy = exact + torch.rand_like(exact) - 0.5
        rounded = exact + (exact.round() - exact).detach()
        decoded = self.network.unclipped(rounded / gain)
        bits = self.rate_model(noisy, rounded, self.network.spread * gain, quality)
        pixels = x.shape[-2] * x.shape[-1]
        mse = (255 * (decoded.float() - x)).square().mean((1, 2, 3))
        return Passage(bits.sum((1, 2, 3)) / pixels, mse, decoded.float())


def similarity(decoded: Tensor, x: Tensor) -> Tensor:
    """SSIM (B,) of pictures (B, 3, H, W), differentiable; within .02 of what stages/metrics.py measures."""
    return structural_similarity_index_measure(  # type: ignore[return-value]
        decoded, x, gaussian_kernel=False, kernel_size=7, data_range=1.0, reduction="none"
    )
