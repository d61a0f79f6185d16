"""Where a lossless file spends its bits: digits, and beneath each what its pixels cost."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stages.figures import style

DEAR = 9.0  # bits, the end of the scale: more than a byte costs what the coder took for unlikely


def draw(digits: NDArray[np.uint8], bits: NDArray[np.float32], lengths: list[int], path: Path) -> None:
    """``digits`` (N, H, W), ``bits`` that each pixel costs, ``lengths`` in bytes of the digits' own files."""
    size = 1.05 * len(digits) + 0.8, 2.7
    figure, axes = style.plt.subplots(2, len(digits), figsize=size, layout="constrained", squeeze=False)
    for column, (digit, costs, length) in enumerate(zip(digits, bits, lengths, strict=True)):
        axes[0, column].imshow(digit, cmap="gray", vmin=0, vmax=255)
        shown = axes[1, column].imshow(costs, cmap="magma", vmin=0, vmax=DEAR)
        axes[1, column].set_xlabel(f"pixels {costs.sum() / 8:.0f}\nfile {length} bytes", fontsize=8.5)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.grid(visible=False)
        axis.spines[:].set_visible(False)
    figure.colorbar(shown, ax=axes[:, -1], label="bits per pixel", extend="max", shrink=0.8)
    style.save(figure, path)
