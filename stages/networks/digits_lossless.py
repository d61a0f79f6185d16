"""The autoencoder of the third course project with a decoder that runs in integers: ``digits_lossless_ae``.

    x (1, 28, 28) -> the course's analysis -> y (latent_dim) -> integers in [-8, 7]
    y -> linear -> convT3-16 s2 -> convT3-1 s2 -> levels in [0, 255] (28, 28)

A level says how dark a pixel is expected to be, in the logistic domain: 16 steps per natural unit, even odds at 128.
The synthesis is what codec_rs/study/src/predictor.rs computes: weights of 8 bits, sums of 32, right shifts, activations
of 8 bits. It is trained as such, with gradients that pass through the rounding (Bengio, Leonard and Courville 2013,
"Estimating or propagating gradients through stochastic neurons"; Jacob et al. 2018, "Quantization and training of
neural networks for efficient integer-arithmetic-only inference").
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from stages.networks.digits import DigitsAutoencoder

LATENTS = (-8, 7)
EVEN, UNIT = 128, 16  # the level of even odds, levels per natural unit
WEIGHT_BITS, ACTIVATION_BITS = 7, 4  # fractional bits
SHIFTS = (WEIGHT_BITS - ACTIVATION_BITS, WEIGHT_BITS, WEIGHT_BITS)


def rounded(x: Tensor) -> Tensor:
    """The nearest integers, with the gradient of x."""
    return x + (x.round() - x).detach()


def limited(x: Tensor, low: int, high: int) -> Tensor:
    """x in [low, high], with the gradient of x, so that what is beyond may come back."""
    return x + (x.clamp(low, high) - x).detach()


def shifted(total: Tensor, shift: int) -> Tensor:
    """``total / 2^shift`` to the nearest integer, halves upwards, with the gradient of the quotient.

    Exact, since sums stay below 2^24: float32 adds such integers without an error, in any order.
    """
    quotient = total / 2**shift
    return quotient + (torch.floor(quotient + 0.5) - quotient).detach()


class LosslessDigitsAutoencoder(nn.Module):
    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        original = DigitsAutoencoder(latent_dim)
        self.analysis = nn.Sequential(
            *list(original.analysis.children())[:-1], nn.BatchNorm1d(latent_dim, affine=False)
        )
        self.scale = nn.Parameter(torch.full((latent_dim,), 2.0))
        synthesis = list(original.synthesis.children())
        self.linear, self.up, self.out = (synthesis[index] for index in (1, 4, 6))

    def encode(self, x: Tensor) -> Tensor:
        """Digits (B, 1, 28, 28) in [0, 1] -> latents (B, latent_dim), integers in [-8, 7] as float32."""
        return limited(rounded(self.analysis(x) * self.scale), *LATENTS)

    def integers(self) -> list[tuple[Tensor, Tensor]]:
        """Weights in [-127, 127] and biases of each layer as the integers they are when deployed, as float32."""
        layers = []
        for layer, scale in ((self.linear, 0), (self.up, ACTIVATION_BITS), (self.out, ACTIVATION_BITS)):
            weight = limited(rounded(layer.weight * 2**WEIGHT_BITS), -127, 127)
            layers.append((weight, rounded(layer.bias * 2 ** (WEIGHT_BITS + scale))))
        return layers

    def decode(self, y: Tensor) -> Tensor:
        """Latents -> levels (B, 1, 28, 28), integers in [0, 255] as float32."""
        (linear, of_linear), (up, of_up), (out, of_out) = self.integers()
        steps = {"stride": 2, "padding": 1, "output_padding": 1}
        x = shifted(functional.linear(y, linear, of_linear), SHIFTS[0]).clamp(0, 255).unflatten(1, (32, 7, 7))
        x = shifted(functional.conv_transpose2d(x, up, of_up, **steps), SHIFTS[1]).clamp(0, 255)
        return limited(shifted(functional.conv_transpose2d(x, out, of_out, **steps), SHIFTS[2]) + EVEN, 0, 255)

    def rate(self, y: Tensor) -> Tensor:
        """About the bits of a digit's latents: those of normal distributions with the batch's variances."""
        return (0.5 * torch.log2(1 + 12 * y.var(0))).sum()


def expected(levels: Tensor) -> Tensor:
    """Levels -> expected pixels in (0, 1)."""
    return torch.sigmoid((levels - EVEN) / UNIT)


def bits(levels: Tensor, x: Tensor) -> Tensor:
    """Bits of a digit (B, 1, 28, 28) in [0, 1] if a pixel were black or white with its darkness as the probability."""
    losses = functional.binary_cross_entropy_with_logits((levels - EVEN) / UNIT, x, reduction="sum")
    return losses / len(x) / torch.log(torch.tensor(2.0))


def to_bytes(network: LosslessDigitsAutoencoder) -> bytes:
    """What codec_rs/study/src/predictor.rs reads: latent_dim, then each layer's weights (i8) and biases (i32)."""
    parts = [bytes([network.latent_dim])]
    for weights, biases in network.integers():
        parts += [weights.detach().numpy().astype("i1").tobytes(), biases.detach().numpy().astype("<i4").tobytes()]
    return b"".join(parts)
