"""A sheet of pictures: rows and columns of them, each with a caption below."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.layout_engine import ConstrainedLayoutEngine

from stages.figures import style


@dataclass(frozen=True)
class Cell:
    """``picture`` (C, H, W) uint8 and what is written below it; ``bold`` marks it."""

    picture: np.ndarray
    caption: str = ""


Row = tuple[str, list[Cell | None]]
"""What stands at its left, and its pictures; None leaves a place empty."""


def draw(
    rows: list[Row], columns: list[str], path: Path, title: str = "", inches: float = 1.55, note: str = ""
) -> None:
    """Write a sheet, each picture ``inches`` wide; ``columns`` are named above, the note below is ``style.save``'s."""
    lines = max((cell.caption.count("\n") + 1 if cell.caption else 0) for _, row in rows for cell in row if cell)
    width, height = (
        inches * len(columns) + 0.5,
        (inches + 0.05 + 0.16 * lines) * len(rows) + 0.3 + 0.3 * bool(title) + 0.2 * bool(note),
    )
    spacing = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)
    figure, axes = style.plt.subplots(len(rows), len(columns), figsize=(width, height), layout=spacing, squeeze=False)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
        axis.spines[:].set_visible(False)
    for line, (name, row) in zip(axes, rows, strict=True):
        line[0].set_ylabel(name, fontsize=10 if inches > 1.2 else 8)
        for axis, cell in zip(line, row, strict=True):
            if cell is None:
                axis.imshow(np.full((1, 1, 3), 255, np.uint8))
                continue
            grey = len(cell.picture) == 1
            axis.imshow(cell.picture[0] if grey else cell.picture.transpose(1, 2, 0), cmap="gray", vmin=0, vmax=255)
            axis.set_xlabel(cell.caption, fontsize=8.5, labelpad=2)
    for axis, name in zip(axes[0], columns, strict=True):
        axis.set_title(name, fontsize=10, pad=4)
    if title:
        figure.suptitle(title, fontsize=11)
    style.save(figure, path, note)
