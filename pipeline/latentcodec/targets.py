"""The file that a target asks for: the best quality within a size, or the smallest one that comes near enough."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import PackFile, Tables
from latentcodec.container.read import read_file
from latentcodec.container.symbols import read_symbols
from latentcodec.container.write import ImageLayout, PackLayout
from latentcodec.distortion import psnr, ssimulacra2
from latentcodec.pictures.read import luma
from latentcodec.progress import Progress, unheard
from latentcodec.settings import Settings, Target
from latentcodec.transform.transform import Latents, Quantised, Transform


@dataclass(frozen=True, eq=False)
class Candidate:
    """Pictures coded with some settings; each part is computed when it is first asked for."""

    transform: Transform
    tables: Tables
    layout: ImageLayout | PackLayout
    pixels: NDArray[np.uint8]
    """(N, H, W[, 3])"""
    latents: Latents
    """(N, C, h, w)"""
    settings: Settings

    @cached_property
    def data(self) -> bytes:
        """The whole file."""
        return self.layout.write(self.settings.header_fields, self._quantised, self.tables)

    @cached_property
    def decoded(self) -> NDArray[np.uint8]:
        """The pictures that come back, (N, H, W[, 3])."""
        latents = self.transform.dequantise(self.settings, self._coded, self._quantised.side_information)
        decoded = self.transform.synthesise(latents, (0, 0, self.layout.width, self.layout.height))
        if decoded.ndim > self.pixels.ndim:
            decoded = np.stack([luma(picture) for picture in decoded])
        return decoded

    def measure(self, target: Target) -> float:
        """What the target is compared with: of a PSNR that over all samples of the pictures' colours."""
        match target.quantity:
            case "psnr":
                return psnr(self.pixels, self.decoded)
            case "ssimulacra2":
                return float(np.mean([ssimulacra2(*pair) for pair in zip(self.pixels, self.decoded, strict=True)]))
            case "size":
                return len(self.data)
            case "bpp":
                return 8 * len(self.data) / math.prod(self.pixels.shape[:3])

    def meets(self, target: Target) -> bool:
        measure = self.measure(target)
        return measure <= target.value if target.limits_size else measure >= target.value

    @property
    def _coded(self) -> NDArray[np.int16]:
        """The symbols (N, C, h, w) that the file has, of which the entropy coder chose some."""
        file = read_file(self.data)
        symbols = read_symbols(file, self.latents.shape[1:], self.tables)
        return symbols if isinstance(file, PackFile) else symbols[None]

    @cached_property
    def _quantised(self) -> Quantised:
        return self.transform.quantise(self.settings, self.latents)


def reach(
    target: Target, steps: Sequence[Settings], code: Callable[[Settings], Candidate], progress: Progress = unheard
) -> Candidate:
    """What meets the target where the next quality does not, by bisection: at most ten of a thousand are tried.

    Args:
        steps: the settings that there are, from the smallest file to the best picture.
        code: the pictures with some settings.
        progress: is told the share of the tries that are made.

    Raises:
        ValueError: the smallest file is too large, or the best picture not good enough; says what it has.
    """
    low, high, best = 0, len(steps), None
    while low < high:
        middle = (low + high) // 2
        candidate = code(steps[middle])
        met = candidate.meets(target)
        if met:
            best = candidate
        if met == target.limits_size:
            low = middle + 1
        else:
            high = middle
        progress(1 - (high - low).bit_length() / len(steps).bit_length())
    if best is None:
        extreme = 1 if target.limits_size else 100
        found = f"{candidate.measure(target):.6g} {target.unit}"
        raise ValueError(f"even quality {extreme} has {found}, the target is {target.value:.6g}")
    return best
