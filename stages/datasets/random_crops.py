"""Random crops of whole photographs, for training on pictures of any size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

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
        self.kept: dict[int, NDArray[np.uint8]] = {}

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
        if index not in self.kept:
            self.kept[index] = channels_first(upright(self.paths[index]))
        return self.kept[index]


@dataclass(frozen=True)
class RandomCrops:
    """Squares of ``side`` pixels from ``pictures``, each (3, H, W) uint8 and as likely as any other.

    With ``scales`` three quarters of the pictures are resized before, by a factor between these two.
    """

    pictures: Sequence[NDArray[np.uint8]]
    side: int
    scales: tuple[float, float] | None = None

    def draw(self, count: int, rng: np.random.Generator) -> Tensor:
        """(count, 3, side, side) uint8, half of them mirrored. Raises DataError: a picture is smaller than ``side``."""
        crops = []
        for index in rng.integers(len(self.pictures), size=count):
            picture = self.pictures[int(index)]
            if min(picture.shape[1:]) < self.side:
                raise DataError(f"a picture of {picture.shape[2]}x{picture.shape[1]} is smaller than the crops")
            if self.scales and rng.random() < RESIZED:
                picture = self._resized(picture, math.exp(rng.uniform(*np.log(self.scales))))
            top, left = (rng.integers(length - self.side + 1) for length in picture.shape[1:])
            crop = picture[:, top : top + self.side, left : left + self.side]
            crops.append(crop[..., ::-1] if rng.random() < 0.5 else crop)
        return torch.from_numpy(np.stack(crops))

    def _resized(self, picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
        """By ``scale``, but never to less than a crop."""
        height, width = (max(self.side, round(side * scale)) for side in picture.shape[1:])
        resized = Image.fromarray(picture.transpose(1, 2, 0)).resize((width, height), Image.Resampling.BICUBIC)
        return channels_first(np.asarray(resized))
