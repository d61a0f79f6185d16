"""Pictures in: files, Pillow images and arrays become uint8 arrays, with what else is kept of them.

Grey pictures are uint8 (H, W), coloured ones (H, W, 3) in RGB. A palette becomes RGB, 16 bits a sample are scaled to 8,
CMYK and the like are converted as Pillow does, an EXIF orientation is applied.
"""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from latentcodec.container import chunks
from latentcodec.errors import LimitError, LossWarning
from latentcodec.pictures import metadata

Picture = str | os.PathLike[str] | BinaryIO | Image.Image | NDArray[np.uint8] | NDArray[np.uint16]
"""What can be encoded: a path, an open binary file, a Pillow image, or an array uint8 or uint16 of shape (H, W),
(H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4): grey, grey with alpha, RGB, RGBA."""

_STRIP = 2**20  # pixels: to hand over an image, Pillow copies it twice
_GREY = ("1", "L", "LA", "La")
# The levels of other modes change when they become L, LA, RGB or RGBA.
_UNCHANGED = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX")


@dataclass
class SourcePicture:
    """A picture: pixels uint8 (H, W, 3) or grey (H, W), alpha uint8 (H, W), and words for what was ``dropped``; some
    of these, ``changed``, mean that levels of the pixels are others than they were."""

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    icc: bytes | None = None
    exif: bytes | None = None
    dropped: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def grey(self) -> bool:
        return self.pixels.ndim == 2

    def chunks(self, metadata: bool) -> list[tuple[int, bytes]]:
        """What a file keeps besides the pixels; the alpha channel also where ``metadata`` is not wanted."""
        kept = [
            (chunks.ALPHA, None if self.alpha is None else chunks.write_alpha(self.alpha)),
            (chunks.ICC, self.icc if metadata else None),
            (chunks.EXIF, self.exif if metadata else None),
        ]
        return [(kind, data) for kind, data in kept if data]


def read_picture(picture: Picture, colour: str, *, exact: bool = False) -> SourcePicture:
    """One picture with all that a file can keep of it. Grey pictures stay grey; for a "L" bundle all become grey.

    Args:
        picture: whatever ``Picture`` allows.
        colour: "RGB" or "L", the bundle's.
        exact: only if no level of it changes on the way. RGB of three equal planes is grey.

    Raises:
        ValueError: an array that is no picture, an empty picture, or a mode that 8 bits cannot hold; a picture that is
            to be exact and cannot.
        OSError: a file that is missing, no picture, or broken.
        LimitError: a file whose declared size exceeds Pillow's ``Image.MAX_IMAGE_PIXELS`` twice over.
    """
    parts = _from_array(picture) if isinstance(picture, np.ndarray) else _from_image(picture, colour)
    if exact and parts.changed:
        raise ValueError(f"impossible without loss: {parts.changed[0]}; convert the picture to 8-bit grey first")
    if colour == "L" and not parts.grey:
        if exact and not (parts.pixels == parts.pixels[..., :1]).all():
            raise ValueError(
                "the picture is in colour, and lossless files are grey: convert it, or encode it with loss"
            )
        parts.pixels = luma(parts.pixels)  # of three equal planes, that very plane
    return parts


def read_for_pack(picture: Picture, colour: str, *, exact: bool = False) -> NDArray[np.uint8]:
    """The pixels of a picture that is to go into a pack, which keeps nothing else. Raises as ``read_picture``, and
    ValueError if it has transparency."""
    parts = read_picture(picture, colour, exact=exact)
    if parts.alpha is not None and parts.alpha.min() < 255:
        raise ValueError("the picture has transparency, which a pack cannot keep: flatten it first")
    kept = [name for name, data in (("an ICC profile", parts.icc), ("EXIF", parts.exif)) if data]
    warn_dropped(picture, [*parts.dropped, *kept])
    return parts.pixels


def read_all_for_pack(
    pictures: NDArray[np.uint8] | Sequence[Picture], colour: str, *, exact: bool = False
) -> NDArray[np.uint8]:
    """Several pictures of one size as uint8 (N, H, W, 3), or (N, H, W) if all are grey or ``colour`` is "L".

    Raises:
        ValueError: none at all, or pictures of different sizes; and whatever ``read_for_pack`` raises.
    """
    if isinstance(pictures, np.ndarray) and pictures.ndim == {"RGB": 4, "L": 3}[colour] and pictures.dtype == np.uint8:
        if 0 in pictures.shape or (colour == "RGB" and pictures.shape[3] != 3):
            raise ValueError(f"an array of shape {pictures.shape} holds no {colour} pictures")
        return np.ascontiguousarray(pictures)
    arrays = [read_for_pack(picture, colour, exact=exact) for picture in pictures]
    if not arrays:
        raise ValueError("there are no pictures")
    require_one_size(arrays, [f"picture {number}" for number in range(len(arrays))])
    if len({array.ndim for array in arrays}) > 1:  # some are grey
        arrays = [array if array.ndim == 3 else np.repeat(array[..., None], 3, axis=2) for array in arrays]
    return np.stack(arrays)


