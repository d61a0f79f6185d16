"""The way out: what a file holds besides its symbols, and both put together as a picture."""

import io
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from latentcodec._core import ImageFile
from latentcodec.container import chunks
from latentcodec.errors import FormatError, LossWarning
from latentcodec.pictures import metadata

Box = tuple[int, int, int, int]
"""A part of a picture: (left, top, right, bottom) in pixels, right and bottom excluded, as Pillow has it."""


@dataclass(frozen=True)
class Extras:
    """What a picture has besides its colours: alpha uint8 (H, W) or None, metadata as in a Pillow image's info, and
    what its samples are if they are no levels, as ``chunks.read_colours`` says."""

    alpha: NDArray[np.uint8] | None
    info: dict[str, Any]
    colours: tuple[int, NDArray[np.uint8]] | None = None

    def crop(self, box: Box) -> "Extras":
        """Those of a part of the picture."""
        left, top, right, bottom = box
        return self if self.alpha is None else replace(self, alpha=self.alpha[top:bottom, left:right])

    def reduce(self, scale: int) -> "Extras":
        """Those of the picture that is so many times smaller."""
        if self.alpha is None:
            return self
        return replace(self, alpha=np.asarray(Image.fromarray(self.alpha).reduce(scale)))


def read_extras(file: ImageFile) -> Extras:
    """FormatError: an alpha channel of another size, or damaged chunks."""
    png = dict(file.chunks).get(chunks.ALPHA)
    alpha = None if png is None else chunks.read_alpha(png, file.width, file.height)
    return Extras(alpha, read_info(file), read_kind(file))


def read_kind(file: ImageFile) -> tuple[int, NDArray[np.uint8]] | None:
    """What its samples are if they are no levels; FormatError if the chunk is damaged."""
    colours = dict(file.chunks).get(chunks.COLOURS)
    return None if colours is None else chunks.read_colours(colours)


def read_info(file: ImageFile) -> dict[str, Any]:
    """The metadata under the names that it has in a Pillow image's ``info``."""
    info = metadata.from_chunks(file.chunks)
    if comment := info.get("text", {}).pop("", ""):
        info["comment"] = comment.encode()
    return {name: value for name, value in info.items() if value}


def to_image(pixels: NDArray[Any], extras: Extras) -> Image.Image:
    """The picture as ``decode`` returns it; pixels uint8 (H, W) or (H, W, 2 to 4), or uint16.

    Raises:
        FormatError: numbers of colours that there are not.
        ValueError: 16 bits a sample in colour or with alpha.
    """
    image = _shown(pixels, extras.colours)
    if extras.alpha is not None:
        image.putalpha(Image.fromarray(extras.alpha))
    image.info.update(extras.info)
    return image


