"""Where a lossless file spends its bits: pictures, and beside them what their pixels cost."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from stages.figures import style

DEAR = 9.0  # bits, the end of the scale: more than a byte costs what the coder took for unlikely
BLOCK = 4  # pixels of a photograph along the side of a place, whose mean is shown


def of_digits(pictures: NDArray[np.uint8], bits: NDArray[np.float32], lengths: NDArray[np.int64], path: Path) -> None:
    """``pictures`` (N, H, W), ``bits`` that each pixel costs, ``lengths`` in bytes of the digits' own files."""
    size = 1.05 * len(pictures) + 0.8, 2.7
    figure, axes = style.plt.subplots(2, len(pictures), figsize=size, layout="constrained", squeeze=False)
    for column, (digit, costs, length) in enumerate(zip(pictures, bits, lengths, strict=True)):
        axes[0, column].imshow(digit, cmap="gray", vmin=0, vmax=255)
        shown = axes[1, column].imshow(costs, cmap="magma", vmin=0, vmax=DEAR)
        axes[1, column].set_xlabel(f"pixels {costs.sum() / 8:.0f}\nfile {length} bytes", fontsize=8.5)
    for axis in axes.flat:
        _frame(axis)
    figure.colorbar(shown, ax=axes[:, -1], label="bits per pixel", extend="max", shrink=0.8)
    style.save(figure, path)


def of_photograph(
    pictures: NDArray[np.uint8], bits: NDArray[np.float32], lengths: NDArray[np.int64], path: Path
) -> None:
    """The same of one photograph: ``pictures`` (1, H, W, 3), ``bits`` (1, H, W) of all its colours together."""
    height, width = bits.shape[1:]
    places = bits[0, : height // BLOCK * BLOCK, : width // BLOCK * BLOCK]
    means = places.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    figure, axes = style.plt.subplots(1, 2, figsize=(5.0, 0.6 + 2.1 * height / width), layout="constrained")
    axes[0].imshow(pictures[0])
    axes[0].set_xlabel(f"{width}x{height} pixels, {lengths[0]:,} bytes", fontsize=8.5)
    shown = axes[1].imshow(means, cmap="magma", vmin=0)
    axes[1].set_xlabel(f"{bits.mean():.2f} bits per pixel", fontsize=8.5)
    for axis in axes:
        _frame(axis)
    figure.colorbar(shown, ax=axes[1], label="bits per pixel", shrink=0.8)
    style.save(figure, path)


def _frame(axis: Axes) -> None:
    axis.set(xticks=[], yticks=[])
    axis.grid(visible=False)
    axis.spines[:].set_visible(False)
