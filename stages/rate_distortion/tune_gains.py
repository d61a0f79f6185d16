"""Tune the gains of trained weights to metrics that training does not see:

    python -m stages.rate_distortion.tune_gains WEIGHTS.pt BUNDLE FOLDER TUNED.pt

Training moves each gain by itself, slowly, and by its own loss alone. Here a few offsets, each for the gains of a plane
of colour about a frequency, at all qualities or towards an end of their scale, go down the gradient of a weighted sum
of BD-rates against the codec as it was: whole files of the pictures in FOLDER, finite differences, then the best of
some lengths of step. BUNDLE is the codec that was exported with WEIGHTS and fitted; TUNED.pt are the same weights with
other gains, which a coder must be fitted to.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

import latentcodec
from latentcodec.evaluation.points import Measured, Points, bd_rates, bits_per_pixel, distortions
from latentcodec.transform.gains import Gains
from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures, upright
from stages.rate_distortion.dead_zones import coded
from stages.training.weights import save_weights

QUALITIES = (5, 12, 25, 40, 60, 80, 95)
SHARES = {"ssimulacra2": 1.0, "butteraugli": 0.8, "ms_ssim": 0.6, "psnr": 0.5}
"""Of the BD-rates in the sum."""
DIFFERENCE = 0.12
"""By which each offset is changed to see what it does; as natural logarithms of gains, like the steps."""
STEPS = (0.15, 0.3, 0.5, 0.8)
ROUNDS = 6
LEAST = 0.02
"""By which another round must lessen the sum."""

LEAST_RISE = 0.05
"""From a level to the next."""

LUMA, CHROMA = (0.025, 0.06, 0.1, 0.145, 0.19, 0.25, 0.4), (0.025, 0.08, 0.25)
"""Frequencies with an offset at all qualities, in cycles per pixel; between them it is interpolated."""
LUMA_ENDS, CHROMA_ENDS = (0.03, 0.1, 0.17, 0.35), (0.03, 0.2)
"""Frequencies with one towards the lowest and one towards the highest qualities."""
PULSE, SIDE = 700.0, 4
"""What a channel does is seen from one latent of this size among so many by so many."""
YCBCR = np.array([[0.299, 0.587, 0.114], [-0.169, -0.331, 0.5], [0.5, -0.419, -0.081]])

Offsets = NDArray[np.float64]
"""(levels, C), added to natural logarithms of gains."""


def channels(codec: latentcodec.Codec) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Of each latent channel, (C,): its plane, 0 luma, 1 and 2 chroma, and its frequency in cycles per pixel."""
    stride = codec.bundle.facts.stride
    size = stride * SIDE
    latents = codec.analyse(np.full((1, size, size, 3), 128, np.uint8))
    flat = codec.synthesise(latents, size, size).astype(float)
    found = []
    for channel in range(latents.shape[1]):
        pulse = latents.copy()
        pulse[0, channel, 1, 1] += PULSE
        found.append(response((codec.synthesise(pulse, size, size) - flat)[0]))
    planes, frequencies = zip(*found, strict=True)
    return np.array(planes), np.array(frequencies)


def response(change: NDArray[np.float64]) -> tuple[int, float]:
    """The plane that has most of a change (H, W, 3) of a picture, and its mean frequency there."""
    planes = change @ YCBCR.T
    plane = int(np.square(planes).sum((0, 1)).argmax())
    energy = np.abs(np.fft.fft2(planes[..., plane])) ** 2
    steps = np.abs(np.fft.fftfreq(len(change)))
    down, across = ((energy * axis).sum() / energy.sum() for axis in (steps[:, None], steps[None]))
    return plane, float(np.hypot(down, across))


def basis(planes: NDArray[np.int64], frequencies: NDArray[np.float64], levels: int) -> NDArray[np.float64]:
    """(K, levels, C): what each of K numbers adds to the logarithms of gains."""
    half = (levels - 1) / 2
    level = np.arange(levels)[:, None]
    everywhere, ends = [np.ones((levels, 1))], [np.clip(1 - level / half, 0, 1), np.clip(level / half - 1, 0, 1)]
    parts = []
    for plane in range(3):
        for nodes, along in (
            (CHROMA if plane else LUMA, everywhere), (CHROMA_ENDS if plane else LUMA_ENDS, ends)
        ):  # fmt: skip
            parts += [share * about * (planes == plane) for about in hats(nodes, frequencies) for share in along]
    return np.stack(parts)


