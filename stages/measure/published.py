"""What others have published of their codecs, as they published it: curves on Kodak, and lossless digits.

published.json has for each codec of a set its source, what its decoder computes per pixel (thousand multiply-
accumulates) where that is known, and its curve: [bits per pixel, measure], means over the pictures of the set.
"""

import json
from pathlib import Path

import numpy as np

from latentcodec.evaluation.bd_rate import Curve, bd_rate
from stages import metrics

FILE = Path(__file__).with_name("published.json")


def load(tested: str) -> list[dict]:
    """The published codecs of a set of pictures; none where it is not there."""
    return json.loads(FILE.read_text()).get(tested, [])


def measure_of(codec: dict) -> str:
    """What its curve is of."""
    return next(measure for measure in metrics.METRICS if measure in codec)


def rows(codecs: list[dict]) -> list[dict]:
    """Every point as the figures take it: what was not published is None."""
    nothing = {"quantiser": None, "published": True, **dict.fromkeys(metrics.METRICS)}
    return [
        {**nothing, "codec": codec["codec"], "bpp": bpp, measure_of(codec): value}
        for codec in codecs
        for bpp, value in codec[measure_of(codec)]
    ]


def deltas(ours: list[dict], codecs: list[dict]) -> list[dict]:
    """BD-rates in per cent of ``ours``, the rows of one curve, against each of the codecs: between curves of means, as
    no other is published.
    """
    found = []
    for codec in codecs:
        measure = measure_of(codec)
        own = _curve([(row["bpp"], row[measure]) for row in ours], measure)
        delta = bd_rate(_curve(codec[measure], measure), own)
        facts = {key: codec[key] for key in ("source", "decoder_kmac_per_pixel")}
        value = {"measure": measure, "bd_rate_percent": delta.value, "note": delta.note}
        found.append({"against": codec["codec"], **value, **facts})
    return found


def _curve(points: list, measure: str) -> Curve:
    """Of one "picture", the mean."""
    rate, values = np.array(points).T
    return Curve(rate[:, None], metrics.METRICS[measure].as_quality(values)[:, None])
