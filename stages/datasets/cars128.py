"""cars128: 204 + 21 RGB photographs of 128x128, the data of the course's codec, in the order of their numbers."""

from io import BytesIO
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stages.channels import channels_first
from stages.datasets.dataset import DataSet
from stages.datasets.source import read
from stages.params import Mirrored


def load(settings: Mirrored) -> DataSet:
    """204 and 21 photographs (N, 3, 128, 128)."""
    train, test = (_pictures(read(f"cars128/{part}/", settings["mirror"])) for part in ("train", "test"))
    return DataSet("the public repository zazamrykh/CNNImageCodec, no licence stated: study use", train, test)


def _pictures(contents: dict[str, bytes]) -> NDArray[np.uint8]:
    by_number = sorted(contents, key=lambda path: int(PurePosixPath(path).stem))
    pictures = (Image.open(BytesIO(contents[path])).convert("RGB") for path in by_number)
    return np.stack([channels_first(np.asarray(picture)) for picture in pictures])
