"""The codecs of Pillow that latentcodec is compared with, and the file of each that is as long as ours."""

import importlib
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
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
    plugin: str | None = None
    """The module that teaches Pillow the format, where Pillow does not know it by itself."""

    def encode(self, picture: Pixels, setting: float) -> bytes:
        """The whole file of a picture at one of the settings."""
        return self.save(Image.fromarray(picture), setting)

    def save(self, image: Image.Image, setting: float) -> bytes:
        """The same of an image in any mode that the format has."""
        file = io.BytesIO()
        image.save(file, self.kind, **self.options(setting))
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
        """Whether this build of Pillow writes the format, with its plugin if that is installed."""
        Image.init()
        if self.plugin is not None:
            with suppress(ImportError):
                importlib.import_module(self.plugin)
        return self.kind in Image.SAVE


def decode(data: bytes, channels: int) -> Pixels:
    """The pixels of any rival's file: (H, W, 3), or (H, W) of one channel."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB" if channels == 3 else "L"))


def _lossless(kind: str, plugin: str | None = None, **options: Any) -> Rival:
    return Rival(kind, [0], lambda _: options, lambda _: "lossless", plugin)


def _avif(speed: int, **options: Any) -> Rival:
    return Rival("AVIF", range(1, 101), lambda quality: {"quality": quality, "speed": speed, **options})


# JPEG 2000 has no quality: its number is the ratio of raw to coded size that is asked for. It is written as a bare
# codestream, since the boxes of a .jp2 would cost a small picture .04 bpp.
_RATIOS = [round(1000 ** (1 - step / 200), 2) for step in range(201)]
_JPEG_XL = "pillow_jxl"

RIVALS = {
    # Pillow's documentation advises against qualities above 95.
    "jpeg": Rival("JPEG", range(1, 96), lambda quality: {"quality": quality, "optimize": True}),
    "webp": Rival("WEBP", range(1, 101), lambda quality: {"quality": quality, "method": 6}),
    "avif": _avif(6),  # as libavif sets it: since 1.4 tuned for the eye, 4:2:0
    "avif-444-psnr": _avif(6, subsampling="4:4:4", advanced={"tune": "psnr"}),
    "avif-444-slow": _avif(2, subsampling="4:4:4"),
    "jpegxl": Rival("JXL", range(1, 100), lambda quality: {"quality": quality, "effort": 7}, plugin=_JPEG_XL),
    "jpeg2000": Rival(
        "JPEG2000", _RATIOS,
        lambda ratio: {"quality_mode": "rates", "quality_layers": [ratio], "irreversible": True, "no_jp2": True},
        lambda ratio: f"{ratio:.1f}:1",
    ),
    "png": _lossless("PNG", optimize=True),
    # At quality 100 it takes thirty times as long, for one per cent.
    "webp-lossless": _lossless("WEBP", lossless=True, exact=True, quality=99, method=6),
    "jpegxl-lossless": _lossless("JXL", _JPEG_XL, lossless=True, effort=9),
    "jpeg2000-lossless": _lossless("JPEG2000", no_jp2=True, mct=1),  # with its reversible colour transform
    "jpegxl-lossless-e7": _lossless("JXL", _JPEG_XL, lossless=True, effort=7),
}  # fmt: skip
