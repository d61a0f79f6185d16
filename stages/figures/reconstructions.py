"""Reconstructions side by side, each with its own rate and SSIM, and JPEG files of the same length among them."""

from pathlib import Path

from stages.figures import sheet, style
from stages.figures.sheet import Cell, Row


def along_curve(
    codec: str,
    original: list[Cell],
    decoded: dict[int, list[Cell]],
    jpeg: dict[int, list[Cell]],
    unit: str,
    path: Path,
    note: str = "",
) -> None:
    """One codec: for each sample its original, its reconstruction at every step, and below JPEG at the same rates.

    ``unit`` goes before a step's number: "b = " or "quality ".
    """
    rows: list[Row] = []
    for index, picture in enumerate(original):
        rows.append((style.label(codec), [picture, *(cells[index] for cells in decoded.values())]))
        rows.append(("JPEG", [None, *(cells[index] for cells in jpeg.values())]))
    title = f"{style.label(codec)}, and the JPEG file nearest in length"
    sheet.draw(rows, ["original", *(f"{unit}{step}" for step in decoded)], path, title, note=note)


def by_quantiser(codec: str, original: Cell, decoded: dict[str, dict[int, Cell]], path: Path, note: str = ""):
    """One codec, one picture: a row per quantiser, a column per b."""
    rows: list[Row] = [
        (name, [None if index else original, *cells.values()]) for index, (name, cells) in enumerate(decoded.items())
    ]
    columns = ["original", *(f"b = {bits}" for bits in next(iter(decoded.values())))]
    sheet.draw(rows, columns, path, f"The quantisers of {style.label(codec)}", note=note)


def side_by_side(columns: dict[str, list[Cell]], path: Path, title: str, note: str = ""):
    """A row per sample, a named column per codec."""
    samples = len(next(iter(columns.values())))
    rows: list[Row] = [("", [cells[index] for cells in columns.values()]) for index in range(samples)]
    sheet.draw(rows, list(columns), path, title, inches=1.9, note=note)
