"""The codecs of Pillow that latentcodec is compared with, and the file of each that is as long as ours."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""A picture uint8 (H, W, 3) or (H, W)."""


@dataclass(frozen=True)
class Rival:
    """A format of Pillow's: its settings from the smallest file to the best picture, and Pillow's options for one."""

    kind: str
    settings: Sequence[float]
    options: Callable[[float], dict[str, Any]]
    label: Callable[[float], str] = str

    def encode(self, picture: Pixels, setting: float) -> bytes:
        """The whole file of a picture at one of the settings."""
        file = io.BytesIO()
        Image.fromarray(picture).save(file, self.kind, **self.options(setting))
        return file.getvalue()

    def match(self, picture: Pixels, size: int) -> tuple[float, bytes]:
        """The file whose length is nearest to ``size`` bytes, by bisection: its setting, and its bytes."""
        low, high = 0, len(self.settings) - 1
        files = {index: self.encode(picture, self.settings[index]) for index in {low, high}}
        while high - low > 1:
            middle = (low + high) // 2
            files[middle] = self.encode(picture, self.settings[middle])
            low, high = (middle, high) if len(files[middle]) <= size else (low, middle)
        nearest = min(files, key=lambda index: abs(len(files[index]) - size))
        return self.settings[nearest], files[nearest]

    @property
    def available(self) -> bool:
        """Whether this build of Pillow, with the plugins that are loaded, writes the format."""
        Image.init()
        return self.kind in Image.SAVE


def decode(data: bytes, channels: int) -> Pixels:
    """The pixels of any rival's file: (H, W, 3), or (H, W) of one channel."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB" if channels == 3 else "L"))


def _lossless(kind: str, **options: Any) -> Rival:
    return Rival(kind, [0], lambda _: options, lambda _: "lossless")


# JPEG 2000 has no quality: its number is the ratio of raw to coded size that is asked for. It is written as a bare
# codestream, since the boxes of a .jp2 would cost a small picture .04 bpp.
_RATIOS = [round(1000 ** (1 - step / 200), 2) for step in range(201)]

RIVALS = {
    # Pillow's documentation advises against qualities above 95.
    "jpeg": Rival("JPEG", range(1, 96), lambda quality: {"quality": quality, "optimize": True}),
    "webp": Rival("WEBP", range(1, 101), lambda quality: {"quality": quality, "method": 6}),
    "avif": Rival("AVIF", range(1, 101), lambda quality: {"quality": quality, "speed": 6}),
    "jpeg2000": Rival(
        "JPEG2000", _RATIOS,
        lambda ratio: {"quality_mode": "rates", "quality_layers": [ratio], "irreversible": True, "no_jp2": True},
        lambda ratio: f"{ratio:.1f}:1",
    ),
    "png": _lossless("PNG", optimize=True),
    "webp-lossless": _lossless("WEBP", lossless=True, quality=100, method=6),
    "jpegxl-lossless": _lossless("JXL", lossless=True, effort=9),
}  # fmt: skip
