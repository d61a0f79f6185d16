"""Pictures that are to come back exactly: what Pillow shows of them as samples, and the forms to code these in.

A picture in mode L, LA, RGB or RGBA, or in 16 bits, has levels; one in mode P has numbers of its palette's colours, one
in mode 1 zeros and ones. A picture of few colours may be coded as numbers of these, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec.container import chunks
from latentcodec.container.header import planes_number
from latentcodec.pictures import metadata
from latentcodec.pictures.metadata import Keep, Metadata
from latentcodec.pictures.read import (
    ImpossibleError,
    Picture,
    open_source,
    source_of,
    to_array,
    to_grey_or_rgb,
    to_samples,
)
from latentcodec.pictures.sample_format import SampleFormat

Samples = NDArray[Any]
"""uint8 or uint16 (H, W), or (H, W, C) of 2 to 4 planes."""

_MOST_COLOURS = 256
_MAX_FOR_ALL_FORMS = 2**20  # samples; up to here a picture of few colours is coded as numbers of these, too


@dataclass(frozen=True)
class Form:
    """Samples as they are coded."""

    samples: Samples
    planes: int
    """What the quantiser ``PLANES`` has in place of a number of bits."""
    chunks: list[tuple[int, bytes]]
    """What says that samples are no levels."""


@dataclass
class LosslessPicture:
    """A picture as it was read. ``kind``: ``chunks.BILEVEL`` or ``chunks.PALETTE``, the latter with colours uint8
    (n, 3) or (n, 4); None where samples are levels. ``dropped`` are words for what a file cannot keep."""

    samples: Samples
    kind: int | None = None
    colours: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 1), np.uint8))
    metadata: Metadata = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)

    def metadata_chunks(self, keep: Keep) -> list[tuple[int, bytes]]:
        """The chunks of its metadata."""
        return metadata.to_chunks(self.metadata, keep)

    def forms(self) -> Iterator[Form]:
        """Those that are worth a try; the smallest file is wanted."""
        colour_chunk = [] if self.kind is None else [(chunks.COLOURS, chunks.write_colours(self.kind, self.colours))]
        planes = 1 if self.samples.ndim == 2 else self.samples.shape[2]
        depth = 1 if self.kind == chunks.BILEVEL else 8 * self.samples.itemsize
        yield Form(self.samples, planes_number(planes, depth), colour_chunk)
        if planes > 1 and self.samples.size <= _MAX_FOR_ALL_FORMS:
            indexed = _as_few_colours(self.samples)
            if indexed is not None:
                yield Form(indexed[0], planes_number(1, 8), [indexed[1]])


def read_lossless(picture: Picture) -> LosslessPicture:
    """One picture as Pillow shows it, upright; an array as it is.

    Raises:
        TypeError, OSError, LimitError: as ``read_picture``.
        ValueError: an array that is no picture, an empty picture, or one that cannot come back as it was shown: floats,
            32 bits a sample, 16 bits a sample in colour (which Pillow shows in 8), CMYK and other colours than RGB.
    """
    source = source_of(picture)
    if isinstance(source, np.ndarray):
        samples = to_samples(source)
        return LosslessPicture(np.ascontiguousarray(samples[..., 0] if samples.shape[2:] == (1,) else samples))
    with open_source(source) as (opened, sample_format, frames):
        return _from_image(opened, sample_format, frames)


def only_visible(samples: Samples) -> Samples:
    """Samples whose last plane of two or four is alpha, with zeros where that is 0."""
    has_alpha = samples.shape[2:] in ((2,), (4,))
    return np.where(samples[..., -1:] > 0, samples, samples.dtype.type(0)) if has_alpha else samples


def _from_image(opened: Image.Image, sample_format: SampleFormat, frames: list[str]) -> LosslessPicture:
    image = metadata.upright(opened)
    if image.mode == "P":
        samples, kind, colours = np.array(image), chunks.PALETTE, _palette(image, sample_format.transparent)
    elif image.mode == "1" and sample_format.transparent is None:
        samples, kind, colours = np.array(image, np.uint8), chunks.BILEVEL, np.zeros((0, 1), np.uint8)
    elif image.mode.startswith("I"):
        if sample_format.transparent is not None:
            raise ImpossibleError("impossible without loss: a transparent level of 16 bits; convert the picture first")
        samples, kind, colours = np.array(image).astype(np.uint16), None, np.zeros((0, 1), np.uint8)
    else:
        shown, changed = to_grey_or_rgb(image, sample_format)
        if sample_format.depth > 8:
            changed = [f"{sample_format.depth} bits a sample, of which Pillow shows 8"]
        if changed:
            raise ImpossibleError(f"impossible without loss: {changed[0]}; convert the picture to RGB of 8 bits first")
        samples, kind, colours = to_array(shown), None, np.zeros((0, 1), np.uint8)
    grey = kind is not chunks.PALETTE and samples.shape[2:] in ((), (2,))
    fields, dropped = metadata.read_metadata(opened, grey)
    if sample_format.cicp is not None:
        fields["cicp"] = sample_format.cicp
    return LosslessPicture(samples, kind, colours, fields, [*dropped, *frames])


def _palette(image: Image.Image, transparent: Any) -> NDArray[np.uint8]:
    """Colours uint8 (n, 3), or (n, 4) where some are transparent; OSError where the file lacks its palette."""
    if image.palette is None:
        raise OSError("cannot read the picture: its palette is missing")
    mode = "RGBA" if image.palette is not None and image.palette.mode == "RGBA" else "RGB"
    colours = np.array(image.getpalette(mode) or [0, 0, 0], np.uint8).reshape(-1, len(mode))
    used = int(np.max(np.asarray(image))) + 1
    if len(colours) < used:  # Pillow shows black where a palette has no colour
        colours = np.pad(colours, ((0, used - len(colours)), (0, 0)))
    if transparent is None or mode == "RGBA":
        return colours
    alpha = np.full(len(colours), 255, np.uint8)
    if isinstance(transparent, bytes):
        known = np.frombuffer(transparent, np.uint8)[: len(alpha)]
        alpha[: len(known)] = known
    elif transparent < len(alpha):
        alpha[transparent] = 0
    return np.column_stack([colours, alpha])


def _as_few_colours(samples: Samples) -> tuple[NDArray[np.uint8], tuple[int, bytes]] | None:
    """Samples (H, W, C) as numbers (H, W) of colours, and the chunk that has these, the darker ones first. None where
    there are more than 256."""
    if samples.dtype != np.uint8:
        return None
    packed = _packed(samples)
    if len(np.unique(packed.ravel()[:: max(1, packed.size >> 12)])) > _MOST_COLOURS:
        return None
    values, numbers = np.unique(packed, return_inverse=True)
    if len(values) > _MOST_COLOURS:
        return None
    channels = samples.shape[2]
    colours = np.stack([values >> 8 * channel & 255 for channel in range(channels)], axis=1).astype(np.uint8)
    order = np.argsort(colours.astype(int) @ np.array([2, 5, 1, 8])[:channels], kind="stable")
    rank = np.empty(len(order), np.uint8)
    rank[order] = np.arange(len(order))
    colour_chunk = (chunks.COLOURS, chunks.write_colours(chunks.FEW, colours[order]))
    return rank[numbers.reshape(packed.shape)], colour_chunk


def _packed(samples: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The samples of each pixel as one number."""
    packed = np.zeros(samples.shape[:2], np.uint32)
    for channel in range(samples.shape[2]):
        packed |= samples[..., channel].astype(np.uint32) << (8 * channel)
    return packed
