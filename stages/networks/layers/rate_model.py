"""An estimate of what ``photo``'s symbols cost, to train against; the deployed coder is another one.

It is causal as a coder must be, and sees what the deployed context coder sees. Channels are coded in groups, group
after group, each in raster order: a symbol's distribution may depend on the four nearest earlier positions of its own
group and on the 3x3 neighbourhood in earlier groups (MADE: Germain et al. 2015, "Masked autoencoder for distribution
estimation"). The distribution is a logistic one, integrated over the symbol's bin.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, leaky_relu, logsigmoid


class MaskedMix(nn.Conv2d):
    """1x1 convolution in which a group sees itself (unless ``strict``) and earlier groups only.

    ``inputs`` and ``outputs`` are the group of each channel.
    """

    mask: Tensor

    def __init__(self, inputs: Tensor, outputs: Tensor, strict: bool) -> None:
        super().__init__(len(inputs), len(outputs), 1)
        allowed = outputs[:, None] > inputs if strict else outputs[:, None] >= inputs
        self.register_buffer("mask", allowed[..., None, None].float(), persistent=False)
        self.weight.data *= self.mask  # zeros pack well

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.weight * self.mask, self.bias)


class EarlierNeighbours(nn.Conv2d):
    """Per channel, a 3x3 convolution over the neighbours above and the one on the left."""

    mask: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.register_buffer("mask", torch.tensor([[1.0, 1, 1], [1, 0, 0], [0, 0, 0]]), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.weight * self.mask, None, padding=1, groups=self.groups)


class RateModel(nn.Module):
    def __init__(self, groups: Sequence[int], width: int) -> None:
        """``groups``: how many channels each has; ``width``: hidden units of a group."""
        super().__init__()
        channels, hidden = sum(groups), width * len(groups)
        once = torch.arange(len(groups)).repeat_interleave(torch.tensor(groups))
        twice, inner = once.repeat(2), torch.arange(len(groups)).repeat_interleave(width)
        self.own = EarlierNeighbours(2 * channels)
        self.others = nn.Conv2d(2 * channels, 2 * channels, 3, padding=1, groups=2 * channels, bias=False)
        self.mix_own = MaskedMix(twice, inner, strict=False)
        self.mix_others = MaskedMix(twice, inner, strict=True)
        self.quality = nn.Linear(2, hidden)
        self.deepen = MaskedMix(inner, inner, strict=False)
        self.parameters_of = MaskedMix(inner, twice, strict=False)
        self.prediction = EarlierNeighbours(channels)
        nn.init.zeros_(self.parameters_of.weight)
        nn.init.zeros_(self.prediction.weight)

    def forward(self, symbols: Tensor, context: Tensor, expected: Tensor, quality: Tensor) -> Tensor:
        """Bits (B, C, h, w) of symbols of that shape (whole, or noisy while training) at qualities (B,) in 1..100.

        ``context`` is what a decoder knows: the same symbols, whole ones, of which only causal neighbours count.
        ``expected`` (B, C, 1, 1) is about the symbols' standard deviation over all photographs.
        """
        magnitude = context.abs().log1p()
        features = torch.cat([magnitude * context.sign(), magnitude], 1)
        level = quality / 100
        hidden = self.mix_own(self.own(features)) + self.mix_others(self.others(features))
        hidden = leaky_relu(hidden + self.quality(torch.stack([level, level**2], 1))[..., None, None], 0.1)
        hidden = leaky_relu(hidden + self.deepen(hidden), 0.1)
        mean, log_scale = self.parameters_of(hidden).to(symbols.dtype).chunk(2, 1)
        with torch.autocast(symbols.device.type, enabled=False):
            mean = mean + self.prediction(context)
        log_scale = log_scale + (0.3 * expected + 0.1).log()
        return logistic_bits(symbols - mean, log_scale.clamp(min=-4))


def logistic_bits(distance: Tensor, log_scale: Tensor) -> Tensor:
    """-log2 of the probability of [d - 1/2, d + 1/2] under a logistic distribution about 0.

    With a > b: sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)), whose logarithm is exact far out.
    """
    inverse = (-log_scale).exp()
    upper, lower = (0.5 - distance.abs()) * inverse, (-0.5 - distance.abs()) * inverse
    nats = logsigmoid(upper) + logsigmoid(-lower) + (-(-inverse).expm1()).log()
    return nats / -math.log(2)