def require_one_size(arrays: Sequence[NDArray[np.uint8]], names: Sequence[str]) -> None:
    """ValueError, which names the first picture (H, W[, 3]) and one of another size."""
    first = arrays[0].shape
    for name, array in zip(names, arrays, strict=True):
        height, width = array.shape[:2]
        if (height, width) != first[:2]:
            raise ValueError(
                f"all pictures of a pack must have one size: {name} is {width}x{height}, "
                f"{names[0]} is {first[1]}x{first[0]}"
            )


def warn_dropped(picture: Picture, dropped: list[str]) -> None:
    """Warn, once for a picture, of what a file cannot keep of it."""
    if dropped:
        name = f"{os.fspath(picture)}: " if isinstance(picture, str | os.PathLike) else ""
        warnings.warn(f"{name}not kept: {', '.join(dropped)}", LossWarning, stacklevel=3)


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) -> (H, W) by the weights of ITU-R BT.601, as Pillow computes them."""
    height, width, _ = pixels.shape
    grey = np.empty((height, width), np.uint8)
    for rows in _strips(height, width):
        grey[rows] = np.asarray(Image.fromarray(pixels[rows]).convert("L"))
    return grey


def pad(pictures: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """(N, H, W[, 3]) made larger by repeating the last row and column."""
    below, right = height - pictures.shape[1], width - pictures.shape[2]
    if not below and not right:
        return pictures
    return np.pad(pictures, ((0, 0), (0, below), (0, right), (0, 0))[: pictures.ndim], mode="edge")


def _from_array(array: NDArray[np.uint8] | NDArray[np.uint16]) -> SourcePicture:
    if array.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"a picture is an array of uint8 or uint16, not {array.dtype}")
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4))):
        raise ValueError(f"a picture has shape (H, W) or (H, W, C) with 1 to 4 channels, not {array.shape}")
    if 0 in array.shape:
        raise ValueError("the picture is empty")
    channels = 1 if array.ndim == 2 else array.shape[2]
    levels = _eight_bits(array) if array.dtype == np.uint16 else array.astype(np.uint8, copy=False)
    pixels = levels if array.ndim == 2 else levels[..., 0] if channels < 3 else levels[..., :3]
    alpha = np.ascontiguousarray(levels[..., -1]) if channels in (2, 4) else None
    changed = [metadata.SIXTEEN_BITS] if array.dtype == np.uint16 else []
    return SourcePicture(np.ascontiguousarray(pixels), alpha, dropped=changed, changed=changed)


def _from_image(source: str | os.PathLike[str] | BinaryIO | Image.Image, colour: str) -> SourcePicture:
    try:
        opened = source if isinstance(source, Image.Image) else Image.open(source)
        dropped = metadata.find_dropped(opened)
        opened.load()
    except Image.DecompressionBombError as error:
        raise LimitError(str(error)) from error
    except UnidentifiedImageError as error:
        raise UnidentifiedImageError("no picture that Pillow can read") from error
    except (OSError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise SyntaxError, EOFError, struct.error ... on broken files
        raise OSError(f"cannot read the picture: {error}") from error
    if 0 in opened.size:
        raise ValueError("the picture is empty")
    image, exif, damaged = metadata.upright(opened)
    plain, converted = _plain(image)
    icc, foreign = metadata.icc_profile(image, plain.mode.startswith("L") or colour == "L")
    alpha = _to_array(plain.getchannel("A")) if plain.mode.endswith("A") else None
    pixels = _to_array(plain.convert(plain.mode.removesuffix("A")) if alpha is not None else plain)
    if opened is not source:
        opened.close()
    changed = [*converted, *(word for word in dropped if word == metadata.SIXTEEN_BITS)]
    return SourcePicture(pixels, alpha, icc, exif, [*converted, *dropped, *damaged, *foreign], changed)


def _plain(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """The image in mode L, LA, RGB or RGBA, and what changed its levels."""
    if image.mode in ("I", "F"):
        raise ValueError(
            f"a picture with 32 bits a sample (mode {image.mode}) has no fixed range: convert it to 8 bits"
        )
    if image.mode.startswith("I;16"):
        deep = np.asarray(image)
        plain = Image.fromarray(_eight_bits(deep))  # Pillow's own conversion clips at 255 instead of scaling
        if "transparency" in image.info:
            plain.putalpha(Image.fromarray(np.where(deep == image.info["transparency"], 0, 255).astype(np.uint8)))
        return plain, [metadata.SIXTEEN_BITS]
    mode = ("L" if image.mode in _GREY else "RGB") + ("A" if image.has_transparency_data else "")
    changed = [] if image.mode in _UNCHANGED else [f"{image.mode} colours ({mode} is kept)"]
    return image if image.mode == mode else image.convert(mode), changed


def _eight_bits(deep: NDArray[Any]) -> NDArray[np.uint8]:
    """16 bits a sample as 8: 65535 becomes 255, all between is rounded."""
    return ((deep.astype(np.uint32) + 128) // 257).astype(np.uint8)


def _to_array(image: Image.Image) -> NDArray[np.uint8]:
    """The pixels of an image in mode L or RGB."""
    pixels = np.empty((image.height, image.width, 3)[: 2 if image.mode == "L" else 3], np.uint8)
    for rows in _strips(image.height, image.width):
        pixels[rows] = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
    return pixels


def _strips(height: int, width: int) -> list[slice]:
    step = max(1, _STRIP // width)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]
