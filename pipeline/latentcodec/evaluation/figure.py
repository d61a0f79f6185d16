"""Figures of what was measured: a panel for each metric with the codecs' curves, or bars of lossless files."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from latentcodec.distortion import METRICS

RATE = "bits per pixel, whole files"
_OURS = "#c0398f"

Rows = Sequence[dict[str, Any]]
"""Each has ``bpp`` and metrics, some of them None."""


@dataclass(frozen=True)
class Series:
    """A codec's rows, what it is called, and how matplotlib's ``plot`` draws it."""

    label: str
    rows: Rows
    style: dict[str, Any] = field(default_factory=lambda: {"linestyle": "--", "marker": ".", "linewidth": 1.3})
    ours: bool = False


def curve(rows: Rows, measure: str, along: str = "bpp") -> tuple[list[float], list[float]]:
    """(x, y): ``along`` and ``measure`` of every row that has both, in the order of x."""
    points = sorted((row[along], row[measure]) for row in rows if None not in (row.get(along), row.get(measure)))
    return [x for x, _ in points], [y for _, y in points]


def draw_panel(axis: Axes, series: Sequence[Series], name: str) -> None:
    """The curves of one metric, better above, at the rates of our codecs or a little above them."""
    for each in series:
        axis.plot(*curve(each.rows, name), label=each.label, **each.style)
    rows = [row for each in series for row in each.rows]
    most = 1.25 * max(row["bpp"] for each in series if each.ours for row in each.rows)
    values = [row[name] for row in rows if row["bpp"] <= most and row.get(name) is not None]
    axis.set_xlim(0, most)
    if values:
        margin = 0.04 * (max(values) - min(values)) or 1
        axis.set_ylim(min(values) - margin, max(values) + margin)
    if METRICS[name].falls:
        axis.invert_yaxis()
    axis.set(xlabel=RATE, title=METRICS[name].axis)


def curves(rows: Rows, ours: str) -> Figure:
    """Of a codec with loss and its rivals: five panels, and the legend in the place of a sixth."""
    series = []
    for codec in dict.fromkeys(row["codec"] for row in rows):
        own = [row for row in rows if row["codec"] == codec]
        solid = {"linestyle": "-", "marker": "o", "linewidth": 2, "color": _OURS}
        series.append(Series(codec, own, solid, ours=True) if codec == ours else Series(codec, own))
    figure = Figure(figsize=(12.6, 7.2), layout="constrained")
    *panels, last = figure.subplots(2, 3).flat
    for axis, name in zip(panels, METRICS, strict=True):
        draw_panel(axis, series, name)
        axis.grid(alpha=0.3)
    last.set_axis_off()
    last.legend(*panels[0].get_legend_handles_labels(), loc="center", frameon=False)
    return figure


def bars(rows: Rows, ours: str) -> Figure:
    """Of a codec without loss and its rivals: their bits per pixel, the least above."""
    ordered = sorted(rows, key=lambda row: -row["bpp"])
    figure = Figure(figsize=(7, 0.8 + 0.4 * len(ordered)), layout="constrained")
    axis = figure.subplots()
    colours = [_OURS if row["codec"] == ours else "#8a8f98" for row in ordered]
    drawn = axis.barh([row["codec"] for row in ordered], [row["bpp"] for row in ordered], color=colours)
    axis.bar_label(drawn, fmt="%.3f", padding=3)
    axis.set(xlabel=RATE)
    return figure


def to_file(figure: Figure, kind: str) -> bytes:
    """A figure as a file of that kind."""
    file = io.BytesIO()
    options: dict[str, Any] = {"pil_kwargs": {"quality": 80, "method": 4}} if kind == "webp" else {}
    figure.savefig(file, format=kind, dpi=130, **options)
    return file.getvalue()
