"""Pictures in and out: files, Pillow images and arrays become uint8 arrays in a bundle's colour mode, and back.

``"RGB"`` is uint8 (H, W, 3), ``"L"`` (grey) is uint8 (H, W). A picture in another mode is converted as Pillow does;
16-bit grey is scaled to 8 bits, an EXIF orientation is applied. Transparency would be lost, so it is refused.
"""

import os
from collections.abc import Sequence
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from latentcodec.errors import LimitError

Picture = str | os.PathLike[str] | BinaryIO | Image.Image | NDArray[np.uint8]
"""What can be encoded: a path, an open binary file, a Pillow image, or an array (H, W) or (H, W, 3)."""

_ORIENTATION = 0x0112
_SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")


def load(picture: Picture, colour: str) -> NDArray[np.uint8]:
    """One picture as a contiguous uint8 array, (H, W, 3) where ``colour`` is "RGB", (H, W) where it is "L".

    Raises:
        ValueError: an array that is no picture, an empty picture, transparency, or a mode that 8 bits cannot hold.
        OSError: a file that is missing, no picture, or broken.
        LimitError: a file whose declared size exceeds Pillow's ``Image.MAX_IMAGE_PIXELS`` twice over.
    """
    if isinstance(picture, np.ndarray):
        image = _from_array(picture)
    elif isinstance(picture, Image.Image):
        image = picture
    else:
        image = _read(picture)
    if image.width == 0 or image.height == 0:
        raise ValueError("the picture is empty")
    return np.ascontiguousarray(_convert(_upright(image), colour))


def load_all(pictures: NDArray[np.uint8] | Sequence[Picture], colour: str) -> NDArray[np.uint8]:
    """Several pictures of one size as uint8 (N, H, W, 3) or (N, H, W).

    Raises:
        ValueError: none at all, or pictures of different sizes; and whatever ``load`` raises.
    """
    dimensions = {"RGB": 4, "L": 3}[colour]
    if isinstance(pictures, np.ndarray) and pictures.ndim == dimensions and pictures.dtype == np.uint8:
        if 0 in pictures.shape or (colour == "RGB" and pictures.shape[3] != 3):
            raise ValueError(f"an array of shape {pictures.shape} holds no {colour} pictures")
        return np.ascontiguousarray(pictures)
    arrays = [load(picture, colour) for picture in pictures]
    if not arrays:
        raise ValueError("there are no pictures")
    for number, array in enumerate(arrays):
        if array.shape != arrays[0].shape:
            raise ValueError(
                f"all pictures of a pack must have one size: picture {number} is {array.shape[1]}x{array.shape[0]}, "
                f"picture 0 is {arrays[0].shape[1]}x{arrays[0].shape[0]}"
            )
    return np.stack(arrays)


def pad(pictures: NDArray[np.uint8], stride: int) -> NDArray[np.uint8]:
    """(N, H, W[, 3]) with H and W rounded up to multiples of ``stride`` by repeating the last row and column."""
    height, width = pictures.shape[1:3]
    below, right = -height % stride, -width % stride
    if not below and not right:
        return pictures
    return np.pad(pictures, ((0, 0), (0, below), (0, right), (0, 0))[: pictures.ndim], mode="edge")


def _from_array(array: NDArray[np.uint8]) -> Image.Image:
    if array.dtype != np.uint8:
        raise ValueError(f"a picture is an array of uint8, not {array.dtype}")
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ValueError(f"a picture has shape (H, W), (H, W, 3) or (H, W, 4), not {array.shape}")
    if 0 in array.shape:
        raise ValueError("the picture is empty")
    return Image.fromarray(array)


def _read(source: str | os.PathLike[str] | BinaryIO) -> Image.Image:
    try:
        image = Image.open(source)
        image.load()
    except Image.DecompressionBombError as error:
        raise LimitError(str(error)) from error
    except UnidentifiedImageError as error:
        raise UnidentifiedImageError("no picture that Pillow can read") from error
    except (OSError, MemoryError):
        raise
    except Exception as error:  # Pillow's decoders raise SyntaxError, EOFError, struct.error ... on broken files
        raise OSError(f"cannot read the picture: {error}") from error
    return image


def _upright(image: Image.Image) -> Image.Image:
    if image.getexif().get(_ORIENTATION, 1) == 1:
        return image
    return ImageOps.exif_transpose(image)


def _convert(image: Image.Image, colour: str) -> NDArray[np.uint8]:
    if image.mode in _SIXTEEN_BITS:
        # Pillow's own conversion clips at 255 instead of scaling.
        image = Image.fromarray(((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8))
    if image.mode in ("I", "F"):
        raise ValueError(
            f"a picture with 32 bits a sample (mode {image.mode}) has no fixed range: convert it to 8 bits"
        )
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise ValueError("the picture has transparency, which a .ltc file cannot keep: flatten it first")
    return np.asarray(image if image.mode == colour else image.convert(colour))
