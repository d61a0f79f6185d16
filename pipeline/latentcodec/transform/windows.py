"""Windows: a large picture goes through the networks piece by piece, and comes out as if it had gone whole.

A latent sees the pixels of its own cell, stride x stride of them, and those within a halo around it; a latent changes
the pixels of its cell and those within the halo. So a window that is enlarged by the halo gives its inner part right:

    low   start           stop   high
     |halo |  inner part   | halo |       cut at the picture's borders, where a whole picture ends as well

Spans count cells (latents) along one axis.
"""

from typing import NamedTuple

from latentcodec.pictures.write import Box

WINDOW = {"cpu": 768, "cuda": 2048}
"""Pixels along a window's side, the halo apart. With 128 channels at half size, as the study's residual networks have
them, 768 pixels are 72 MiB of activations per layer; a GPU needs larger pieces to be kept busy."""


class Span(NamedTuple):
    """One axis of a window: [low, high) goes into the network, [start, stop) is taken from what comes out."""

    start: int
    stop: int
    low: int
    high: int

    @property
    def outer(self) -> slice:
        """What goes in, as a slice of the whole axis."""
        return slice(self.low, self.high)

    @property
    def inner(self) -> slice:
        """What is taken, as a slice of the window."""
        return slice(self.start - self.low, self.stop - self.low)


def with_halo(start: int, stop: int, halo: int, length: int) -> Span:
    """[start, stop) with a halo around it, on an axis of ``length`` cells."""
    return Span(start, stop, max(start - halo, 0), min(stop + halo, length))


def spans(start: int, stop: int, side: int, halo: int, length: int) -> list[Span]:
    """Windows of at most ``side`` cells, the halo apart, that cover [start, stop) of an axis of ``length`` cells."""
    return [with_halo(at, min(at + side, stop), halo, length) for at in range(start, stop, side)]


def window_of_box(box: Box, stride: int, halo: int, rows: int, columns: int) -> tuple[Box, Box]:
    """The latents that the pixels of a box depend on, and the box on the pixels that these stand for.

    Args:
        box: pixels of a picture with rows x columns latents.

    Returns:
        (top, left, bottom, right) in latents, and (left, top, right, bottom) in pixels.
    """
    left, top, right, bottom = box
    down = with_halo(top // stride, -(-bottom // stride), halo, rows)
    across = with_halo(left // stride, -(-right // stride), halo, columns)
    x, y = across.low * stride, down.low * stride
    return (down.low, across.low, down.high, across.high), (left - x, top - y, right - x, bottom - y)
