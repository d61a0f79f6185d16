"""Random crops of whole photographs, for training on pictures of any size."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from stages.datasets.dataset import DataError, channels_first
from stages.datasets.folder import find_pictures, reading


def load_pictures(folders: list[Path]) -> list[NDArray[np.uint8]]:
    """Every picture below ``folders`` as (3, H, W). Raises DataError: no such folder, no or an unreadable picture."""
    pictures = []
    for path in (path for folder in folders for path in find_pictures(folder)):
        with reading(path), Image.open(path) as picture:
            pictures.append(channels_first(np.asarray(picture.convert("RGB"))))
    return pictures


@dataclass(frozen=True)
class RandomCrops:
    """Squares of ``side`` pixels from ``pictures``, each (3, H, W) uint8 and as likely as any other."""

    pictures: list[NDArray[np.uint8]]
    side: int

    def __post_init__(self) -> None:
        if small := sum(min(picture.shape[1:]) < self.side for picture in self.pictures):
            raise DataError(f"{small} picture(s) are smaller than the crops of {self.side}x{self.side}")

    def draw(self, count: int, rng: np.random.Generator) -> Tensor:
        """(count, 3, side, side) uint8, half of them mirrored."""
        crops = []
        for index in rng.integers(len(self.pictures), size=count):
            picture = self.pictures[index]
            top, left = (rng.integers(length - self.side + 1) for length in picture.shape[1:])
            crop = picture[:, top : top + self.side, left : left + self.side]
            crops.append(crop[..., ::-1] if rng.random() < 0.5 else crop)
        return torch.from_numpy(np.stack(crops))
