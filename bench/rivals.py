"""The codecs that are compared, each as a pair of functions between pixels in memory and bytes in memory."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from bench.pictures import Pixels
from latentcodec import Codec, rivals


@dataclass(frozen=True)
class Rival:
    """``trained`` is False where weights are random, so that sizes and distortions mean nothing."""

    name: str
    setting: str
    encode: Callable[[Pixels], bytes]
    decode: Callable[[bytes], Pixels]
    trained: bool = True


# Pillow's codecs and the setting of each: a quality, or JPEG 2000's ratio of raw to coded size
PILLOW: dict[str, tuple[rivals.Rival, int]] = {
    "JPEG": (rivals.RIVALS["jpeg"], 75),
    "WebP m4": (replace(rivals.RIVALS["webp"], options=lambda quality: {"quality": quality, "method": 4}), 75),
    "WebP m6": (rivals.RIVALS["webp"], 75),
    "AVIF s6": (rivals.RIVALS["avif"], 60),
    "JPEG 2000": (rivals.RIVALS["jpeg2000"], 20),
}
LOSSLESS = {"PNG": "png", "WebP": "webp-lossless", "JPEG XL": "jpegxl-lossless"}


def ours(codec: Codec, quality: int = 50) -> Rival:
    return Rival(
        f"latentcodec {codec.bundle.name}",
        f"quality {quality}",
        encode=lambda pixels: codec.encode(pixels, quality=quality),
        decode=lambda data: codec.decode_array(data),
    )


def pillow(name: str) -> Rival:
    rival, number = PILLOW[name]
    return through_pillow(name, f"{'ratio' if rival.kind == 'JPEG2000' else 'quality'} {number}", rival, number)


def through_pillow(name: str, setting: str, rival: rivals.Rival, number: int) -> Rival:
    def decode(data: bytes) -> Pixels:
        with Image.open(io.BytesIO(data)) as picture:
            return np.asarray(picture)

    return Rival(name, setting, lambda pixels: rival.encode(pixels, number), decode)


def classical() -> list[Rival]:
    return [pillow(name) for name in PILLOW]


def lossless() -> list[Rival]:
    import pillow_jxl  # noqa: F401  here, for it stays in memory, and peaks of memory are measured without it

    return [through_pillow(name, "lossless", rivals.RIVALS[key], 0) for name, key in LOSSLESS.items()]
