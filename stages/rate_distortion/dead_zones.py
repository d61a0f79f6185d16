"""The dead zones of a variable-rate codec: which magnitudes below 1 become 0, per level of quality and channel.

Rounding to the nearest minimises distortion alone; rounding down a little more often saves bits that are worth more
(Sullivan 1996, "Efficient scalar quantization of exponential and Laplacian random variables"). What decides is rate +
lambda * distortion, as in training: the rate of real files under ``context``, the distortion of decoded pictures. In
each level, channels that are seldom anything but zero are settled first; those of one group share a rounding.
"""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latentcodec._core import Tables, write_image
from latentcodec.container.header import ENTROPIES, HIGHEST_QUALITY, QUANTISERS, VARIABLE_RATE
from latentcodec.container.read import read_image
from latentcodec.container.symbols import read_symbols
from latentcodec.transform.gains import Gains
from latentcodec.transform.sessions import open_session
from stages.params import Structure
from stages.rate_distortion.distortion import distortion

NEAREST, NARROWER = 128, (112, 96, 80)  # 256ths that are added before the fraction is dropped
GROUPS = (0.02, 0.08, 0.3)  # upper bounds of the share of symbols that are not zero; what is above is a group as well


class Trial:
    """Some pictures (C, H, W) with their latents, to be coded with one rounding or another."""

    def __init__(
        self,
        pictures: list[NDArray[np.uint8]],
        latents: list[NDArray[np.float32]],
        decoder: Path,
        tables: Tables,
        structure: Structure | None,
    ) -> None:
        """``structure``: that of the distortion, as in training."""
        self.pairs = list(zip(pictures, latents, strict=True))
        self.decoder, self.tables, self.structure = open_session(decoder), tables, structure

    def cost(self, gains: Gains, quality: int, lmbda: float) -> float:
        """What training minimises, the mean over the pictures: bits per pixel and the distortion at its lambda."""
        costs = []
        for picture, latents in self.pairs:
            symbols, length = coded(self.tables, gains, quality, latents, picture.shape[1:])
            decoded = self.decoder.run(None, {"latents": gains.dequantise(quality, symbols)[None]})[0][0]
            pixels = np.rint(255 * decoded.clip(0, 1)).astype(np.uint8)
            rate = 8 * length / picture[0].size
            costs.append(rate + lmbda * self._distortion(picture[None], pixels[None], lmbda))
        return float(np.mean(costs))

    def _distortion(self, picture: NDArray[np.uint8], decoded: NDArray[np.uint8], lmbda: float) -> float:
        x, y = (torch.from_numpy(pixels).float() / 255 for pixels in (picture, decoded))
        return distortion(x, y, torch.tensor([lmbda]), self.structure).item()

    def share(self, gains: Gains, quality: int) -> NDArray[np.float64]:
        """(C,): how much of each channel is not zero."""
        shares = [(gains.quantise(quality, latents) != 0).mean((1, 2)) for _, latents in self.pairs]
        return np.mean(shares, axis=0)


def coded(
    tables: Tables, gains: Gains, quality: int, latents: NDArray[np.float32], sides: tuple[int, ...]
) -> tuple[NDArray[np.int16], int]:
    """The symbols (C, h, w) that the file of a picture of so many rows and columns has, and its length."""
    height, width = sides
    how = QUANTISERS.index(VARIABLE_RATE), quality, ENTROPIES.index("context"), np.empty(0, np.float32)
    symbols = gains.quantise(quality, latents)
    remainders = gains.remainders(quality, latents, symbols)
    data = write_image(bytes(4), width, height, *how, symbols, tables, remainders=remainders)
    return read_symbols(read_image(data), symbols.shape, tables), len(data)


def fitted(trial: Trial, log_gains: NDArray[np.float32], lambdas: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(L, C) roundings for gains (L, C) with the lambda (L,) of a squared pixel level in each level."""
    levels = len(log_gains)
    rounding = np.full(log_gains.shape, NEAREST, np.uint8)
    for level, lmbda in enumerate(lambdas):
        quality = round(1 + (HIGHEST_QUALITY - 1) * level / (levels - 1))

        def gains(row: NDArray[np.uint8]) -> Gains:
            return Gains(log_gains, np.tile(row, (levels, 1)))

        row = rounding[level]
        groups = np.digitize(trial.share(gains(row), quality), GROUPS)
        least = trial.cost(gains(row), quality, lmbda)
        for group in np.unique(groups):
            for narrower in NARROWER:
                tried = np.where(groups == group, np.uint8(narrower), row)
                cost = trial.cost(gains(tried), quality, lmbda)
                if cost >= least:
                    break
                least, row = cost, tried
        rounding[level] = row
    return rounding
