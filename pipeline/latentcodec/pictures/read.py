"""Pictures in: files, Pillow images and arrays become uint8 arrays, with what else is kept of them.

Grey pictures are uint8 (H, W), coloured ones (H, W, 3) in RGB. A palette becomes RGB, more than 8 bits a sample are
scaled to 8, CMYK and the like are converted as Pillow does, an EXIF orientation is applied.
"""

import io
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, UnidentifiedImageError

from latentcodec import storage
from latentcodec.container import chunks
from latentcodec.errors import LimitError, LossWarning
from latentcodec.pictures import metadata, png_texts
from latentcodec.pictures.metadata import Keep, Metadata
from latentcodec.pictures.sample_format import SampleFormat, read_sample_format

Picture = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO | Image.Image | ArrayLike
"""What can be encoded: a path or URL, the bytes of a picture's file, an open binary file, a Pillow image, or an array
uint8 or uint16 (or what NumPy makes one of, such as a tensor) of shape (H, W), (H, W, 1), (H, W, 2), (H, W, 3) or
(H, W, 4): grey, grey with alpha, RGB, RGBA."""

_STRIP = 2**20  # pixels: to hand over an image, Pillow copies it twice
_GREY = ("1", "L", "LA", "La")
# The levels of other modes change when they become L, LA, RGB or RGBA.
_UNCHANGED = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX")


class ImpossibleError(ValueError):
    """A picture that cannot come back as it was."""


@dataclass
class SourcePicture:
    """A picture as it was read: pixels uint8 (H, W, 3) or grey (H, W), and alpha uint8 (H, W).

    ``mode`` is Pillow's word for what it was (None for an array), ``depth`` its bits a sample; ``dropped`` are words
    for what a file cannot keep of it; some of these, ``changed``, mean that levels of the pixels are other ones now.
    """

    pixels: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None = None
    metadata: Metadata = field(default_factory=dict)
    mode: str | None = None
    depth: int = 8
    dropped: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def grey(self) -> bool:
        return self.pixels.ndim == 2

    def chunks(self, keep: Keep) -> list[tuple[int, bytes]]:
        """What a file keeps besides the pixels; the alpha channel in any case."""
        alpha = [] if self.alpha is None else [(chunks.ALPHA, chunks.write_alpha(self.alpha))]
        return [*alpha, *metadata.to_chunks(self.metadata, keep)]


def read_picture(picture: Picture, colour: str, *, lossless: bool = False) -> SourcePicture:
    """One picture with all that a file can keep of it. Grey pictures stay grey; for a "L" bundle all become grey.

    Args:
        picture: whatever ``Picture`` allows.
        colour: "RGB" or "L", the bundle's.
        lossless: only if no level of it changes on the way. RGB of three equal planes is grey. Otherwise colours that
            nobody sees, since they are wholly transparent, become what is cheap to code.

    Raises:
        TypeError: what is no picture at all, such as a text file.
        ValueError: an array that is no picture, an empty picture, or a mode that 8 bits cannot hold; a picture that is
            to be read without loss and cannot.
        OSError: a file that is missing, no picture, or broken.
        LimitError: a file whose declared size exceeds Pillow's ``Image.MAX_IMAGE_PIXELS`` twice over.
    """
    source = source_of(picture)
    parts = _from_array(source) if isinstance(source, np.ndarray) else _from_image(source, colour)
    if lossless and parts.changed:
        kind = "grey" if colour == "L" else "grey or RGB"
        raise ImpossibleError(f"impossible without loss: {parts.changed[0]}; convert the picture to 8-bit {kind} first")
    if colour == "L" and not parts.grey:
        if lossless and not (parts.pixels == parts.pixels[..., :1]).all():
            raise ValueError(
                "the picture is in colour, and this bundle keeps grey ones alone: lossless-v1, the default, keeps any"
            )
        parts.pixels = luma(parts.pixels)  # of three equal planes, that very plane
    if parts.alpha is not None and not lossless:
        parts.pixels = fill_hidden(parts.pixels, parts.alpha)
    return parts


def read_for_pack(picture: Picture, colour: str, *, lossless: bool = False) -> NDArray[np.uint8]:
    """The pixels of a picture that is to go into a pack, which keeps nothing else. Raises as ``read_picture``, and
    ValueError if it has transparency."""
    parts = read_picture(picture, colour, lossless=lossless)
    if parts.alpha is not None and parts.alpha.min() < 255:
        raise ValueError("the picture has transparency, which a pack cannot keep: flatten it first")
    warn_dropped(picture, [*parts.dropped, *(metadata.WORDS[name] for name in parts.metadata)])
    return parts.pixels


