"""Grey pictures, what the lossless codecs are tested on: the study's digits, and photographs' luma."""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentcodec.pictures.read import luma
from stages.datasets.random_crops import Folders
from stages.params import Data


def as_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(1 or 3, H, W) -> (H, W), contiguous."""
    return picture[0] if len(picture) == 1 else luma(np.ascontiguousarray(picture.transpose(1, 2, 0)))


def grey_sets(kind: str, settings: Data, root: Path = Path()) -> dict[str, list[NDArray[np.uint8]]]:
    """By name of the set its pictures (H, W): the test items of ``kind``, or whole photographs.

    ``settings`` is the data block of params.yaml; its ``grey`` names folders in the mirror, or is null.

    Raises DataError: no mirror, no such folder, a picture that cannot be read.
    """
    if kind == "photos" and settings["grey"] is not None:
        folders = {Path(name).name: Folders.in_mirror(settings["mirror"], [name]) for name in settings["grey"]}
        return {name: [as_grey(picture) for picture in pictures] for name, pictures in folders.items()}
    data = root / "build/data" / kind
    name = json.loads((data / "source.json").read_text())["name"]
    return {name: [as_grey(picture) for picture in np.load(data / "test.npy")]}
