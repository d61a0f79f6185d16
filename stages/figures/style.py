"""Colours, labels and sizes that all figures share: a codec looks the same wherever it appears."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
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
    "jpeg2000": ("JPEG 2000", "#9c6b3f"),
    "png": ("PNG", "#222222"),
    "jpegxl": ("JPEG XL", "#b8860b"),
    "digits_lossless": ("latentcodec", "#c0398f"),
    "grey_lossless": ("latentcodec", "#c0398f"),
    "photo-v2": ("photo-v2", "#c0398f"),
    "bmshj2018-factorized": ("factorized prior (2018)", "#c7b299"),
    "bmshj2018-hyperprior": ("hyperprior (2018)", "#e0a458"),
    "mbt2018-mean": ("mean and scale (2018)", "#6b8e23"),
    "cheng2020-attn": ("Cheng et al. (2020)", "#5b5bd6"),
    "vtm": ("VTM (VVC)", "#8a8f98"),
}
QUANTISERS = {"max": "#7a7a7a", "min_max": "#1f6fb4", "vector": "#d1331f", "vector_shared": "#2e8b57"}
MARKERS = {"max": "s", "min_max": "o", "vector": "^", "vector_shared": "D"}
SPARE = ("#6b8e23", "#5b5bd6", "#b8860b", "#708090")  # for codecs that someone adds
MEASURES = {"ssim": "SSIM", "ms_ssim": "MS-SSIM", "psnr": "PSNR, dB"}
RATE = "bits per pixel, whole files"
WEBP = {"quality": 80, "method": 4}  # a sixth of the bytes of PNG; text and curves stay sharp

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
    handles = {name: handle for axis in axes for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=columns)


def save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, pil_kwargs=WEBP)
    plt.close(figure)
