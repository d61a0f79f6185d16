"""Rate-distortion curves: quality against bits per pixel."""

from pathlib import Path

from latentcodec.container.header import VARIABLE_RATE
from latentcodec.evaluation.figure import RATE, Series, curve, draw_panel
from stages.figures import style
from stages.figures.rows import select
from stages.metrics import DRAWN


def against_classical(rows: list[dict], codecs: list[str], quantiser: str, path: Path, note: str = "") -> None:
    """A panel for each metric, better above: our codecs; the classical ones, dashed; published ones, dotted.

    Codecs of b bits have one quantiser and ``static`` tables; variable-rate ones are coded with ``context``.
    """
    series = [_classical(select(rows, codec=codec, quantiser=None), codec)
              for codec in dict.fromkeys(row["codec"] for row in select(rows, quantiser=None))]  # fmt: skip
    for codec in codecs:
        points = select(rows, codec=codec, quantiser=quantiser, entropy="static")
        points += select(rows, codec=codec, quantiser=VARIABLE_RATE, entropy="context")
        line_style = {"linestyle": "-", "marker": "o", "color": style.colour(codec), "linewidth": 2, "markersize": 5}
        series.append(Series(style.label(codec), points, line_style, ours=True))
    figure, axes = style.panels(3, len(DRAWN) // 3 + 1)
    for axis, name in zip(axes, DRAWN, strict=False):
        draw_panel(axis, series, name)
    style.legend_in(axes[-1], axes[: len(DRAWN)], 2)
    style.save(figure, path, note)


def _classical(points: list[dict], codec: str) -> Series:
    line = {"linestyle": ":"} if points[0].get("published") else {"linestyle": "--", "marker": "."}
    return Series(style.lossy_label(codec), points, {**line, "color": style.colour(codec), "linewidth": 1.3})


def of_quantisers(rows: list[dict], codecs: list[str], path: Path, note: str = "") -> None:
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
        axis.set(xlabel=RATE, ylabel="SSIM", title=style.label(codec), ylim=(0, 1))
        axis.set_xlim(0, 1.1 * max(row["bpp"] for row in select(rows, codec=codec)))
    for axis in axes[len(codecs) :]:
        axis.set_visible(False)
    style.legend_below(figure, axes, 3)
    style.save(figure, path, note)
