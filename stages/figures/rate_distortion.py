"""Rate-distortion curves: quality against bits per pixel."""

from pathlib import Path

from matplotlib.axes import Axes

from latentcodec.container.header import VARIABLE_RATE
from stages.figures import style
from stages.figures.rows import curve, select
from stages.metrics import DRAWN, METRICS


def against_classical(rows: list[dict], codecs: list[str], quantiser: str, path: Path) -> None:
    """A panel for each metric, better above: our codecs; the classical ones, dashed; published ones, dotted.

    Codecs of b bits have one quantiser and ``static`` tables; variable-rate ones are coded with ``context``.
    """
    figure, axes = style.panels(3, len(DRAWN) // 3 + 1)
    for axis, name in zip(axes, DRAWN, strict=False):
        for codec in dict.fromkeys(row["codec"] for row in select(rows, quantiser=None)):
            points = select(rows, codec=codec, quantiser=None)
            line = ":" if points[0].get("published") else ".--"
            label = style.lossy_label(codec)
            axis.plot(*curve(points, name), line, color=style.colour(codec), lw=1.3, label=label)
        for codec in codecs:
            points = select(rows, codec=codec, quantiser=quantiser, entropy="static")
            points += select(rows, codec=codec, quantiser=VARIABLE_RATE, entropy="context")
            axis.plot(*curve(points, name), "-o", color=style.colour(codec), lw=2, ms=5, label=style.label(codec))
        _set_limits(axis, rows, codecs, name)
        axis.set(xlabel=style.RATE, title=DRAWN[name].axis)
    style.legend_in(axes[-1], axes[: len(DRAWN)], 2)
    style.save(figure, path)


def _set_limits(axis: Axes, rows: list[dict], codecs: list[str], metric: str) -> None:
    """All that lies at our codecs' rates, or a little above."""
    ours = max(row["bpp"] for row in rows if row["codec"] in codecs)
    seen = [row[metric] for row in rows if row["bpp"] <= 1.25 * ours and row.get(metric) is not None]
    axis.set_xlim(0, 1.25 * ours)
    if seen:
        margin = 0.04 * (max(seen) - min(seen))
        axis.set_ylim(min(seen) - margin, max(seen) + margin)
    if METRICS[metric].falls:
        axis.invert_yaxis()


def of_quantisers(rows: list[dict], codecs: list[str], path: Path) -> None:
    """A panel per codec: SSIM against rate, a curve per quantiser; ``static`` solid, ``adaptive`` dotted."""
    figure, axes = style.panels(min(len(codecs), 2), -(-len(codecs) // 2), 5, 3.4)
    for axis, codec in zip(axes, codecs, strict=False):
        for quantiser, colour in style.QUANTISERS.items():
            for entropy, dash in (("static", "-"), ("adaptive", ":")):
                points = select(rows, codec=codec, quantiser=quantiser, entropy=entropy)
                axis.plot(
                    *curve(points, "ssim"),
                    dash,
                    color=colour,
                    marker=style.MARKERS[quantiser],
                    ms=4,
                    label=f"{quantiser}, {entropy}",
                )
        axis.plot(*curve(select(rows, codec="jpeg"), "ssim"), "--", color=style.colour("jpeg"), lw=1, label="JPEG")
        axis.set(xlabel=style.RATE, ylabel="SSIM", title=style.label(codec), ylim=(0, 1))
        axis.set_xlim(0, 1.1 * max(row["bpp"] for row in select(rows, codec=codec)))
    for axis in axes[len(codecs) :]:
        axis.set_visible(False)
    style.legend_below(figure, axes, 3)
    style.save(figure, path)
