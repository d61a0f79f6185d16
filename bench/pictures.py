"""What is coded: photographs, one large picture, digits. All uint8."""

import io
import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from bench.scale import Scale
from stages.datasets import embedded_digits, embedded_photos, mnist
from stages.datasets.source import read

Pixels = NDArray[np.uint8]


def photographs(mirror: str | None, scale: Scale) -> tuple[str, list[Pixels]]:
    """What they are, and (H, W, 3) each: Kodak's where there is a mirror, else those in installed packages, resized."""
    found: list[Image.Image]
    if mirror is not None:
        name, found = "Kodak's set", [Image.open(io.BytesIO(data)) for data in read("kodak/", mirror).values()]
    else:
        listed = (*embedded_photos.TEST, *embedded_photos.TRAIN)
        name, found = "installed packages", [embedded_photos.read(*origin, file) for origin, file, _ in listed]
    wide = [picture for picture in found if picture.width >= picture.height][: scale.pictures]
    return name, [np.asarray(ImageOps.fit(picture, (scale.width, scale.height)).convert("RGB")) for picture in wide]


def mosaic(pictures: list[Pixels], width: int, height: int) -> Pixels:
    """(height, width, 3), filled with the pictures in turn, row by row."""
    large = np.empty((height, width, 3), np.uint8)
    tiles = itertools.cycle(pictures)
    rows, columns = pictures[0].shape[:2]
    for top in range(0, height, rows):
        for left in range(0, width, columns):
            place = large[top : top + rows, left : left + columns]
            place[:] = next(tiles)[: place.shape[0], : place.shape[1]]
    return large


def digits(mirror: str | None, count: int) -> tuple[str, Pixels]:
    """What they are, and (count, 28, 28): MNIST's test set where there is a mirror, else scikit-learn's, repeated."""
    data = embedded_digits.load({"mirror": None}) if mirror is None else mnist.load({"mirror": mirror})
    every = np.stack([*data.test] if mirror is not None else [*data.train, *data.test])[:, 0]
    name = "MNIST's test set" if mirror is not None else f"scikit-learn's {len(every):,} digits, repeated"
    return name, np.resize(every, (count, *every.shape[1:]))
