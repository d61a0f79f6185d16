"""A bundle's card: what it was trained on, on which terms, how good it is. For people; every part may be missing."""

import json
import math
from pathlib import Path
from typing import Any


def read_card(folder: Path) -> dict[str, Any]:
    """``card.json`` of the bundle in ``folder``; empty where there is none that can be read."""
    try:
        path = folder / "card.json"
        # What is no number of JSON or of a machine (NaN, 1e999, 400 digits) is none here: it could not be printed.
        card = (
            json.loads(path.read_bytes(), parse_constant=lambda _: None, parse_float=_finite, parse_int=_short)
            if path.is_file()
            else {}
        )
    except (OSError, ValueError, RecursionError):
        return {}
    return card if isinstance(card, dict) else {}


def _finite(text: str) -> float | None:
    return value if math.isfinite(value := float(text)) else None


def _short(digits: str) -> int | None:
    return int(digits) if len(digits) <= 18 else None


def describe_card(card: dict[str, Any]) -> list[str]:
    """Lines for people, as far as the card has something to say."""
    data = card.get("data")
    data = data if isinstance(data, dict) else {"name": data}
    texts = {
        "trained on": data.get("name"),
        "terms": data.get("terms"),
        "own terms": card.get("terms"),
        "licence": card.get("licence"),
        "measured on": card.get("measured_on"),
    }
    lines = [f"{key:<11} {' '.join(value.split())}" for key, value in texts.items() if isinstance(value, str)]
    if isinstance(card.get("bpp"), int | float):
        lines.append(f"{'bpp':<11} {card['bpp']:.3f}")  # without loss; otherwise there is one for each quality
    return lines + _table(quality_points(card))


def quality_points(card: dict[str, Any]) -> list[dict[str, Any]]:
    """What was measured at some qualities: "quality" and the keys of ``_COLUMNS``, each of which may be missing."""
    rows = card.get("quality")
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


_COLUMNS = {
    "bpp": ("bpp", 7, 3),
    "psnr": ("PSNR dB", 8, 2),
    "ssim": ("SSIM", 7, 3),
    "ssimulacra2": ("SSIMULACRA2", 12, 1),
    "butteraugli": ("butteraugli", 12, 2),
}
"""By key of a point: title, width and decimals."""


def _table(points: list[dict[str, Any]]) -> list[str]:
    """A line for each point, with the columns that some point has, and the first three."""
    shown = [key for number, key in enumerate(_COLUMNS) if number < 3 or any(key in point for point in points)]
    lines = [f"{'quality':>11}" + "".join(" {:>{}}".format(*_COLUMNS[key]) for key in shown)] if points else []
    for point in points:
        cells = ((_number(point.get(key), _COLUMNS[key][2]), _COLUMNS[key][1]) for key in shown)
        lines.append(f"{_number(point.get('quality'), 0):>11}" + "".join(f" {cell:>{width}}" for cell, width in cells))
    return lines


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "-"
