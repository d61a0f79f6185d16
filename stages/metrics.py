"""What is measured of decoded pictures, and the rows that the results are made of.

Pictures are stacks (N, C, H, W) uint8; every metric gives one float64 per picture (N,). MSE, SSIM and MS-SSIM take
pixels on the scale [0, 1].
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from latentcodec import distortion
from latentcodec.distortion import Metric, Pixels
from stages.channels import channels_last

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


def ms_ssim(originals: Stack, decoded: Stack) -> PerPicture | None:
    """Multi-scale SSIM as ``latentcodec.distortion`` has it; None where the shorter side is below 99 (digits)."""
    return _of_each(distortion.ms_ssim, originals, decoded)


def ssimulacra2(originals: Stack, decoded: Stack) -> PerPicture | None:
    """As ``latentcodec.distortion`` has it: 100 for equal pictures. None for grey ones (digits)."""
    return _of_colours(distortion.ssimulacra2, originals, decoded)


def butteraugli(originals: Stack, decoded: Stack) -> PerPicture | None:
    """The 3-norm as ``latentcodec.distortion`` has it: 0 for equal pictures. None for grey ones (digits)."""
    return _of_colours(distortion.butteraugli, originals, decoded)


_OF_STACKS = {"ssimulacra2": ssimulacra2, "butteraugli": butteraugli, "ms_ssim": ms_ssim, "psnr": psnr, "ssim": ssim}

DRAWN: dict[str, Metric] = {
    name: replace(metric, measure=_OF_STACKS[name]) for name, metric in distortion.METRICS.items()
}
"""Those that figures draw and codecs are compared by: all but MSE, whose logarithm PSNR is."""

METRICS: dict[str, Metric] = {**DRAWN, "mse": Metric(mse, "MSE", 6, falls=True)}
"""What every row of the results has, in this order; None where a metric does not suit the pictures."""


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


def _mean(values: list[float] | None) -> float | None:
    """None where nothing was measured, or where an exact picture has an infinite PSNR."""
    mean = float("inf") if values is None else float(np.mean(values))
    return mean if np.isfinite(mean) else None


def _of_colours(
    measure: Callable[[Pixels, Pixels], float | None], originals: Stack, decoded: Stack
) -> PerPicture | None:
    """A metric of pictures in colour; None where they are grey, or too small for it."""
    return _of_each(measure, originals, decoded) if originals.shape[1] == 3 else None


def _of_each(measure: Callable[[Pixels, Pixels], float | None], originals: Stack, decoded: Stack) -> PerPicture | None:
    """A metric of pictures (H, W[, 3]); None where they are too small for it."""
    values = [measure(channels_last(x), channels_last(y)) for x, y in zip(originals, decoded, strict=True)]
    return None if None in values else np.array(values, np.float64)