def hats(nodes: tuple[float, ...], frequencies: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """For each node a function of the frequencies (C,) that is 1 there, 0 at the others and beyond them, and straight
    between, over the logarithm; before the first and after the last it stays as there."""
    for row in np.eye(len(nodes)):
        yield np.interp(np.log(np.maximum(frequencies, nodes[0])), np.log(nodes), row)


class Trial:
    """Pictures with their latents, to be coded with these gains or others."""

    def __init__(self, bundle: str, pictures: list[Path]) -> None:
        self.codec = latentcodec.Codec(latentcodec.open(bundle).bundle, provider="cpu", threads=1)
        self.tables = self.codec.bundle.tables
        self.log_gains, self.rounding = self.tables.gains()
        self.pictures = [upright(path) for path in pictures]
        self.latents = [self.codec.analyse(picture[None])[0] for picture in self.pictures]

    def points(self, offsets: Offsets) -> list[list[Measured]]:
        """By quality, of every picture's file."""
        gains = Gains((self.log_gains + offsets).astype(np.float32), self.rounding)
        pairs = list(zip(self.pictures, self.latents, strict=True))
        return [[self.measured(gains, quality, *pair) for pair in pairs] for quality in QUALITIES]

    def measured(
        self, gains: Gains, quality: int, picture: NDArray[np.uint8], latents: NDArray[np.float32]
    ) -> Measured:
        height, width = picture.shape[:2]
        symbols, length = coded(self.tables, gains, quality, latents, (height, width))
        (decoded,) = self.codec.synthesise(gains.dequantise(quality, symbols)[None], height, width)
        return {"bpp": bits_per_pixel(length, picture), **distortions(picture, decoded)}


def cost(points: list[list[Measured]], before: list[list[Measured]]) -> float:
    """The weighted sum of BD-rates in per cent."""
    curves: Points = {("tuned", quality): row for quality, row in zip(QUALITIES, points, strict=True)}
    curves |= {("before", quality): row for quality, row in zip(QUALITIES, before, strict=True)}
    rates = {row["measure"]: row["bd_rate_percent"] for row in bd_rates(curves, "tuned")}
    return sum(share * rates[measure] for measure, share in SHARES.items())


def tuned(trial: Trial, parts: NDArray[np.float64]) -> Offsets:
    """What to add to the logarithms of gains: a sum of ``parts`` (K, levels, C)."""
    before = trial.points(np.zeros(parts.shape[1:]))
    offsets, least = np.zeros(parts.shape[1:]), 0.0

    def cost_at(tried: Offsets) -> float:
        return cost(trial.points(tried), before)

    for number in range(1, ROUNDS + 1):
        changes = [cost_at(offsets + DIFFERENCE * part) - least for part in tqdm(parts, f"round {number}")]
        down = -np.tensordot(changes, parts, 1) / np.linalg.norm(changes)
        best, step = min((cost_at(offsets + step * down), step) for step in STEPS)
        if best > least - LEAST:
            break
        offsets, least = offsets + step * down, best
        print(f"round {number}: {least:+.2f} % in all")
    return offsets


def with_gains(weights: dict[str, Tensor], log_gains: NDArray[np.float64]) -> dict[str, Tensor]:
    """Weights of a training with these gains (levels, C), natural logarithms that rise from level to level."""
    table = torch.from_numpy(log_gains)
    rises = table.diff(dim=0).clamp(min=LEAST_RISE).expm1().log()
    return weights | {"network.gains.first": table[0].half(), "network.gains.rises": rises.half()}


def main(weights: Path, bundle: str, folder: Path, out: Path) -> None:
    trial = Trial(bundle, find_pictures(folder))
    offsets = tuned(trial, basis(*channels(trial.codec), len(trial.log_gains)))
    save_weights(with_gains(torch.load(weights, weights_only=True), trial.log_gains + offsets), out)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m stages.rate_distortion.tune_gains", description=__doc__)
    parser.add_argument("weights", type=Path, help="of a training")
    parser.add_argument("bundle", help="what was exported with them and fitted: its name or folder")
    parser.add_argument("folder", type=Path, help="pictures, none of which was learnt from or is to be tested on")
    parser.add_argument("out", type=Path, help="TUNED.pt")
    options = parser.parse_args()
    try:
        main(options.weights, options.bundle, options.folder, options.out)
    except (DataError, latentcodec.LatentCodecError) as error:
        raise SystemExit(f"tune_gains: {error}") from None
