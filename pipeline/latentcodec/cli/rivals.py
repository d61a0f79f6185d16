"""The codecs that ``latentcodec compare`` compares with, through Pillow, each at the quality that matches a size."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


@dataclass(frozen=True)
class Rival:
    """A format of Pillow's, and its settings from the smallest file to the best picture."""

    kind: str
    settings: Sequence[float]
    options: Callable[[float], dict[str, Any]]
    label: Callable[[float], str] = str


# JPEG 2000 has no quality: its number is the ratio of raw to coded size that is asked for.
_RATIOS = [round(1000 ** (1 - step / 200), 2) for step in range(201)]

RIVALS = {
    "jpeg": Rival("JPEG", range(1, 101), lambda quality: {"quality": quality, "optimize": True}),
    "webp": Rival("WEBP", range(101), lambda quality: {"quality": quality, "method": 6}),
    "avif": Rival("AVIF", range(101), lambda quality: {"quality": quality, "speed": 6}),
    "jpeg2000": Rival(
        "JPEG2000", _RATIOS,
        lambda ratio: {"quality_mode": "rates", "quality_layers": [ratio], "irreversible": True, "no_jp2": True},
        lambda ratio: f"{ratio:.1f}:1",
    ),
    "png": Rival("PNG", [0], lambda _: {"optimize": True}, lambda _: "lossless"),
    "webp-lossless": Rival(
        "WEBP", [0], lambda _: {"lossless": True, "quality": 100, "method": 6}, lambda _: "lossless"
    ),
}  # fmt: skip


def available(name: str) -> bool:
    """Whether this build of Pillow writes the format."""
    Image.init()
    return RIVALS[name].kind in Image.SAVE


def match(name: str, picture: NDArray[np.uint8], size: int) -> tuple[str, bytes]:
    """The file whose length is nearest to ``size`` bytes, by bisection: its setting, and its bytes."""
    rival = RIVALS[name]
    low, high = 0, len(rival.settings) - 1
    files = {setting: encode(rival, picture, setting) for setting in {low, high}}
    while high - low > 1:
        middle = (low + high) // 2
        files[middle] = encode(rival, picture, middle)
        low, high = (middle, high) if len(files[middle]) <= size else (low, middle)
    nearest = min(files, key=lambda setting: abs(len(files[setting]) - size))
    return rival.label(rival.settings[nearest]), files[nearest]


def encode(rival: Rival, picture: NDArray[np.uint8], setting: int) -> bytes:
    """The whole file of a picture uint8 (H, W, 3) or (H, W) at one of the rival's settings."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, rival.kind, **rival.options(rival.settings[setting]))
    return file.getvalue()


def decode(data: bytes, like: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels of a file, grey or RGB as those of ``like``."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB" if like.ndim == 3 else "L"))
