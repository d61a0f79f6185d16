"""Whole files of pictures without loss: how long they are, how long they took, and that nothing changed."""

import importlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pillow_jxl  # noqa: F401  teaches Pillow to write and read JPEG XL
from numpy.typing import NDArray
from PIL import Image

from latentcodec.codec import Codec
from latentcodec.evaluation.stopwatch import PROCESSOR, Stopwatch
from latentcodec.rivals import RIVALS
from stages.datasets.lossless_sets import Picture


@dataclass(frozen=True)
class Lossless:
    """A codec of images, and of arrays of 16 bits where it has such."""

    encode: Callable[[Image.Image], bytes]
    decode: Callable[[bytes], Image.Image]
    encode_deep: Callable[[NDArray[np.uint16]], bytes] | None = None
    decode_deep: Callable[[bytes], NDArray[Any]] | None = None

    def ways(self, picture: Picture) -> tuple[Callable[[Any], bytes], Callable[[bytes], Picture]] | None:
        """How a picture is encoded and decoded; None if it cannot be."""
        if isinstance(picture, Image.Image):
            return self.encode, self.decode
        return (self.encode_deep, self.decode_deep) if self.encode_deep and self.decode_deep else None


def latentcodec_of(codec: Codec) -> Lossless:
    return Lossless(codec.encode, codec.decode, codec.encode, codec.decode_array)


def through_pillow(name: str, *modes: str, **deep: Callable) -> Lossless:
    """A rival, which gets an image in colour or grey if it has nothing for the image's own mode."""
    rival = RIVALS[name]

    def encode(image: Image.Image) -> bytes:
        return rival.save(image if image.mode in modes else image.convert(PLAIN.get(image.mode, image.mode)), 0)

    def decode(data: bytes) -> Image.Image:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
        return image

    return Lossless(encode, decode, **deep)


def through_imagecodecs(kind: str, **options: Any) -> dict[str, Callable]:
    """How a rival codes 16 bits a sample; imagecodecs is loaded where that is done."""

    def function(verb: str) -> Callable:
        return getattr(importlib.import_module("imagecodecs"), f"{kind}_{verb}")

    return {
        "encode_deep": lambda picture: function("encode")(picture, **options),
        "decode_deep": lambda data: function("decode")(data),
    }


PLAIN = {"1": "L", "P": "RGB"}
"""Modes that show no other colours; by modes that not all codecs have."""

CLASSICAL = {
    "png": through_pillow("png", "1", "P", **through_imagecodecs("png", level=9)),
    "webp": through_pillow("webp-lossless"),
    "jpegxl-e7": through_pillow("jpegxl-lossless-e7", **through_imagecodecs("jpegxl", lossless=True, effort=7)),
    "jpegxl": through_pillow("jpegxl-lossless", **through_imagecodecs("jpegxl", lossless=True, effort=9)),
    "jpeg2000": through_pillow(
        "jpeg2000-lossless", **through_imagecodecs("jpeg2k", level=0, reversible=True, codecformat="j2k")
    ),
}
"""Images through Pillow, 16 bits a sample through imagecodecs; at the settings that make the smallest files, JPEG XL at
effort 7, which is its usual one, and at effort 9."""


def measure(name: str, codec: Lossless, tested: str, pictures: Sequence[Picture]) -> dict:
    """Of every picture of the set ``tested`` the ``bytes`` of its file, its ``pixels`` and its ``raw`` bytes; means of
    the milliseconds that encoding and decoding one took of the processor, all threads together. {} for pictures that
    the codec has nothing for. SystemExit: a picture comes back changed.
    """
    encoding, decoding = Stopwatch(PROCESSOR), Stopwatch(PROCESSOR)
    sizes: dict[str, list[int]] = {"bytes": [], "pixels": [], "raw": []}
    for picture in pictures:
        ways = codec.ways(picture)
        if ways is None:
            return {}
        data = encoding(ways[0], picture)
        if not np.array_equal(samples_of(decoding(ways[1], data), picture), samples_of(picture, picture)):
            raise SystemExit(f"{name}: a picture of {tested} came back changed: the codec is not lossless")
        sizes["bytes"].append(len(data))
        sizes["pixels"].append(pixels_of(picture))
        sizes["raw"].append(len(picture.tobytes()))
    return {**sizes, "encode_ms": encoding.mean(), "decode_ms": decoding.mean()}


def samples_of(decoded: Picture, original: Picture) -> NDArray[Any]:
    """What a decoded picture shows, in the original's shape."""
    if isinstance(decoded, Image.Image) and isinstance(original, Image.Image):
        return np.asarray(decoded.convert(PLAIN.get(original.mode, original.mode)))
    return np.asarray(decoded).reshape(np.asarray(original).shape)


def pixels_of(picture: Picture) -> int:
    return picture.width * picture.height if isinstance(picture, Image.Image) else picture.shape[0] * picture.shape[1]
