"""The points of the results as the page shows them: rates, distortions, and how codecs are called and coloured."""

from typing import Any

from latentcodec.container.header import LOSSLESS
from stages.figures import style
from stages.metrics import DRAWN

FAMILIES = ("photos", "digits", "lossless")
DIGITS = 5  # that numbers keep: more would only make the page larger


def codecs(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By codec its name, as one of lossy codecs and as one of lossless ones, and its colours on a light and on a dark
    ground."""
    rows = [row for family in FAMILIES for row in results[family]]
    return {
        codec: {
            "name": style.lossy_label(codec),
            "lossless_name": style.label(codec),
            "light": style.colour(codec),
            "dark": on_dark(style.colour(codec)),
        }
        for codec in dict.fromkeys(row["codec"] for row in rows)
    }


def on_dark(colour: str) -> str:
    """A colour ``#rrggbb`` that is seen on a dark ground: the dark ones are mixed with white."""
    channels = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    white = max(0.0, 0.6 - sum(channels) / 3 / 255)
    return "#" + "".join(f"{round(channel + white * (255 - channel)):02x}" for channel in channels)


def measures(photos: list[dict]) -> dict[str, dict[str, Any]]:
    """The metrics that some point has: their titles, and whether less is better."""
    return {
        key: {"title": metric.axis, "falling": metric.falls}
        for key, metric in DRAWN.items()
        if any(row.get(key) is not None for row in photos)
    }


def points(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Every point of every family, in rounded numbers, with ``family`` and with ``setting``, which says it in words."""
    return [
        {"family": family, "setting": setting(row), **{key: rounded(value) for key, value in row.items()}}
        for family in FAMILIES
        for row in results[family]
    ]


def setting(row: dict) -> str:
    """How a point was coded: "b = 2", "quality 50", "ratio 80:1", "lossless"."""
    if row["quantiser"] == LOSSLESS:
        return LOSSLESS
    if row.get("bits") is not None:
        return f"b = {row['bits']}"
    return f"ratio {row['quality']}:1" if row["codec"] == "jpeg2000" else f"quality {row['quality']}"


def rounded(value: Any) -> Any:
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
