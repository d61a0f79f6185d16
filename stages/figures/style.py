"""Colours, labels and sizes that all figures share: a codec looks the same wherever it appears."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

CODECS = {
    "ae1": ("AE1", "#7fb3d5"),
    "ae2": ("AE2", "#1f6fb4"),
    "resae_v1": ("ResAE v1", "#f2a53a"),
    "resae_v2": ("ResAE v2", "#d1331f"),
    "photo": ("photo", "#c0398f"),
    "cars": ("cars", "#17a2a2"),
    "jpeg": ("JPEG", "#222222"),
    "webp": ("WebP", "#2e8b57"),
    "avif": ("AVIF", "#8e44ad"),
    "avif-444-psnr": ("AVIF s6 4:4:4 tune=psnr", "#c39bd3"),
    "avif-444-slow": ("AVIF s2 4:4:4", "#4a235a"),
    "jpeg2000": ("JPEG 2000", "#9c6b3f"),
    "png": ("PNG", "#222222"),
    "jpegxl": ("JPEG XL e9", "#b8860b"),
    "jpegxl-e7": ("JPEG XL e7", "#d4b35a"),
    "digits_lossless": ("latentcodec", "#c0398f"),
    "pictures_lossless": ("latentcodec", "#c0398f"),
    "photo-v3": ("photo-v3", "#c0398f"),
    "bmshj2018-factorized": ("factorized prior (2018)", "#c7b299"),
    "bmshj2018-hyperprior": ("hyperprior (2018)", "#e0a458"),
    "mbt2018": ("mbt2018", "#6b8e23"),
    "elic": ("ELIC (2022)", "#5b5bd6"),
    "mlic+": ("MLIC+ (2023)", "#1f6fb4"),
    "shallow-ntc-sga": ("shallow-ntc, SGA (2023)", "#e377c2"),
    "c3": ("C3 (2024)", "#17becf"),
    "cool-chic-5": ("Cool-chic 5", "#d1331f"),
    "vtm": ("VTM (VVC)", "#8a8f98"),
    "bpg": ("BPG 4:4:4", "#c5c9ce"),
}
LOSSY = {"webp": "WebP m6", "avif": "AVIF s6", "jpegxl": "JPEG XL e7"}
"""The settings of classical codecs that are compared without loss as well."""
QUANTISERS = {"max": "#7a7a7a", "min_max": "#1f6fb4", "vector": "#d1331f", "vector_shared": "#2e8b57"}
MARKERS = {"max": "s", "min_max": "o", "vector": "^", "vector_shared": "D"}
SPARE = ("#6b8e23", "#5b5bd6", "#b8860b", "#708090")  # for codecs that someone adds
NOTE = "#a33d00"
WEBP = {"quality": 70, "method": 6}  # a seventh of the bytes of PNG; text and curves stay sharp

plt.rcParams.update(
    {
        "font.size": 11,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "legend.frameon": False,
        "legend.fontsize": 10,
        "savefig.dpi": 130,
    }
)


def label(codec: str) -> str:
    return CODECS[codec][0] if codec in CODECS else codec


def lossy_label(codec: str) -> str:
    """A codec with loss, by its settings."""
    return LOSSY.get(codec) or label(codec)


def colour(codec: str) -> str:
    """A codec without a colour of its own gets a spare one, always the same for the same name."""
    return CODECS[codec][1] if codec in CODECS else SPARE[sum(codec.encode()) % len(SPARE)]


def panels(columns: int, rows: int = 1, width: float = 4.2, height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """A figure of ``columns`` x ``rows`` axes, ``width`` x ``height`` inches each."""
    figure, axes = plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), layout="constrained", squeeze=False
    )
    return figure, list(axes.flat)


def legend_below(figure: Figure, axes: list[Axes], columns: int) -> None:
    """One legend for all panels, each name once."""
    figure.legend(*_legend(axes), loc="outside lower center", ncols=columns)


def legend_in(axis: Axes, axes: list[Axes], columns: int) -> None:
    """The same in the place of a panel that is left over."""
    axis.set_axis_off()
    axis.legend(*_legend(axes), loc="center", ncols=columns, fontsize=8.5)


def _legend(axes: list[Axes]) -> tuple[list[Artist], list[str]]:
    handles = {name: handle for axis in axes for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    return list(handles.values()), list(handles)


def save(figure: Figure, path: Path, note: str = "") -> None:
    """``note``: what is to be known before the figure is judged; it stands below."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if note:
        figure.supxlabel(note, fontsize=8.5, color=NOTE)
    figure.savefig(path, pil_kwargs=WEBP)
    plt.close(figure)
