"""Encode and decode time of every codec, per quantiser."""

from pathlib import Path

import numpy as np

from stages.figures import style
from stages.figures.rows import select


def per_quantiser(rows: list[dict], codecs: list[str], path: Path) -> None:
    """Two panels: milliseconds per picture, ``static``."""
    figure, axes = style.panels(2, width=5, height=3.4)
    slot = 0.8 / len(style.QUANTISERS)
    for axis, measure, title in zip(axes, ("encode_ms", "decode_ms"), ("encoding", "decoding"), strict=True):
        for offset, (quantiser, colour) in enumerate(style.QUANTISERS.items()):
            measurements = [select(rows, codec=codec, quantiser=quantiser, entropy="static") for codec in codecs]
            heights = [points[0][measure] if points else 0.0 for points in measurements]
            places = np.arange(len(codecs)) + (offset - (len(style.QUANTISERS) - 1) / 2) * slot
            axis.bar(places, heights, slot, color=colour, label=quantiser)
        axis.set_xticks(range(len(codecs)), [style.label(codec) for codec in codecs])
        axis.set(title=title, ylabel="ms per picture")
        axis.grid(visible=False, axis="x")
    style.legend_below(figure, axes, 4)
    style.save(figure, path)
