"""What is measured of decoded pictures, and the rows that the results are made of.

Pictures are stacks (N, C, H, W) uint8; every metric gives one float64 per picture (N,). MSE, SSIM and MS-SSIM take
pixels on the scale [0, 1].
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure

from latentcodec import distortion
from latentcodec.distortion import Pixels
from stages.channels import channels_last

# Wang, Simoncelli and Bovik 2003, "Multiscale structural similarity for image quality assessment", section 3.2.
SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11

Stack = NDArray[np.uint8]
PerPicture = NDArray[np.float64]


def mse(originals: Stack, decoded: Stack) -> PerPicture:
    """Mean squared error in [0, 1]^2."""
    difference = originals.astype(np.float32) - decoded.astype(np.float32)
    return np.square(difference).reshape(len(difference), -1).mean(axis=1, dtype=np.float64) / 255**2


def psnr(originals: Stack, decoded: Stack) -> PerPicture:
    """Peak signal-to-noise ratio in dB, infinite for equal pictures."""
    return np.array([distortion.psnr(x, y) for x, y in zip(originals, decoded, strict=True)])


def ssim(originals: Stack, decoded: Stack) -> PerPicture:
    """Structural similarity as scikit-image has it: 7x7 uniform window, mean over channels."""
    pairs = ((channels_last(x), channels_last(y)) for x, y in zip(originals, decoded, strict=True))
    return np.array([distortion.ssim(x, y) for x, y in pairs], np.float64)


def scales_that_fit(side: int) -> int:
    """How many of MS-SSIM's five scales torchmetrics computes where the shorter side has so many pixels."""
    return max((n for n in range(1, 6) if side // max(1, n - 1) ** 2 >= WINDOW), default=0)


def ms_ssim(originals: Stack, decoded: Stack) -> PerPicture | None:
    """Multi-scale SSIM over the first scales that fit, their weights renormalised: five where the shorter side has at
    least 176 pixels, four from 99; None below that (digits).
    """
    scales = scales_that_fit(min(originals.shape[-2:]))
    if scales < 4:
        return None
    weights = np.array(SCALE_WEIGHTS[:scales]) / sum(SCALE_WEIGHTS[:scales])
    with threadpool_limits(1):  # pictures are too small for more: threads would mostly wait for each other
        values = multiscale_structural_similarity_index_measure(
            _unit(decoded),
            _unit(originals),
            kernel_size=WINDOW,
            data_range=1.0,
            betas=tuple(weights.tolist()),
            reduction="none",
        )
    return values.double().numpy()


def ssimulacra2(originals: Stack, decoded: Stack) -> PerPicture | None:
    """As ``latentcodec.distortion`` has it: 100 for equal pictures. None for grey ones (digits)."""
    return _of_colours(distortion.ssimulacra2, originals, decoded)


def butteraugli(originals: Stack, decoded: Stack) -> PerPicture | None:
    """The 3-norm as ``latentcodec.distortion`` has it: 0 for equal pictures. None for grey ones (digits)."""
    return _of_colours(distortion.butteraugli, originals, decoded)


@dataclass(frozen=True)
class Metric:
    """What is measured of decoded pictures, and how it is told: a column of the results, a panel of the figures."""

    measure: Callable[[Stack, Stack], PerPicture | None]
    title: str
    decimals: int
    unit: str = ""
    falls: bool = False
    """Whether it is less where a picture is better."""

    @property
    def axis(self) -> str:
        """Its title beside an axis."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


METRICS: dict[str, Metric] = {
    "ssimulacra2": Metric(ssimulacra2, "SSIMULACRA2", 1),
    "butteraugli": Metric(butteraugli, "butteraugli", 2, unit="3-norm", falls=True),
    "ms_ssim": Metric(ms_ssim, "MS-SSIM", 4),
    "psnr": Metric(psnr, "PSNR", 2, unit="dB"),
    "ssim": Metric(ssim, "SSIM", 4),
    "mse": Metric(mse, "MSE", 6, falls=True),
}
"""What every row of the results has, in this order; None where a metric does not suit the pictures."""

DRAWN: dict[str, Metric] = {name: metric for name, metric in METRICS.items() if name != "mse"}
"""Those that figures draw and codecs are compared by: all but MSE, whose logarithm PSNR is."""


def as_quality(metric: str, values: ArrayLike) -> NDArray[np.float64]:
    """Values of a metric as Bjontegaard deltas need them, more where a picture is better: those that fall negated,
    so that a unit of butteraugli counts alike wherever it is.
    """
    array = np.asarray(values, np.float64)
    return -array if METRICS[metric].falls else array


def distortions(originals: Stack, decoded: Stack) -> dict[str, list[float] | None]:
    """Every metric of every picture, ready for JSON."""
    values = {name: metric.measure(originals, decoded) for name, metric in METRICS.items()}
    return {name: None if value is None else value.tolist() for name, value in values.items()}


def point(
    codec: str,
    pictures: dict,
    shape: Sequence[float],
    *,
    quantiser: str | None = None,
    bits: int | None = None,
    entropy: str | None = None,
    **more,
) -> dict:
    """One row of the results, its keys always in this order.

    ``pictures`` holds lists: ``bytes`` of each file (one per picture, or a single pack) and the ``distortions``, or
    those of them that were measured; ``shape`` is the stack's (N, C, H, W). SSIM/bpp is the mean over pictures where
    each has its own file; else it is the ratio of the means.
    """
    count, channels, height, width = shape
    bits_per_pixel = 8 * np.array(pictures["bytes"]) / (height * width)
    bpp = float(bits_per_pixel.sum() / count)
    means = {name: _mean(pictures.get(name)) for name in METRICS}
    own_files = len(bits_per_pixel) == count
    ssim_per_bpp = np.mean(np.array(pictures["ssim"]) / (bits_per_pixel if own_files else bpp))
    return {
        "codec": codec,
        "quantiser": quantiser,
        "bits": bits,
        "entropy": entropy,
        "bpp": bpp,
        **means,
        "ssim_per_bpp": float(ssim_per_bpp),
        "compression_ratio": 8 * channels / bpp,
        "images": count,
        **more,
    }


def lossless_point(measured: dict) -> dict:
    """The row of a codec that gave grey pictures back as they were, beside those of codecs with loss.

    ``measured``: ``codec``; ``bytes`` of its files, one per picture or a single pack; ``pixels`` of each picture;
    ``set``, which pictures these are, and ``file``, the kind of file.
    """
    equal = {"bytes": measured["bytes"], "ssim": [1.0], "mse": [0.0]}
    pixels = measured["pixels"]
    alike = len(pixels), 1, 1, sum(pixels) / len(pixels)  # as many pictures of one size have as many pixels
    more = {key: measured[key] for key in ("entropy", "set", "file") if key in measured}
    return point(measured["codec"], equal, alike, quantiser="lossless", **more)


def lossless_row(measured: dict) -> dict:
    """The row of a codec that gave pictures of any kind back, as ``lossless_files.measure`` measured it."""
    size, pixels = sum(measured["bytes"]), sum(measured["pixels"])
    return {
        "codec": measured["codec"],
        "quantiser": "lossless",
        "set": measured["set"],
        "file": measured["file"],
        "bpp": 8 * size / pixels,
        "compression_ratio": sum(measured["raw"]) / size,
        "images": len(measured["pixels"]),
        "encode_ms": round(measured["encode_ms"], 2),
        "decode_ms": round(measured["decode_ms"], 2),
    }


PROCESSOR = time.process_time
"""The processor's time of all threads of this process, which other work on the machine hardly changes."""


class Stopwatch:
    """Runs a call and keeps how long it took, in milliseconds, by the clock on the wall unless told."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.laps: list[float] = []

    def __call__(self, function, *arguments, **options):
        started = self.clock()
        result = function(*arguments, **options)
        self.laps.append(1000 * (self.clock() - started))
        return result

    def least(self) -> float:
        """The lap that other work on the machine disturbed least."""
        return min(self.laps)

    def mean(self) -> float:
        """Of laps that did not do the same."""
        return sum(self.laps) / len(self.laps)


def _mean(values: list[float] | None) -> float | None:
    """None where nothing was measured, or where an exact picture has an infinite PSNR."""
    mean = float("inf") if values is None else float(np.mean(values))
    return mean if np.isfinite(mean) else None


def _of_colours(
    measure: Callable[[Pixels, Pixels], float | None], originals: Stack, decoded: Stack
) -> PerPicture | None:
    """A metric of pictures (H, W, 3); None where the pictures are grey, or too small for it."""
    if originals.shape[1] != 3:
        return None
    values = [measure(channels_last(x), channels_last(y)) for x, y in zip(originals, decoded, strict=True)]
    return None if None in values else np.array(values, np.float64)


def _unit(pictures: Stack) -> torch.Tensor:
    """(N, C, H, W) in [0, 1], in the memory format that MS-SSIM is quickest with."""
    return torch.from_numpy(pictures).float().contiguous(memory_format=torch.channels_last) / 255
