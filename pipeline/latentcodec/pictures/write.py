"""The way out: what a file holds besides its symbols, and both put together as a picture."""

import io
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec._core import ImageFile
from latentcodec.container import chunks

Box = tuple[int, int, int, int]
"""A part of a picture: (left, top, right, bottom) in pixels, right and bottom excluded, as Pillow has it."""

_EXIF_PREFIX = b"Exif\0\0"  # a file may leave it out, Pillow does not when it writes a JPEG


@dataclass(frozen=True)
class Extras:
    """What a picture has besides its colours: alpha uint8 (H, W) or None, and metadata as in a Pillow image's info."""

    alpha: NDArray[np.uint8] | None
    info: dict[str, bytes]

    def crop(self, box: Box) -> "Extras":
        """Those of a part of the picture."""
        left, top, right, bottom = box
        return self if self.alpha is None else replace(self, alpha=self.alpha[top:bottom, left:right])


def read_extras(file: ImageFile) -> Extras:
    """FormatError: an alpha channel of another size, or a damaged one."""
    png = dict(file.chunks).get(chunks.ALPHA)
    alpha = None if png is None else chunks.read_alpha(png, file.width, file.height)
    return Extras(alpha, read_metadata(file))


def read_metadata(file: ImageFile) -> dict[str, bytes]:
    """ICC profile and EXIF under the names that Pillow has for them."""
    found = dict(file.chunks)
    metadata = {}
    if chunks.ICC in found:
        metadata["icc_profile"] = found[chunks.ICC]
    if chunks.EXIF in found:
        metadata["exif"] = _EXIF_PREFIX + found[chunks.EXIF].removeprefix(_EXIF_PREFIX)
    return metadata


def to_image(pixels: NDArray[np.uint8], extras: Extras) -> Image.Image:
    """The picture as ``decode`` returns it; pixels uint8 (H, W) or (H, W, 3)."""
    image = Image.fromarray(pixels)
    if extras.alpha is not None:
        image.putalpha(Image.fromarray(extras.alpha))
    image.info.update(extras.info)
    return image


def to_array(pixels: NDArray[np.uint8], extras: Extras) -> NDArray[np.uint8]:
    """The picture as ``decode_array`` returns it: pixels uint8 (H, W) or (H, W, 3), and alpha as one more channel."""
    return pixels if extras.alpha is None else np.dstack([pixels, extras.alpha])


def to_file(image: Image.Image, kind: str) -> bytes:
    """The picture as a file of that format of Pillow's, with its metadata; where the format loses something, it is
    little."""
    content = io.BytesIO()
    metadata = {key: image.info[key] for key in ("icc_profile", "exif") if key in image.info}
    quality = {"quality": 95} if kind in ("JPEG", "WEBP", "AVIF") else {}
    try:
        image.save(content, kind, **quality, **metadata)
    except OSError as error:
        if image.mode.endswith("A"):
            raise ValueError(f"{kind} keeps no transparency: decode to .png, .webp or .tif") from error
        raise
    return content.getvalue()


def check_box(box: Box, width: int, height: int) -> None:
    """ValueError unless the box holds pixels, and only pixels of the picture."""
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"the box {tuple(box)} (left, top, right, bottom) is no part of {width}x{height} pixels")
