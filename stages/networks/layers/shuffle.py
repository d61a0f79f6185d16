"""Channels that become places, of which whole runs are moved at once.

ONNX Runtime keeps the channels of a place together about convolutions of integers (NHWC). Where channels that follow
each other go to the same place it copies a row of them; ``pixel_shuffle``, which sends each to another place, takes ten
times as long there.
"""

from torch import Tensor, nn


def to_space(x: Tensor, factor: int) -> Tensor:
    """(B, factor^2 C, h, w) -> (B, C, factor h, factor w): channels are ordered by row in the cell, column, channel.

    ONNX's DepthToSpace calls this order DCR (https://onnx.ai/onnx/operators/onnx__DepthToSpace.html).
    """
    count, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(count, height, width, factor, channels // factor).transpose(2, 3)
    return rows.reshape(count, factor * height, factor * width, -1).permute(0, 3, 1, 2)


def to_pixels(x: Tensor, cell: int) -> Tensor:
    """(B, C cell^2, h, w) -> (B, C, cell h, cell w), as ``pixel_shuffle`` does it."""
    count, channels, height, width = x.shape
    pixels = x.permute(0, 2, 3, 1).reshape(count, height, width, channels // cell**2, cell, cell)
    return pixels.permute(0, 3, 1, 4, 2, 5).reshape(count, -1, cell * height, cell * width)


class ToSpace(nn.Module):
    """:func:`to_space` as a layer."""

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return to_space(x, self.factor)
