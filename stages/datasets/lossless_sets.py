"""What the lossless codecs are tested on: digits; photographs in colour, grey, 16 bits and with alpha; what is drawn.

Pictures of 8 bits and fewer are Pillow images, in the modes that such ones come in; those of 16 bits, which Pillow has
no colours for, are arrays (H, W) or (H, W, 3).
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec.pictures.read import luma
from stages.channels import channels_last
from stages.datasets.drawn import DRAWN
from stages.datasets.random_crops import Folders
from stages.params import Data

Picture = Image.Image | NDArray[np.uint16]
Sets = dict[str, Sequence[Picture]]
CUT_OUT = 4  # photographs that get an alpha channel


def as_grey(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(1 or 3, H, W) -> (H, W), contiguous."""
    return picture[0] if len(picture) == 1 else luma(np.ascontiguousarray(picture.transpose(1, 2, 0)))


def lossless_sets(kind: str, settings: Data, root: Path = Path()) -> Sets:
    """By name of the set its pictures: of the ``digits`` all test items; for ``photos`` whole photographs in several
    forms, and what comes from elsewhere.

    ``settings`` is the data block of params.yaml; its ``lossless`` names folders in the mirror, or is null for the test
    photographs; what is made of photographs is made of the first folder's.

    Raises DataError: no mirror, no such folder, a picture that cannot be read.
    """
    if kind == "digits":
        name, digits = study_items(kind, root)
        return {name: [Image.fromarray(digit[0]) for digit in digits]}
    sets: Sets = {}
    photographs = photographs_of(settings, root)
    for name, pictures in photographs.items():
        sets[name] = [Image.fromarray(channels_last(picture)) for picture in pictures]
        sets[f"{name}, grey"] = [Image.fromarray(as_grey(picture)) for picture in pictures]
    name, pictures = next(iter(photographs.items()))
    deep = [deepened(channels_last(picture)) for picture in pictures]
    deep_grey = [deepened(as_grey(picture)) for picture in pictures]
    sets[f"{name}, 16 bits"] = list(deep)
    sets[f"{name}, grey, 16 bits"] = list(deep_grey)
    sets[f"{name}, 12 bits in 16"] = [picture & np.uint16(0xFFF0) for picture in deep]
    sets["MRI and elevation"] = scans()
    sets["alpha"] = [*(cut_out(Image.fromarray(channels_last(picture))) for picture in pictures[:CUT_OUT]), *logos()]
    sets["drawn"] = [draw((settings["drawn"][0], settings["drawn"][1])) for draw in DRAWN.values()]
    return sets


def photographs_of(settings: Data, root: Path) -> dict[str, list[NDArray[np.uint8]]]:
    """By name of the set its photographs (3, H, W)."""
    if settings["lossless"] is None:
        name, pictures = study_items("photos", root)
        return {name: [*pictures]}
    folders = {Path(name).name: Folders.in_mirror(settings["mirror"], [name]) for name in settings["lossless"]}
    return {name: [*pictures] for name, pictures in folders.items()}


def study_items(kind: str, root: Path) -> tuple[str, NDArray[np.uint8]]:
    """The name of the study's own data, and its test items (N, C, H, W)."""
    data = root / "build/data" / kind
    return json.loads((data / "source.json").read_text())["name"], np.load(data / "test.npy")


def deepened(picture: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """(H, W) or (H, W, 3) at half its size in 16 bits: means of 2x2 pixels in linear light, on sRGB's curve (IEC
    61966-2-1), so that nothing but what four pixels say together fills the lower bits."""
    height, width = (side // 2 * 2 for side in picture.shape[:2])
    levels = picture[:height, :width] / 255.0
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    light = (light[::2, ::2] + light[1::2, ::2] + light[::2, 1::2] + light[1::2, 1::2]) / 4
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.ascontiguousarray(np.rint(65535 * curve), np.uint16)


def scans() -> list[Picture]:
    """What was measured in 16 bits, as Matplotlib has it for its examples: a slice of a head, heights in metres."""
    samples = Path(matplotlib.get_data_path()) / "sample_data"
    with gzip.open(samples / "s1045.ima.gz") as file:
        head = np.frombuffer(file.read(), ">u2").astype(np.uint16).reshape(256, 256)
    with np.load(samples / "jacksboro_fault_dem.npz") as arrays:
        return [head, arrays["elevation"].astype(np.uint16)]


def cut_out(photograph: Image.Image) -> Image.Image:
    """With an alpha channel: a disc with a soft edge; the colours outside it stay."""
    width, height = photograph.size
    y, x = np.mgrid[0:height, 0:width]
    away = np.hypot((x - width / 2) / width, (y - height / 2) / height)
    alpha = np.rint(255 * ((0.45 - away) * 12).clip(0, 1)).astype(np.uint8)
    photograph.putalpha(Image.fromarray(alpha))
    return photograph


def logos() -> list[Picture]:
    """Pictures with transparency that Matplotlib has for its examples."""
    samples = Path(matplotlib.get_data_path()) / "sample_data"
    return [Image.open(samples / name) for name in ("logo2.png", "Minduka_Present_Blue_Pack.png")]
