"""What the size of the latent vector buys: error, compression ratio, and rate against quality, for digits."""

from pathlib import Path

import numpy as np
from matplotlib import ticker

from latentcodec.evaluation.figure import RATE, curve
from stages.figures import style
from stages.figures.rows import lossless_label, select

PIXELS = 28 * 28
DASHES = ("-", "-.", ":", "--", (0, (6, 2, 1, 2, 1, 2)))


def error_and_ratio(rows: list[dict], quantiser: str, path: Path) -> None:
    """Left: MSE against latent_dim, not quantised and coded. Right: the ratio of real files, and 784 / latent_dim."""
    coded = [row for row in rows if row["quantiser"] == quantiser and row["entropy"] == "static"]
    bits = sorted({row["bits"] for row in coded})
    shades = dict(zip(bits, style.plt.cm.viridis(np.linspace(0.85, 0.1, len(bits))), strict=True))
    figure, (error, ratio) = style.panels(2, width=5.2, height=4)
    dims, mse = curve(select(coded, bits=bits[0]), "mse_float", "latent_dim")
    error.plot(dims, mse, "k-o", lw=2, label="not quantised")
    ratio.plot(dims, [PIXELS / dim for dim in dims], "k--", label="784 / latent_dim (counts numbers, not bits)")
    for b in bits:
        points = select(coded, bits=b)
        error.plot(*curve(points, "mse", "latent_dim"), "-o", color=shades[b], ms=4, label=f"coded, b = {b}")
        ratio.plot(*curve(points, "compression_ratio", "latent_dim"), "-o", color=shades[b], ms=4)
    for row, dash in zip(select(rows, quantiser="lossless"), DASHES, strict=False):
        ratio.axhline(
            row["compression_ratio"],
            color="#d1331f",
            ls=dash,
            lw=1.3,
            label=lossless_label(style.label(row["codec"]), row),
        )
    error.set(ylabel="MSE", title="error")
    ratio.set(ylabel="raw bytes / file bytes", title="compression ratio")
    for axis in (error, ratio):
        axis.set(xscale="log", yscale="log", xlabel="latent_dim")
        axis.set_xticks(dims, [str(dim) for dim in dims], minor=False)
        axis.xaxis.set_minor_locator(ticker.NullLocator())
    ratio.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    style.legend_below(figure, [error, ratio], 3)
    style.save(figure, path)


def rate_quality(rows: list[dict], quantiser: str, path: Path) -> None:
    """PSNR and SSIM against bits per pixel, a curve per latent_dim over b; lossless codecs as upright lines."""
    coded = [row for row in rows if row["quantiser"] == quantiser and row["entropy"] == "static"]
    dims = sorted({row["latent_dim"] for row in coded})
    shades = style.plt.cm.plasma(np.linspace(0.0, 0.88, len(dims)))
    figure, axes = style.panels(2, width=5.2, height=4)
    for axis, (measure, name) in zip(axes, (("psnr", "PSNR, dB"), ("ssim", "SSIM")), strict=True):
        for dim, shade in zip(dims, shades, strict=True):
            axis.plot(
                *curve(select(coded, latent_dim=dim), measure), "-o", color=shade, ms=4, label=f"latent_dim {dim}"
            )
        for row, dash in zip(select(rows, quantiser="lossless"), DASHES, strict=False):
            axis.axvline(row["bpp"], color="#444444", ls=dash, label=lossless_label(style.label(row["codec"]), row))
        axis.set(xscale="log", xlabel=RATE, title=name)
        axis.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    style.legend_below(figure, axes, 5)
    style.save(figure, path)
