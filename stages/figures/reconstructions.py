"""Reconstructions side by side, each with its own rate and SSIM, and JPEG files of the same length among them."""

from pathlib import Path

from stages.figures import sheet, style
from stages.figures.sheet import Cell

Shown = dict[str, list[Cell]]  # by row or column name: one cell per sample picture


def by_bits(codec: str, original: list[Cell], decoded: dict[int, list[Cell]], jpeg: dict[int, list[Cell]], path: Path):
    """One codec: for each sample its original, its reconstruction at every b, and below JPEG at the same rates."""
    rows: dict[str, list[Cell | None]] = {}
    for index, picture in enumerate(original):
        number = f" {index + 1}" if len(original) > 1 else ""
        rows[f"{style.label(codec)}{number}"] = [picture, *(cells[index] for cells in decoded.values())]
        rows[f"JPEG{number}"] = [None, *(cells[index] for cells in jpeg.values())]
    title = f"{style.label(codec)}, and the JPEG file nearest in length"
    sheet.draw(rows, ["original", *(f"b = {bits}" for bits in decoded)], path, title)


def by_quantiser(codec: str, decoded: dict[str, dict[int, Cell]], path: Path):
    """One codec, one picture: a row per quantiser, a column per b."""
    rows: dict[str, list[Cell | None]] = {name: list(cells.values()) for name, cells in decoded.items()}
    bits = next(iter(decoded.values()))
    sheet.draw(rows, [f"b = {b}" for b in bits], path, f"{style.label(codec)}, its quantisers")


def side_by_side(columns: Shown, path: Path, title: str):
    """A row per sample, a column per codec."""
    samples = len(next(iter(columns.values())))
    rows: dict[str, list[Cell | None]] = {
        f"picture {index + 1}": [cells[index] for cells in columns.values()] for index in range(samples)
    }
    sheet.draw(rows, list(columns), path, title, inches=1.9)
