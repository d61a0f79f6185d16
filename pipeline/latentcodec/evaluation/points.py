"""What was measured of files at some settings: means over pictures, and how two codecs compare."""

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.distortion import METRICS, Pixels
from latentcodec.evaluation.bd_rate import Curve, bd_rate

Measured = dict[str, float | None]
"""Of one picture and its file: ``bpp`` and every metric, None where one does not suit the picture; perhaps more."""
Points = dict[tuple[str, float | None], list[Measured]]
"""By codec and setting (None where it has only one) what was measured of each picture, in the same order everywhere."""


def distortions(original: Pixels, decoded: Pixels) -> Measured:
    """Every metric of a picture (H, W[, 3])."""
    return {name: metric.measure(original, decoded) for name, metric in METRICS.items()}


def bits_per_pixel(length: int, picture: NDArray[Any]) -> float:
    """Of a file of so many bytes that holds a picture (H, W[, C])."""
    return 8 * length / (picture.shape[0] * picture.shape[1])


def add(points: Points, measures: dict[tuple[str, float | None], Measured]) -> None:
    """One picture more."""
    for key, value in measures.items():
        points.setdefault(key, []).append(value)


def mean(pictures: list[Measured], key: str) -> float | None:
    """None where it was not measured of some picture, or is infinite: the PSNR of one that came back exactly."""
    values = [picture.get(key) for picture in pictures]
    average = math.inf if None in values else float(np.mean(np.array(values, np.float64)))
    return average if math.isfinite(average) else None


def means(points: Points, *keys: str) -> list[dict[str, Any]]:
    """A row for each codec and setting: ``codec``, ``quality``, and the means of some keys over pictures."""
    return [
        {"codec": codec, "quality": setting, **{key: mean(pictures, key) for key in keys}}
        for (codec, setting), pictures in points.items()
    ]


def bd_rates(points: Points, ours: str) -> list[dict[str, Any]]:
    """A row for every other codec and every metric that suits all pictures of both: ``against``, ``measure``,
    ``bd_rate_percent`` of ``ours`` (negative where its files are smaller), which is None where some picture's curves do
    not overlap, as ``note`` then says.
    """
    rows = []
    for rival in dict.fromkeys(codec for codec, _ in points if codec != ours):
        both = [picture for (codec, _), pictures in points.items() if codec in (ours, rival) for picture in pictures]
        for name in (name for name in METRICS if mean(both, name) is not None):
            delta = bd_rate(curve(points, rival, name), curve(points, ours, name))
            rows.append({"against": rival, "measure": name, "bd_rate_percent": delta.value, "note": delta.note})
    return rows


def curve(points: Points, codec: str, metric: str) -> Curve:
    steps = [pictures for (name, _), pictures in points.items() if name == codec]
    rate, values = (np.array([[picture[key] for picture in step] for step in steps]) for key in ("bpp", metric))
    return Curve(rate, METRICS[metric].as_quality(values))


def as_text(results: dict[str, Any] | list[dict[str, Any]]) -> str:
    """Results as JSON, with a line for each row."""
    if isinstance(results, list):
        return _text(results, "") + "\n"
    return "{\n" + ",\n".join(f" {json.dumps(key)}: {_text(value, ' ')}" for key, value in results.items()) + "\n}\n"


def _text(value: Any, indent: str) -> str:
    if not (isinstance(value, list) and value and isinstance(value[0], dict)):
        return json.dumps(value, allow_nan=False)
    rows = f",\n{indent} ".join(json.dumps(row, allow_nan=False) for row in value)
    return f"[\n{indent} {rows}\n{indent}]"
