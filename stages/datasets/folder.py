"""One's own pictures: every picture below data.folder, cut into crops of 128x128.

Crops lie on a grid about the picture's centre; data.crops of them at most are drawn from each picture, by data.seed.
Whole pictures are set aside for the test. Pictures are read one by one, so that any number of them fits the memory.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from stages.channels import channels_first
from stages.datasets.dataset import DataError, DataSet
from stages.params import Data

CROP = 128
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".bmp", ".jp2", ".ppm")
TEST_SHARE = 10  # one picture in ten is tested on ...
TEST_AT_MOST = 24  # ... but no more than these: enough for a mean, few enough for the time that evaluation takes


def load(settings: Data) -> DataSet:
    """Raises DataError: no such folder, no picture in it, too few large enough, a picture that cannot be read."""
    if not (folder := settings["folder"]):
        raise DataError("params.yaml: data.photos is folder, but data.folder names none")
    if not isinstance(settings.get("crops"), int) or settings["crops"] < 1:
        raise DataError("params.yaml: data.photos is folder: data.crops must say how many crops a picture gives, 1 up")
    counts = count_crops(find_pictures(Path(folder)), settings["crops"])
    if len(counts) < 2:
        raise DataError(
            f"data.folder: {settings['folder']} holds {len(counts)} picture(s) of {CROP}x{CROP} or more; "
            "it takes two at least, one of them for the test"
        )
    for_test = min(-(-len(counts) // TEST_SHARE), TEST_AT_MOST)
    seed = settings["seed"]
    paths = [list(counts)[index] for index in np.random.default_rng(seed).permutation(len(counts))]
    train, test = (
        Crops({path: counts[path] for path in sorted(part)}, seed) for part in (paths[for_test:], paths[:for_test])
    )
    return DataSet(settings["terms"], train, test)


def find_pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise DataError(f"params.yaml: data.folder: there is no folder {folder}")
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.name[0] != ".")
    if not (found := sorted(path for path in paths if path.is_file())):
        raise DataError(f"data.folder: there is no picture ({', '.join(SUFFIXES)}) in {folder}")
    return found


def count_crops(paths: list[Path], at_most: int) -> dict[Path, int]:
    """How many crops each picture gives, from its header alone; those too small are left out with a word."""
    counts = {}
    for path in paths:
        with opened(path) as picture:
            counts[path] = min(at_most, (picture.width // CROP) * (picture.height // CROP))
    if small := [path for path, count in counts.items() if count == 0]:
        print(f"left out {len(small)} picture(s) smaller than {CROP}x{CROP}, such as {small[0]}", file=sys.stderr)
    return {path: count for path, count in counts.items() if count}


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """The picture, not yet loaded.

    Raises DataError: what Pillow raises on bad bytes (nearly anything, by format), in one line that names the picture,
    or more than 8 bits a sample, which Pillow would clip or cut off.
    """
    try:
        with Image.open(path) as picture:
            if is_deep(picture):
                raise ValueError("it has more than 8 bits per sample")
            yield picture
    except Exception as error:
        raise DataError(f"{path} cannot be read as a picture ({error}); mend or remove it") from None


def is_deep(picture: Image.Image) -> bool:
    """By its mode, or by what Pillow reads it from: "RGB;16B" of a PNG, for example, and of a PPM its highest level."""
    layouts = [tile[3] for tile in getattr(picture, "tile", [])]
    of_ppm = picture.format == "PPM" and any(isinstance(layout, tuple) and layout[-1] > 255 for layout in layouts)
    return picture.mode[0] in "IF" or of_ppm or ";16" in str(layouts)


@dataclass(frozen=True)
class Crops:
    """The crops of pictures on disk, cut anew at each pass."""

    counts: dict[Path, int]
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (sum(self.counts.values()), 3, CROP, CROP)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        for number, (path, count) in enumerate(self.counts.items()):
            yield from self.cut(upright(path), count, np.random.default_rng([self.seed, number]))

    @staticmethod
    def cut(picture: NDArray[np.uint8], count: int, rng: np.random.Generator) -> Iterator[NDArray[np.uint8]]:
        rows, columns = (side // CROP for side in picture.shape[:2])
        top, left = (side % CROP // 2 for side in picture.shape[:2])
        for place in rng.permutation(rows * columns)[:count]:
            y, x = top + place // columns * CROP, left + place % columns * CROP
            yield channels_first(picture[y : y + CROP, x : x + CROP])


def upright(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3), turned as its EXIF orientation says; transparency is dropped. Raises DataError: as ``opened``."""
    with opened(path) as picture:
        return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