def read_all_for_pack(
    pictures: NDArray[np.uint8] | Sequence[Picture], colour: str, *, lossless: bool = False
) -> NDArray[np.uint8]:
    """Several pictures of one size as uint8 (N, H, W, 3), or (N, H, W) if all are grey or ``colour`` is "L".

    Raises:
        ValueError: none at all, or pictures of different sizes; and whatever ``read_for_pack`` raises.
    """
    dimensions = {"RGB": (4,), "L": (3,)}.get(colour, (3, 4))
    if isinstance(pictures, np.ndarray) and pictures.ndim in dimensions and pictures.dtype == np.uint8:
        if 0 in pictures.shape or pictures.shape[3:] not in ((), (3,)):
            raise ValueError(f"an array of shape {pictures.shape} holds no {colour} pictures")
        return np.ascontiguousarray(pictures)
    arrays = [read_for_pack(picture, colour, lossless=lossless) for picture in pictures]
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


def fill_hidden(pixels: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pixels uint8 (H, W[, 3]) with those that are wholly transparent filled smoothly from those that are not, by means
    over ever larger squares (push-pull; Gortler et al. 1996, "The Lumigraph", section 3.3)."""
    hidden = alpha == 0
    if not hidden.any():
        return pixels
    weights = (~hidden).astype(np.float32)[..., None]
    filled = _fill(pixels.reshape(*alpha.shape, -1) * weights, weights).reshape(pixels.shape)
    return np.where(hidden if pixels.ndim == 2 else hidden[..., None], filled.round().astype(np.uint8), pixels)


def _fill(sums: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means (H, W, C), sums by weights (H, W, 1); where there is no weight, those of the square of 2x2 around it."""
    height, width = weights.shape[:2]
    means: NDArray[np.float32] = np.divide(sums, np.maximum(weights, 1), dtype=np.float32)
    if height == width == 1 or weights.all():
        return means
    around = _fill(_halve(sums), _halve(weights)).repeat(2, axis=0).repeat(2, axis=1)[:height, :width]
    return np.where(weights > 0, means, around)


def _halve(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sums over squares of 2x2, (H, W, C) -> (ceil(H / 2), ceil(W / 2), C)."""
    height, width = array.shape[:2]
    even = np.pad(array, ((0, height % 2), (0, width % 2), (0, 0)))
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def source_of(picture: Picture) -> NDArray[Any] | Image.Image | str | os.PathLike[str] | BinaryIO:
    """Any picture as one of four kinds: an array, a Pillow image, a path or an open binary file."""
    if isinstance(picture, np.ndarray | Image.Image | str | os.PathLike):
        return picture
    if isinstance(picture, bytes | bytearray | memoryview):
        return io.BytesIO(picture)
    if hasattr(picture, "read") and not isinstance(picture, io.TextIOBase):
        return cast(BinaryIO, picture)
    if hasattr(picture, "__array__"):
        return np.asarray(picture)
    raise TypeError(
        f"a picture is a path, the bytes of a file, an open binary file, a Pillow image or an array, "
        f"not {type(picture).__name__}"
    )


def to_samples(array: NDArray[Any]) -> NDArray[Any]:
    """An array as it was given, uint8 or uint16 (H, W, C) with 1 to 4 channels; ValueError if it is no picture."""
    if array.dtype not in (np.uint8, np.uint16, np.dtype(np.uint16).newbyteorder()):
        hint = ": scale it so that white is 255, and convert it to uint8" if array.dtype.kind in "fb" else ""
        raise ValueError(f"a picture is an array of uint8 or uint16, not {array.dtype}{hint}")
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 2, 3, 4))):
        hint = "; move its channels to the end" if array.ndim == 3 and array.shape[0] in (1, 2, 3, 4) else ""
        raise ValueError(f"a picture has shape (H, W) or (H, W, C) with 1 to 4 channels, not {array.shape}{hint}")
    if 0 in array.shape:
        raise ValueError("the picture is empty")
    return array.astype(array.dtype.newbyteorder("="), copy=False).reshape(*array.shape[:2], -1)


def _from_array(array: NDArray[Any]) -> SourcePicture:
    samples = to_samples(array)
    channels, depth = samples.shape[2], 8 * samples.dtype.itemsize
    levels = _eight_bits(samples) if depth > 8 else samples
    pixels = levels[..., 0] if channels < 3 else levels[..., :3]
    alpha = np.ascontiguousarray(levels[..., -1]) if channels in (2, 4) else None
    changed = _too_deep(depth)
    return SourcePicture(np.ascontiguousarray(pixels), alpha, depth=depth, dropped=changed, changed=changed)


def _from_image(source: str | os.PathLike[str] | BinaryIO | Image.Image, colour: str) -> SourcePicture:
    with open_source(source) as (opened, sample_format, frames):
        image = metadata.upright(opened)
        shown, converted = to_grey_or_rgb(image, sample_format)
        alpha = to_array(shown.getchannel("A")) if shown.mode.endswith("A") else None
        pixels = to_array(shown.convert(shown.mode.removesuffix("A")) if alpha is not None else shown)
        fields, dropped = metadata.read_metadata(opened, shown.mode.startswith("L") or colour == "L")
    if sample_format.cicp is not None:
        fields["cicp"] = sample_format.cicp
    changed = [*converted, *_too_deep(sample_format.depth)]
    return SourcePicture(
        pixels, alpha, fields, opened.mode, sample_format.depth, [*changed, *dropped, *frames], changed
    )


@contextmanager
def open_source(
    source: str | os.PathLike[str] | BinaryIO | Image.Image,
) -> Iterator[tuple[Image.Image, SampleFormat, list[str]]]:
    """The loaded image, how its file stores it, and words for its further frames.

    Raises:
        OSError, LimitError: as ``read_picture``, for whatever happens while it is open, too.
        ValueError: no pixels, or levels without a fixed range.
    """
    with _opened(source) as opened:
        with _pillow_errors():
            texts = png_texts.put_right(opened)
            sample_format, frames = read_sample_format(opened), metadata.further_frames(opened)
            opened.load()
            texts |= png_texts.put_right(opened)  # texts may stand after the pixels
        _check_mode(opened)
        try:
            with _pillow_errors():
                yield opened, sample_format, frames
        finally:
            opened.info.update(texts)


@contextmanager
def _opened(source: str | os.PathLike[str] | BinaryIO | Image.Image) -> Iterator[Image.Image]:
    """The image, not yet loaded. Only a file that was opened here is closed."""
    if isinstance(source, Image.Image):
        yield source
    elif isinstance(source, str | os.PathLike):
        with storage.open_file(source) as file:
            yield _open(file)
    else:
        yield _open(source)


def _open(file: BinaryIO) -> Image.Image:
    with _pillow_errors():
        return Image.open(file)


@contextmanager
def _pillow_errors() -> Iterator[None]:
    """Whatever Pillow makes of a broken file is an OSError: its decoders raise SyntaxError, EOFError, AssertionError,
    struct.error and more."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise LimitError(str(error)) from error
    except UnidentifiedImageError as error:
        raise UnidentifiedImageError("no picture that Pillow can read") from error
    except (OSError, MemoryError, ImpossibleError):
        raise
    except Exception as error:
        words = str(error) or f"it is damaged ({type(error).__name__})"
        raise OSError(f"cannot read the picture: {words}") from error


def _check_mode(image: Image.Image) -> None:
    """ValueError for a picture without pixels, or whose levels have no fixed range."""
    if 0 in image.size:
        raise ValueError("the picture is empty")
    if image.mode == "F" or (image.mode == "I" and image.format != "PPM"):
        samples = "floats" if image.mode == "F" else "of 32 bits"
        raise ValueError(
            f"the picture's samples are {samples} (Pillow's mode {image.mode}), and nothing says which is white: "
            "scale them to 8 or 16 bits first"
        )


def to_grey_or_rgb(image: Image.Image, sample_format: SampleFormat) -> tuple[Image.Image, list[str]]:
    """The image in mode L, LA, RGB or RGBA, and what changed its levels besides their depth."""
    if image.mode.startswith("I"):  # Pillow's own conversion clips at 255 instead of scaling
        deep = np.asarray(image)
        scaled = Image.fromarray(_eight_bits(deep, sample_format.highest))
        if sample_format.transparent is not None:
            scaled.putalpha(Image.fromarray(np.where(deep == sample_format.transparent, 0, 255).astype(np.uint8)))
        return scaled, []
    if sample_format.transparent != image.info.get("transparency"):
        image = image.copy()
        image.info["transparency"] = sample_format.transparent
    mode = ("L" if image.mode in _GREY else "RGB") + ("A" if image.has_transparency_data else "")
    changed = [] if image.mode in _UNCHANGED else [f"{image.mode} colours ({mode} is kept)"]
    return image if image.mode == mode else image.convert(mode), changed


def _too_deep(depth: int) -> list[str]:
    return [f"{depth} bits a sample (8 are kept)"] if depth > 8 else []


def _eight_bits(deep: NDArray[Any], highest: int = 2**16 - 1) -> NDArray[np.uint8]:
    """Levels up to ``highest`` as 8 bits: the highest becomes 255, all between are rounded."""
    return ((deep.astype(np.uint32) * 255 + highest // 2) // highest).astype(np.uint8)


def to_array(image: Image.Image) -> NDArray[np.uint8]:
    """The samples (H, W) of an image in mode L, or (H, W, C) in mode LA, RGB or RGBA, strip by strip: Pillow hands over
    copies."""
    bands = len(image.getbands())
    samples = np.empty((image.height, image.width, bands)[: 2 if bands == 1 else 3], np.uint8)
    for rows in _strips(image.height, image.width):
        samples[rows] = np.asarray(image.crop((0, rows.start, image.width, rows.stop)))
    return samples


def _strips(height: int, width: int) -> list[slice]:
    step = max(1, _STRIP // width)
    return [slice(top, min(top + step, height)) for top in range(0, height, step)]
