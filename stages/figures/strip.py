"""The strip of digits: originals, and what the networks with latent_dim 784 and 64 make of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from stages.figures import sheet
from stages.figures.rows import select
from stages.figures.sheet import Cell, Row
from stages.params import Quoted


def draw(shown: dict[int, Mapping[str, np.ndarray]], rows: list[dict], quoted: Quoted, path: Path) -> None:
    """``shown``: by latent_dim the stacks of reconstructions.npz. Each dim twice: not quantised, and from its pack."""
    coded = {"quantiser": quoted["quantiser"], "bits": quoted["bits"], "entropy": "static"}
    if not shown:
        return
    original = next(iter(shown.values()))["original"]
    lines: list[Row] = [("original", [Cell(digit) for digit in original])]
    for dim, stacks in sorted(shown.items(), reverse=True):
        (row,) = select(rows, latent_dim=dim, **coded)
        lines.append((f"latent {dim}\nnot quantised", [Cell(digit) for digit in stacks["float"]]))
        from_pack = stacks[f"{coded['quantiser']}_{coded['bits']}"]
        lines.append((f"{dim}, b = {coded['bits']}\n{row['bpp']:.2f} bpp", [Cell(digit) for digit in from_pack]))
    sheet.draw(lines, [""] * len(original), path, inches=0.95)