def _shown(pixels: NDArray[Any], colours: tuple[int, NDArray[np.uint8]] | None) -> Image.Image:
    if colours is not None and colours[0] == chunks.PALETTE:
        _check_numbers(pixels, colours[1])
        image = Image.frombytes("P", (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
        image.putpalette(colours[1][:, :3].tobytes())
        image.info.update(transparency_of(colours[1]))
        return image
    if colours is not None and colours[0] == chunks.BILEVEL:
        return Image.fromarray(_levels(pixels, colours)).convert("1", dither=Image.Dither.NONE)
    if pixels.dtype == np.uint16 and pixels.ndim > 2:
        raise ValueError("Pillow has no images of 16 bits a sample in colour: decode_array gives these as an array")
    return Image.fromarray(_levels(pixels, colours))


def transparency_of(palette: NDArray[np.uint8]) -> dict[str, bytes]:
    """The alpha of a palette's colours uint8 (n, 3) or (n, 4), if there is any, as in a Pillow image's ``info``."""
    return {"transparency": palette[:, 3].tobytes()} if palette.shape[1] == 4 else {}


def _levels(pixels: NDArray[Any], colours: tuple[int, NDArray[np.uint8]] | None) -> NDArray[Any]:
    """Samples as levels, whatever they are."""
    if colours is None:
        return pixels
    if colours[0] == chunks.BILEVEL:
        return np.where(pixels > 0, np.uint8(255), np.uint8(0))
    _check_numbers(pixels, colours[1])
    levels = colours[1][pixels]
    return levels[..., 0] if levels.shape[2] == 1 else levels


def _check_numbers(pixels: NDArray[Any], colours: NDArray[np.uint8]) -> None:
    if pixels.ndim != 2 or pixels.dtype != np.uint8 or pixels.max() >= len(colours):
        raise FormatError(f"the file holds other samples than numbers of its {len(colours)} colours")


def to_array(pixels: NDArray[Any], extras: Extras) -> NDArray[Any]:
    """The picture as ``decode_array`` returns it: its levels uint8 or uint16 (H, W) or (H, W, 2 to 4), alpha as the
    last channel, the colours of a palette in place of their numbers."""
    pixels = _levels(pixels, extras.colours)
    return pixels if extras.alpha is None else np.dstack([pixels, extras.alpha])


def reduced(levels: NDArray[Any], scale: int) -> Image.Image:
    """A picture as ``to_array`` gives it, so many times smaller and in 8 bits a sample."""
    return Image.fromarray(levels if levels.dtype == np.uint8 else (levels >> 8).astype(np.uint8)).reduce(scale)


def to_file(image: Image.Image, kind: str) -> bytes:
    """The picture as a file of that format of Pillow's, with all of its metadata that the format holds. What it cannot
    hold is said (``LossWarning``).

    Raises:
        ValueError: a picture of this size, of 16 bits a sample, or with transparency, that the format cannot hold.
    """
    dropped: list[str] = []
    image = _with_transparency(image, kind)
    if image.mode == "P" and not _writes("P", kind):
        image = image.convert("RGB")
    if image.mode.endswith("A") and not _holds_alpha(image.mode, kind):
        image, dropped = _without_alpha(image, kind), ["an alpha channel that is opaque everywhere"]
    options, not_held = _metadata_options(image, kind)
    content = _save(image, kind, **options)
    dropped += not_held
    if kind in Image.OPEN:
        written = _reopen(kind, content)
        _check_held(image, kind, written)
        dropped += _lost_colours(image, written)
    if dropped:
        warnings.warn(f"not kept in {kind}: {', '.join(dropped)}", LossWarning, stacklevel=2)
    return content


_QUALITY = {kind: {"quality": 95} for kind in ("JPEG", "MPO", "WEBP", "AVIF")}


def _save(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file, or a ValueError for whatever its writer raises."""
    content = io.BytesIO()
    info = image.info  # writers would take more of it by themselves, whatever it is
    image.info = {name: value for name, value in info.items() if name == "transparency"}
    try:
        image.save(content, kind, **_QUALITY.get(kind, {}), **options)
    except MemoryError:
        raise
    except (
        Exception
    ) as error:  # writers raise OSError, ValueError, KeyError, struct.error ... for what they cannot hold
        raise ValueError(
            f"{kind} cannot hold a picture of {image.width}x{image.height} pixels in mode {image.mode}: "
            f"decode to .png or .tif ({str(error) or type(error).__name__})"
        ) from error
    finally:
        image.info = info
    return content.getvalue()


def _reopen(kind: str, content: bytes) -> Any:
    """The file opened by its plugin, without Pillow's limit of pixels, and not loaded."""
    return Image.OPEN[kind][0](io.BytesIO(content), "")


def _check_held(image: Image.Image, kind: str, written: Image.Image) -> None:
    if image.mode.startswith("I") and not written.mode.startswith("I"):
        raise ValueError(f"{kind} cannot hold 16 bits a sample: decode to .png or .tif")
    if written.size != image.size:
        raise ValueError(
            f"{kind} cannot hold a picture of {image.width}x{image.height} pixels, it would become "
            f"{written.width}x{written.height}: decode to .png or .tif"
        )


def _with_transparency(image: Image.Image, kind: str) -> Image.Image:
    """The image with the transparency of its palette in a way that the format may hold: a PNG's palette has alpha, a
    GIF's one colour that is transparent, all others have a channel at best."""
    alpha = image.info.get("transparency", b"") if image.mode == "P" else b""
    if not alpha or kind == "PNG":
        return image
    if kind == "GIF" and set(alpha) == {0, 255} and alpha.count(0) == 1:
        image = image.copy()
        image.info["transparency"] = alpha.index(0)
        return image
    return image.convert("RGBA")


def _writes(mode: str, kind: str) -> bool:
    """Whether the format has pictures of this mode."""
    try:
        return bool(_save(Image.new(mode, (16, 16)), kind))
    except ValueError:
        return False


def _holds_alpha(mode: str, kind: str) -> bool:
    """Whether transparency is still there in a small file of the format."""
    try:
        written = _reopen(kind, _save(Image.new(mode, (16, 16)), kind))
    except (ValueError, KeyError):  # not written, or not to be opened
        return False
    return written.mode.endswith("A") or "transparency" in written.info


def _without_alpha(image: Image.Image, kind: str) -> Image.Image:
    """The image without an alpha channel that says nothing; ValueError if it says something."""
    if image.getchannel("A").getextrema()[0] != 255:
        raise ValueError(f"{kind} keeps no transparency: decode to .png, .webp or .tif")
    plain = image.convert(image.mode.removesuffix("A"))
    plain.info = image.info
    return plain


def _lost_colours(image: Image.Image, written: Image.Image) -> list[str]:
    """Words for what a palette loses."""
    if written.mode != "P" or image.mode == "L":
        return []
    partial = image.mode.endswith("A") and any(image.getchannel("A").histogram()[1:255])
    if image.getcolors(256) is None:
        lost = ["colours beyond a palette of 256"]
    else:
        lost = ["colours as they are"] if image.mode == "RGBA" and not _shows_the_same(image, written) else []
    return lost + ["partial transparency"] * partial


def _shows_the_same(image: Image.Image, written: Image.Image) -> bool:
    """Whether two pictures have equal colours where the first, in mode RGBA, is not wholly transparent."""
    expected, found = np.asarray(image), np.asarray(written.convert("RGBA"))
    return bool((expected == found)[..., :3][expected[..., 3] > 0].all())


_Options = dict[str, Any]
_AddTo = Callable[[_Options, Any], _Options]


def _metadata_options(image: Image.Image, kind: str) -> tuple[_Options, list[str]]:
    """What of an image's metadata Pillow's writer of the format takes, and words for what it does not."""
    options: _Options = {}
    dropped: list[str] = []
    for name, words in metadata.WORDS.items():
        if name in image.info:
            extended = _with_option(options, _WRITERS.get(kind, {}).get(name), image, kind, name)
            options, dropped = (options, [*dropped, words]) if extended is None else (extended, dropped)
    return options, dropped


def _with_option(options: _Options, add: _AddTo | None, image: Image.Image, kind: str, name: str) -> _Options | None:
    """The options with one more, if a small picture can be written with them: it may be malformed, or too long."""
    if add is None:
        return None
    try:
        more = add(options, image.info[name])
        Image.new(image.mode, (16, 16)).save(io.BytesIO(), kind, **more)
    except Exception:  # whatever the writer comes upon
        return None
    return more


def _under_name(name: str) -> _AddTo:
    """A writer takes this under its own name."""
    return lambda options, value: {**options, name: value}


def _in_png(to_chunks: Callable[[Any], list[tuple[bytes, bytes]]]) -> _AddTo:
    """A PNG's writer takes this as chunks."""

    def add(options: _Options, value: Any) -> _Options:
        info = PngImagePlugin.PngInfo()
        earlier = options["pnginfo"].chunks if "pnginfo" in options else []
        for kind, data, *_ in [*earlier, *to_chunks(value)]:
            info.add(kind, data)
        return {**options, "pnginfo": info}

    return add


def _png_texts(texts: dict[str, str]) -> list[tuple[bytes, bytes]]:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword[:79], text)
    return [(kind, data) for kind, data, *_ in info.chunks]


def _png_xmp(xmp: bytes) -> list[tuple[bytes, bytes]]:
    return [(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp)]


def _big_endian(layout: str, *values: float) -> bytes:
    return struct.pack(f">{layout}", *(round(value * 100_000) for value in values))


def _jpeg_iptc(options: _Options, iptc: bytes) -> _Options:
    """In Photoshop's resource 0404, in the segment APP13; a longer one than that holds is dropped."""
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + b"\0" * (len(iptc) % 2)
    segment = b"Photoshop 3.0\0" + resource
    if len(segment) > 65533:
        raise ValueError("IPTC is too long for a JPEG")
    return {**options, "extra": b"\xff\xed" + struct.pack(">H", len(segment) + 2) + segment}


def _in_tiff(tag: int | None) -> _AddTo:
    """A TIFF's writer takes EXIF, whose tags are its own, and with it others."""

    def add(options: _Options, value: bytes) -> _Options:
        tags = Image.Exif()
        tags.load(options.get("exif", b"") if tag is not None else value)
        if tag is not None:
            tags[tag] = value
        return {**options, "exif": tags.tobytes() if tag is not None else value}

    return add


_COMMON = {name: _under_name(name) for name in ("icc_profile", "exif", "xmp")}

_WRITERS: dict[str, dict[str, _AddTo]] = {
    "PNG": {
        "icc_profile": _under_name("icc_profile"),
        "exif": _under_name("exif"),
        "xmp": _in_png(_png_xmp),
        "text": _in_png(_png_texts),
        "comment": _in_png(lambda comment: _png_texts({"Comment": comment.decode(errors="replace")})),
        "dpi": _under_name("dpi"),
        "cicp": _in_png(lambda cicp: [(b"cICP", bytes(cicp))]),
        "gamma": _in_png(lambda gamma: [(b"gAMA", _big_endian("I", gamma))]),
        "chromaticity": _in_png(lambda values: [(b"cHRM", _big_endian("8I", *values))]),
    },
    "JPEG": {**_COMMON, "iptc": _jpeg_iptc, "comment": _under_name("comment"), "dpi": _under_name("dpi")},
    "TIFF": {
        "icc_profile": _under_name("icc_profile"),
        "exif": _in_tiff(None),
        "xmp": _in_tiff(700),
        "iptc": _in_tiff(33723),
        "dpi": _under_name("dpi"),
    },
    "WEBP": _COMMON,
    "AVIF": _COMMON,
    "GIF": {"comment": _under_name("comment")},
    "JPEG2000": {"comment": _under_name("comment")},
    "BMP": {"dpi": _under_name("dpi")},
}
"""What Pillow's writers of a format take of an image's ``info``, and under which option."""


def check_box(box: Box, width: int, height: int) -> None:
    """ValueError unless the box holds pixels, and only pixels of the picture."""
    if np.shape(box) != (4,) or not all(isinstance(side, Integral) for side in box):
        raise ValueError(f"a box is four whole numbers of pixels (left, top, right, bottom), not {box!r}")
    left, top, right, bottom = box
    if not (0 <= left < right <= width and 0 <= top < bottom <= height):
        raise ValueError(f"the box {tuple(box)} (left, top, right, bottom) is no part of {width}x{height} pixels")
