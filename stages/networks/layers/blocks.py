"""What the networks of the rate-distortion trained codecs are built from."""

from torch import Tensor, nn

from stages.networks.layers.convolution import Convolution

CORRECTION = 32.0  # pixel levels (encoder: latents; decoder: pixels) that an output of 1 of a network changes


class Block(nn.Module):
    """Residual: 3x3 to half the width, 1x1 back."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.squeeze = Convolution(width, width // 2, 3, padding=1)
        self.widen = Convolution(width // 2, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.widen(nn.functional.leaky_relu(self.squeeze(x), 0.1))


class Centred(nn.Module):
    """[0, 1] about zero."""

    def forward(self, x: Tensor) -> Tensor:
        return x - 0.5


def blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))


def zeroed(layer: nn.Conv2d) -> nn.Conv2d:
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
