"""Photographs that come inside installed packages, cut into tiles of 128x128: a study that needs no download.

A photograph is shrunk and cropped about its centre to a grid of whole tiles. Most learning photographs are cut at two
scales. The three test photographs are never learnt from.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from stages.channels import channels_first
from stages.datasets.dataset import DataError, DataSet
from stages.params import Mirrored

TILE = 128

TERMS = (
    "photographs that come with scikit-image, scikit-learn and matplotlib, under the terms stated there: mostly public "
    "domain or CC0; china and flower CC BY 2.0"
)

SKIMAGE = ("skimage", "data")
SKLEARN = ("sklearn", "datasets/images")
MATPLOTLIB = ("matplotlib", "mpl-data/sample_data")

# (package, folder), file, grids (rows, columns): small enough for every photograph to be shrunk, never enlarged
Photograph = tuple[tuple[str, str], str, tuple[tuple[int, int], ...]]
TRAIN: tuple[Photograph, ...] = (
    (SKIMAGE, "astronaut.png", ((4, 4), (2, 2))),
    (SKIMAGE, "motorcycle_left.png", ((3, 5), (2, 3))),
    (SKIMAGE, "rocket.jpg", ((2, 3),)),
    (SKIMAGE, "ihc.png", ((4, 4), (2, 2))),
    (SKIMAGE, "hubble_deep_field.jpg", ((3, 3),)),
    (SKIMAGE, "retina.jpg", ((3, 3),)),
    (SKLEARN, "china.jpg", ((3, 5), (2, 3))),
    (SKLEARN, "flower.jpg", ((3, 5), (2, 3))),
)
TEST: tuple[Photograph, ...] = (
    (SKIMAGE, "chelsea.png", ((2, 2),)),
    (SKIMAGE, "coffee.png", ((2, 2),)),
    (MATPLOTLIB, "grace_hopper.jpg", ((2, 2),)),
)


def load(settings: Mirrored) -> DataSet:
    """127 and 12 tiles (N, 3, 128, 128)."""
    return DataSet(TERMS, train=_tiles(TRAIN), test=_tiles(TEST))


def _tiles(photographs: tuple[Photograph, ...]) -> NDArray[np.uint8]:
    return np.concatenate([cut(read(*origin, name), *grid) for origin, name, grids in photographs for grid in grids])


def read(package: str, folder: str, name: str) -> Image.Image:
    spec = find_spec(package)  # which does not import the package: that takes seconds
    if spec is None or spec.origin is None:
        raise DataError(f"the package {package} is not installed; `make` installs what the study needs")
    with Image.open(Path(spec.origin).parent / folder / name) as photograph:
        return photograph.convert("RGB")


def cut(photograph: Image.Image, rows: int, columns: int) -> NDArray[np.uint8]:
    """(rows * columns, 3, 128, 128), row by row."""
    fitted = ImageOps.fit(photograph, (columns * TILE, rows * TILE), Image.Resampling.LANCZOS)
    grid = channels_first(np.asarray(fitted)).reshape(3, rows, TILE, columns, TILE)
    return grid.transpose(1, 3, 0, 2, 4).reshape(-1, 3, TILE, TILE)
