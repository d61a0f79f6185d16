"""The strip of digits: originals, and what the networks with latent_dim 784 and 64 make of them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from stages.figures import sheet
from stages.figures.rows import select
from stages.figures.sheet import Cell


def draw(shown: dict[int, Mapping[str, np.ndarray]], rows: list[dict], quoted: dict, path: Path) -> None:
    """``shown``: by latent_dim the stacks of reconstructions.npz. Each dim twice: not quantised, and from its pack."""
    coded = {"quantiser": quoted["quantiser"], "bits": quoted["bits"], "entropy": "static"}
    if not shown:
        return
    original = next(iter(shown.values()))["original"]
    lines: dict[str, list[Cell | None]] = {"original": [Cell(digit) for digit in original]}
    for dim, stacks in sorted(shown.items(), reverse=True):
        (row,) = select(rows, latent_dim=dim, **coded)
        lines[f"{dim}: not quantised"] = [Cell(digit) for digit in stacks["float"]]
        name = f"{dim}: b = {coded['bits']}\n{row['bpp']:.2f} bpp"
        lines[name] = [Cell(digit) for digit in stacks[f"{coded['quantiser']}_{coded['bits']}"]]
    sheet.draw(lines, [""] * len(original), path, inches=0.95)
