"""A convolution that can compute as its deployed copy with integers of 8 bits will, while its weights go on learning.

What goes in and comes out is rounded to 256 levels over its range, weights to 127 levels, for each output channel over
a range of its own; the gradient passes where nothing is clipped (Jacob et al. 2018, "Quantization and training of
neural networks for efficient integer-arithmetic-only inference", sections 2 and 3). Weights have 7 bits so that sums of
two products fit the 16 bits that processors without VNNI add them in.
"""

import torch
from torch import Tensor, nn

LARGEST_WEIGHT = 63
SMALLEST_RANGE = 1e-6


class Convolution(nn.Conv2d):
    eight_bits = False

    def forward(self, x: Tensor) -> Tensor:
        if not self.eight_bits:
            return super().forward(x)
        return round_activations(self._conv_forward(round_activations(x), round_weights(self.weight), self.bias))


def compute_in_eight_bits(*parts: nn.Module) -> None:
    """From now on all convolutions of these modules do so."""
    for part in parts:
        for module in part.modules():
            if isinstance(module, Convolution):
                module.eight_bits = True


def round_activations(x: Tensor) -> Tensor:
    """``x`` at 256 levels from its least value to its greatest, of which one is 0."""
    low, high = (end.float() for end in x.detach().aminmax())
    low, high = low.clamp(max=0), high.clamp(min=SMALLEST_RANGE)
    step = (high - low) / 255
    return torch.fake_quantize_per_tensor_affine(x.float(), step, (-low / step).round().int(), 0, 255)


def round_weights(weight: Tensor) -> Tensor:
    """Weights (outputs, inputs, kh, kw) at 127 levels."""
    step = weight.detach().abs().amax((1, 2, 3)).clamp(min=SMALLEST_RANGE) / LARGEST_WEIGHT
    zero = torch.zeros_like(step, dtype=torch.int32)
    return torch.fake_quantize_per_channel_affine(weight, step, zero, 0, -LARGEST_WEIGHT, LARGEST_WEIGHT)
