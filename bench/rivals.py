"""The codecs that are compared, each as a pair of functions between pixels in memory and bytes in memory."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from bench.pictures import Pixels
from latentcodec import Codec


@dataclass(frozen=True)
class Rival:
    """``trained`` is False where weights are random, so that sizes and distortions mean nothing."""

    name: str
    setting: str
    encode: Callable[[Pixels], bytes]
    decode: Callable[[bytes], Pixels]
    trained: bool = True


# Pillow's format and options
PILLOW: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("JPEG", {"quality": 75, "optimize": True}),
    "WebP m4": ("WEBP", {"quality": 75, "method": 4}),
    "WebP m6": ("WEBP", {"quality": 75, "method": 6}),
    "AVIF s6": ("AVIF", {"quality": 60, "speed": 6}),
    "JPEG 2000": ("JPEG2000", {"quality_mode": "rates", "quality_layers": [20], "irreversible": True, "no_jp2": True}),
}


def ours(codec: Codec, quality: int = 50) -> Rival:
    return Rival(
        f"latentcodec {codec.bundle.name}",
        f"quality {quality}",
        encode=lambda pixels: codec.encode(pixels, quality=quality),
        decode=lambda data: codec.decode_array(data),
    )


def pillow(name: str) -> Rival:
    kind, options = PILLOW[name]
    number = f"ratio {options['quality_layers'][0]}" if "quality_layers" in options else f"quality {options['quality']}"
    return through_pillow(name, number, kind, options)


def through_pillow(name: str, setting: str, kind: str, options: dict[str, Any]) -> Rival:
    def encode(pixels: Pixels) -> bytes:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kind, **options)
        return file.getvalue()

    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data)) as picture:
            return np.asarray(picture)

    return Rival(name, setting, encode, decode)


def classical() -> list[Rival]:
    return [pillow(name) for name in PILLOW]


def lossless() -> list[Rival]:
    from stages.figures.style import label
    from stages.measure.classical import (
        LOSSLESS,  # here, since it brings torch, and peaks of memory are told without that
    )

    return [through_pillow(label(name), "lossless", *how) for name, how in LOSSLESS.items()]
