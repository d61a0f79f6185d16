"""The lapped transform (lapped.py) as layers, whose weights go on learning."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pixel_shuffle, pixel_unshuffle

from stages.networks.layers.lapped import Frequencies, colour_matrix, lapped_basis
from stages.networks.layers.shuffle import to_space

CELL = 8
"""Side of the square cells that a network works on."""
PIXELS = 3 * CELL**2
"""Channels of a cell."""


def kernels(frequencies: Frequencies) -> list[Tensor]:
    """Per colour plane (count, block^2, 2, 2): basis functions as four blocks of unshuffled pixels."""
    functions = (
        basis.reshape(-1, 2, frequencies.block, 2, frequencies.block).transpose(0, 2, 4, 1, 3)
        for basis in frequencies.functions()
    )
    return [torch.from_numpy(blocks.reshape(-1, frequencies.block**2, 2, 2)).float() for blocks in functions]


def _mirrored(x: Tensor, margin: int, dim: int) -> Tensor:
    """``x`` continued by its mirror image on both sides of ``dim``."""
    first, last = x.narrow(dim, 0, margin), x.narrow(dim, x.shape[dim] - margin, margin)
    return torch.cat([first.flip(dim), x, last.flip(dim)], dim)


def _continued(y: Tensor, dim: int, sign: Tensor) -> Tensor:
    """Latents with one place more on both sides of ``dim``: those of a picture that its mirror image continues."""
    first, last = y.narrow(dim, 0, 1), y.narrow(dim, y.shape[dim] - 1, 1)
    return torch.cat([first * sign, y, last * sign], dim)


class ColourTransform(nn.Module):
    """Pictures (B, 3 n, h, w), plane after plane, in another colour space.

    A product of matrices takes a tenth of the time of a 1x1 convolution between three channels (ONNX Runtime, CPU).
    """

    def __init__(self, matrix: np.ndarray) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.from_numpy(matrix).float()[..., None, None])

    def forward(self, x: Tensor, scale: float = 1.0) -> Tensor:
        """The colours times ``scale``."""
        return ((scale * self.weight[..., 0, 0]) @ x.flatten(2).reshape(len(x), 3, -1)).reshape(x.shape)


class LappedAnalysis(nn.Module):
    """(B, 3, H, W) in [0, 1] -> (B, channels, H/block, W/block) pixel levels."""

    order: Tensor

    def __init__(self, frequencies: Frequencies) -> None:
        super().__init__()
        self.block = frequencies.block
        self.colour = ColourTransform(colour_matrix())
        self.planes = nn.ModuleList(
            nn.Conv2d(frequencies.block**2, count, 2, bias=False) for count in frequencies.counts
        )
        for plane, kernel in zip(self.planes, kernels(frequencies), strict=True):
            plane.weight.data = kernel
        self.register_buffer("order", torch.from_numpy(frequencies.order), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        z = self.colour((x - 0.5) * 255)
        z = _mirrored(_mirrored(z, self.block // 2, 2), self.block // 2, 3)
        found = [plane(pixel_unshuffle(z[:, c : c + 1], self.block)) for c, plane in enumerate(self.planes)]
        return torch.cat(found, 1).index_select(1, self.order)


class LappedSynthesis(nn.Module):
    """The transpose: (B, channels, h, w) -> pictures of block h x block w pixels, in [0, 1] but for quantisation.

    They come in cells, (B, 3 CELL^2, block h / CELL, block w / CELL), as ``pixel_unshuffle`` makes them.
    """

    places: Tensor
    down: Tensor
    across: Tensor

    def __init__(self, frequencies: Frequencies) -> None:
        super().__init__()
        self.block, self.counts = frequencies.block, frequencies.counts
        self.planes = nn.ModuleList(
            nn.Conv2d(count, frequencies.block**2, 2, bias=False) for count in frequencies.counts
        )
        self.colour = ColourTransform(colour_matrix().T.copy())
        for plane, kernel in zip(self.planes, kernels(frequencies), strict=True):
            plane.weight.data = kernel.flip(2, 3).transpose(0, 1).contiguous()
        self.register_buffer("places", torch.from_numpy(np.argsort(frequencies.order)), persistent=False)
        # Beyond the picture's border its mirror image continues: even functions' latents repeat, odd ones' change sign.
        signs = [
            torch.from_numpy(1.0 - 2 * (f % 2)).float()[None, :, None, None]
            for f in (frequencies.vertical, frequencies.horizontal)
        ]
        self.register_buffer("down", signs[0], persistent=False)
        self.register_buffer("across", signs[1], persistent=False)

    def forward(self, y: Tensor) -> Tensor:
        y = _continued(_continued(y, 2, self.down), 3, self.across)
        parts = y.index_select(1, self.places).split(self.counts, 1)
        by_cell = [_by_cell(kernel, self.block) for kernel in self.planes.parameters()]
        cells = [conv2d(part, kernel) for part, kernel in zip(parts, by_cell, strict=True)]
        inner = _without_margin(pixel_shuffle(torch.cat(cells, 1), self.block // CELL), self.block // 2)
        return self.colour(inner) / 255 + 0.5


class SeparableAnalysis(nn.Module):
    """As ``LappedAnalysis``, of all frequencies: columns, then rows, at a sixteenth of the work for blocks of 16.

    A column has weights for each plane and each place across the block, a row for each plane and vertical frequency.
    """

    order: Tensor

    def __init__(self, frequencies: Frequencies) -> None:
        super().__init__()
        self.block = frequencies.block
        self.colour = ColourTransform(colour_matrix())
        self.down, self.across = (_lines(frequencies.block, kernel) for kernel in ((2, 1), (1, 2)))
        weights = (
            torch.from_numpy(lapped_basis(frequencies.block))
            .float()
            .reshape(frequencies.block, 2, frequencies.block)
            .transpose(1, 2)
        )
        _fill(self.down, weights)
        _fill(self.across, weights)
        self.register_buffer("order", torch.from_numpy(frequencies.raster()), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            z = self.colour((x - 0.5) * 255)
            z = _mirrored(_mirrored(z, self.block // 2, 2), self.block // 2, 3)
            columns = _turned(pixel_unshuffle(z, self.block), self.block)
            return self.across(_turned(self.down(columns), self.block)).index_select(1, self.order)


class SeparableSynthesis(nn.Module):
    """The transpose, as ``LappedSynthesis``: rows, then columns."""

    places: Tensor
    cells: Tensor
    down_sign: Tensor
    across_sign: Tensor

    def __init__(self, frequencies: Frequencies) -> None:
        super().__init__()
        self.block = frequencies.block
        self.across, self.down = (_lines(frequencies.block, kernel) for kernel in ((1, 2), (2, 1)))
        self.colour = ColourTransform(colour_matrix().T.copy())
        weights = (
            torch.from_numpy(lapped_basis(frequencies.block))
            .float()
            .reshape(frequencies.block, 2, frequencies.block)
            .permute(2, 0, 1)
        )
        _fill(self.down, weights.flip(2))
        _fill(self.across, weights.flip(2))
        self.register_buffer("places", torch.from_numpy(np.argsort(frequencies.raster())), persistent=False)
        self.register_buffer("cells", _cell_order(frequencies.block), persistent=False)
        # Beyond the picture's border its mirror image continues: even functions' latents repeat, odd ones' change sign.
        signs = [
            torch.from_numpy(1.0 - 2 * (f % 2)).float()[None, :, None, None]
            for f in (frequencies.vertical, frequencies.horizontal)
        ]
        self.register_buffer("down_sign", signs[0], persistent=False)
        self.register_buffer("across_sign", signs[1], persistent=False)

    def forward(self, y: Tensor) -> Tensor:
        with torch.autocast(y.device.type, enabled=False):
            y = _continued(_continued(y, 2, self.down_sign), 3, self.across_sign)
            rows = self.across(y.index_select(1, self.places))
            columns = self.colour(self.down(_turned(rows, self.block)), 1 / 255)
            cells = to_space(columns.index_select(1, self.cells), self.block // CELL)
            return _without_margin(cells, self.block // 2) + 0.5


def _lines(block: int, kernel: tuple[int, int]) -> nn.Conv2d:
    """A block of values in a line from two blocks that overlap it, for each of 3 planes and ``block`` lines."""
    return nn.Conv2d(3 * block**2, 3 * block**2, kernel, groups=3 * block, bias=False)


def _fill(lines: nn.Conv2d, weights: Tensor) -> None:
    """The same weights (outputs, inputs, 2) for every line."""
    lines.weight.data = weights.repeat(lines.groups, 1, 1).reshape(lines.weight.shape).contiguous()


def _turned(x: Tensor, block: int) -> Tensor:
    """(B, 3 block^2, h, w): blocks row by row become blocks column by column, and the other way round."""
    order = torch.arange(x.shape[1], device=x.device).reshape(3, block, block).transpose(1, 2).flatten()
    return x.index_select(1, order)


def _cell_order(block: int) -> Tensor:
    """Of a block's pixels, column by column: cell after cell, plane after plane, as ``to_space`` parts the block."""
    across = block // CELL
    pixels = torch.arange(3 * block**2).reshape(3, across, CELL, across, CELL)  # plane, x in two parts, y in two parts
    return pixels.permute(3, 1, 0, 4, 2).flatten()


def _by_cell(kernel: Tensor, block: int) -> Tensor:
    """A kernel whose outputs are a block's pixels, ordered so that ``pixel_shuffle`` parts the block into cells."""
    across = block // CELL
    cells = kernel.reshape(across, CELL, across, CELL, *kernel.shape[1:])
    return cells.permute(1, 3, 0, 2, *range(4, cells.ndim)).reshape(kernel.shape)


def _without_margin(cells: Tensor, margin: int) -> Tensor:
    """Cells (B, 3 CELL^2, h, w) less ``margin`` pixels on every side."""
    if margin % CELL:
        pixels = pixel_shuffle(cells, CELL)[..., margin:-margin, margin:-margin]
        return pixel_unshuffle(pixels, CELL)
    whole = margin // CELL
    return cells[..., whole:-whole, whole:-whole]
