"""Mean SSIM/bpp against b, the measure that the course ranks by."""

from pathlib import Path

from matplotlib.ticker import MaxNLocator

from latentcodec.evaluation.figure import curve
from stages.figures import style
from stages.figures.rows import select


def of_codecs(
    rows: list[dict], codecs: list[str], quantiser: str, jpeg: dict[str, dict[int, float]], path: Path, note: str = ""
) -> None:
    """b = 2..5, one quantiser; ``jpeg`` is, per codec and b, what JPEG files of that codec's lengths reach."""
    figure, (axis,) = style.panels(1, width=8.2, height=4)
    for codec in codecs:
        points = [row for row in select(rows, codec=codec, quantiser=quantiser, entropy="static") if row["bits"] >= 2]
        axis.plot(*curve(points, "ssim_per_bpp", "bits"), "-o", color=style.colour(codec), label=style.label(codec))
    for (codec, values), dash in zip(jpeg.items(), ("--", ":"), strict=False):
        values = {bits: value for bits, value in values.items() if bits >= 2}
        axis.plot(
            list(values),
            list(values.values()),
            dash,
            color=style.colour("jpeg"),
            marker="x",
            label=f"JPEG, files as long as {style.label(codec)}'s",
        )
    axis.set(xlabel="b, bits per latent before entropy coding", ylabel="mean SSIM / bpp", ylim=(0, None))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside right center")
    style.save(figure, path, note)


def of_quantisers(rows: list[dict], codecs: list[str], path: Path, note: str = "") -> None:
    """A panel per codec, a curve per quantiser, over every b."""
    figure, axes = style.panels(len(codecs), width=3.2, height=3.2)
    for axis, codec in zip(axes, codecs, strict=True):
        for quantiser, colour in style.QUANTISERS.items():
            points = select(rows, codec=codec, quantiser=quantiser, entropy="static")
            axis.plot(
                *curve(points, "ssim_per_bpp", "bits"), color=colour, marker=style.MARKERS[quantiser], label=quantiser
            )
        axis.set(xlabel="b", title=style.label(codec), ylim=(0, None))
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    top = max(axis.get_ylim()[1] for axis in axes)
    for axis in axes:
        axis.set_ylim(0, top)
    axes[0].set_ylabel("mean SSIM / bpp")
    style.legend_below(figure, axes, 4)
    style.save(figure, path, note)
