"""A bundle's card: what it was trained on, on which terms, how good it is. For people; every part may be missing."""

import json
import math
from pathlib import Path
from typing import Any

from latentcodec.cli.messages import printable


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
    lines = [
        f"{key:<11} {printable(' '.join(value.split()))}" for key, value in texts.items() if isinstance(value, str)
    ]
    if isinstance(card.get("bpp"), int | float):
        lines.append(f"{'bpp':<11} {card['bpp']:.3f}")  # of what is lossless; what is not has one for each quality
    rows = card.get("quality")
    points = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    if points:
        lines.append(f"{'quality':>11} {'bpp':>7} {'PSNR dB':>8} {'SSIM':>7}")
        lines += [
            f"{_number(row.get('quality'), 0):>11} {_number(row.get('bpp'), 3):>7} {_number(row.get('psnr'), 2):>8} "
            f"{_number(row.get('ssim'), 3):>7}"
            for row in points
        ]
    return lines


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}f}" if isinstance(value, int | float) else "-"
