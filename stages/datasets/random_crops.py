"""Random crops of whole photographs, for training on pictures of any size."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from stages.channels import channels_first
from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures, upright

RESIZED = 0.75  # the rest stay as sharp as they are


class Folders(Sequence[NDArray[np.uint8]]):
    """The pictures below some folders as (3, H, W), read when it is first asked for and kept in memory."""

    def __init__(self, folders: list[Path], count: int | None = None) -> None:
        """With ``count`` so many of them, spread evenly over their names.

        Raises DataError: there is no such folder, or no picture in it.
        """
        paths = [path for folder in folders for path in find_pictures(folder)]
        count = min(count or len(paths), len(paths))
        self.paths = [paths[place * len(paths) // count] for place in range(count)]
        self.cache: dict[int, NDArray[np.uint8]] = {}

    @classmethod
    def in_mirror(cls, mirror: str | None, names: list[str], count: int | None = None) -> "Folders":
        """``names`` of folders in the mirror. Raises DataError: as above, or there is no mirror."""
        if mirror is None:
            raise DataError(f"params.yaml: data.mirror must name the folder that holds {names[0]}")
        return cls([Path(mirror, name) for name in names], count)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index):
        """Raises DataError: the picture cannot be read."""
        if index not in self.cache:
            self.cache[index] = channels_first(upright(self.paths[index]))
        return self.cache[index]


class RandomCrops:
    """Squares of ``side`` pixels from ``pictures``, each (3, H, W) uint8 and as likely as any other, half of them
    mirrored.

    The pictures lie in the memory of ``device``, where the crops are cut. With ``scales`` three draws in four are
    resized, by a factor between these two.
    """

    def __init__(
        self,
        pictures: Sequence[NDArray[np.uint8]],
        side: int,
        scales: Sequence[float] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        """Raises DataError: a picture is smaller than ``side``."""
        self.side, self.scales, self.device = side, scales, device
        self.pixels = torch.cat([torch.from_numpy(picture).flatten(1) for picture in pictures], 1).to(device)
        self.sizes = np.array([picture.shape[1:] for picture in pictures])
        self.starts = np.cumsum([0, *self.sizes.prod(1)[:-1]])
        smallest = self.sizes[self.sizes.min(1).argmin()]
        if smallest.min() < side:
            raise DataError(f"a picture of {smallest[1]}x{smallest[0]} is smaller than the crops")

    def draw(self, count: int, rng: np.random.Generator) -> Tensor:
        """(count, 3, side, side) float32 in [0, 1]; all of one draw are resized alike."""
        cut = self.side
        if self.scales and rng.random() < RESIZED:
            cut = min(round(self.side / math.exp(rng.uniform(*np.log(self.scales)))), int(self.sizes.min()))
        crops = self._cut(count, cut, rng).float() / 255
        if cut != self.side:
            crops = interpolate(crops, size=(self.side, self.side), mode="bicubic", antialias=True).clamp(0, 1)
        return crops

    def _cut(self, count: int, side: int, rng: np.random.Generator) -> Tensor:
        """(count, 3, side, side) uint8."""
        drawn = rng.integers(len(self.sizes), size=count)
        top, left = rng.integers(self.sizes[drawn] - side + 1).T
        step = rng.choice([-1, 1], size=count)
        width = self.sizes[drawn, 1]
        first = self.starts[drawn] + top * width + np.where(step > 0, left, left + side - 1)
        start, down, across = (torch.from_numpy(each)[:, None, None].to(self.device) for each in (first, width, step))
        along = torch.arange(side, device=self.device)
        return self.pixels[:, start + down * along[:, None] + across * along].transpose(0, 1)
