"""Metadata of pictures: what Pillow finds in a file, the chunks that keep it, and words for what has none.

On the way in and out it is a dictionary with the names that Pillow has for these things in an image's ``info``:
``icc_profile``, ``exif`` and ``xmp`` (bytes), ``dpi``, ``gamma``, ``chromaticity``; besides them ``iptc`` (bytes),
``cicp`` (four numbers) and ``text`` (a dictionary of texts by their keywords, "" for the comment).
"""

import re
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from PIL import Image
from PIL.Image import Transpose

from latentcodec.container import chunks

T = TypeVar("T")

Metadata = dict[str, Any]

Keep = Literal["all", "icc", "none"]
"""Which metadata a file keeps: all, what says how colours look (ICC profile, CICP, gamma, chromaticities), or none."""


@dataclass(frozen=True)
class Field:
    """One kind of metadata: its name, its chunk, what messages call it, and how it becomes bytes and comes back."""

    name: str
    chunk: int
    words: str
    write: Callable[[Any], bytes] = bytes
    read: Callable[[bytes], Any] = bytes


EXIF_PREFIX = b"Exif\0\0"
"""A file may leave it out; Pillow does not when it writes a JPEG."""

FIELDS = (
    Field("icc_profile", chunks.ICC, "an ICC profile"),
    Field("exif", chunks.EXIF, "EXIF", read=lambda data: EXIF_PREFIX + data.removeprefix(EXIF_PREFIX)),
    Field("xmp", chunks.XMP, "XMP"),
    Field("iptc", chunks.IPTC, "IPTC"),
    Field("text", chunks.TEXTS, "texts", chunks.write_texts, chunks.read_texts),
    Field("dpi", chunks.DENSITY, "the density in dpi", chunks.write_density, chunks.read_density),
    Field("cicp", chunks.CICP, "CICP", read=chunks.read_cicp),
    Field("gamma", chunks.GAMMA, "gamma", chunks.write_gamma, chunks.read_gamma),
    Field(
        "chromaticity", chunks.CHROMATICITIES, "chromaticities", chunks.write_chromaticities, chunks.read_chromaticities
    ),
)
"""In the order of their chunks' kinds."""

WORDS = {field.name: field.words for field in FIELDS} | {"comment": "a comment"}
"""What messages call the things in an image's ``info``."""

_COLOUR = ("icc_profile", "cicp", "gamma", "chromaticity")


def to_chunks(metadata: Metadata, keep: Keep) -> list[tuple[int, bytes]]:
    """The chunks of what is to be kept; ValueError if ``keep`` is none of its words."""
    if keep not in get_args(Keep):
        raise ValueError(f'metadata is "all", "icc" or "none", not {keep!r}')
    names = {"all": WORDS.keys(), "icc": _COLOUR, "none": ()}[keep]
    fields = [field for field in FIELDS if field.name in metadata and field.name in names]
    return [(field.chunk, field.write(metadata[field.name])) for field in fields]


def from_chunks(all_chunks: Iterable[tuple[int, bytes]]) -> Metadata:
    """The metadata that a file's chunks hold; FormatError if one of them is damaged."""
    fields = {field.chunk: field for field in FIELDS}
    return {fields[kind].name: fields[kind].read(data) for kind, data in all_chunks if kind in fields}


def read_metadata(image: Image.Image, grey: bool) -> tuple[Metadata, list[str]]:
    """All that is kept of a loaded image besides its pixels, and words for what is dropped.

    Args:
        grey: whether its pixels become grey, so that a profile for colours says nothing of them.
    """
    info = image.info
    readers: dict[str, Any] = {
        "icc_profile": _icc_profile(info.get("icc_profile"), grey),
        "exif": _exif(image),
        "xmp": (_xmp(info), []),
        "iptc": _iptc(image),
        "text": _texts(image),
        "dpi": _dpi(image),
        "gamma": (_of_type(float, info.get("gamma")), []),
        "chromaticity": (_of_type(tuple, info.get("chromaticity")), []),
    }
    metadata = {name: value for name, (value, _) in readers.items() if value}
    return metadata, [word for _, dropped in readers.values() for word in dropped]


_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}


def upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF, or its XMP, says."""
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # whatever broken EXIF makes of its parser: it turns nothing
        turn = None
    return image if turn is None else image.transpose(turn)


def further_frames(image: Image.Image) -> list[str]:
    """Words for all pictures of a file but its first."""
    gain_map = b"hdrgm:" in (_xmp(image.info) or b"") or any(
        data.startswith(b"urn:iso:std:iso:ts:21496") for _, data in getattr(image, "applist", [])
    )
    try:
        frames = getattr(image, "n_frames", 1) - 1 - gain_map
    except Exception:  # later frames are damaged, which is no harm to the first
        return ["further frames, which are damaged"]
    in_heif = any(
        "hdrgainmap" in kind for kind in image.info.get("aux") or ()
    )  # as its plugin tells, beside the frames
    several = f"{frames} further frames" if frames > 1 else "a further frame"
    return ["an HDR gain map"] * (gain_map or in_heif) + [several] * (frames > 0)


def _icc_profile(profile: Any, grey: bool) -> tuple[bytes | None, list[str]]:
    """The profile if it describes the colours that are kept."""
    if not isinstance(profile, bytes) or not profile:
        return None, []
    described = profile[16:20]  # "data colour space" in the header of ICC.1, section 7.2
    if described == (b"GRAY" if grey else b"RGB "):
        return profile, []
    return None, [f"an ICC profile for {described.decode('latin-1').strip() or 'nothing'}"]


# Tags of a TIFF that say how its pixels are stored, or are kept under another name.
_STRUCTURE = {
    *range(254, 260), 262, 263, 264, 265, 266, 273, 274, *range(277, 285), *range(288, 294), 296, 301, 317, 320,
    *range(321, 326), 330, 332, 333, 334, 336, *range(338, 348), *range(512, 522), *range(529, 533), 700, 32997, 33723,
    34377, 34675,
}  # fmt: skip


def _exif(image: Image.Image) -> tuple[bytes | None, list[str]]:
    """EXIF as it is but for its orientation, which is set to upright in place; of a TIFF its own tags."""
    exif = image.info.get("exif")
    try:
        if not isinstance(exif, bytes):
            exif = _written(exif if isinstance(exif, Image.Exif) else image.getexif())
        if not exif:
            return None, []
        _tags(_parsed(exif))
        return _set_upright(exif), []
    except Exception:  # the parser and the writer of Pillow raise whatever they come upon
        return None, ["malformed EXIF"]


def _parsed(exif: bytes) -> Image.Exif:
    tags = Image.Exif()
    tags.load(exif)
    return tags


_DIRECTORIES = (0x8769, 0x8825)  # EXIF's own and GPS


def _tags(exif: Image.Exif) -> dict[int, Any]:
    return {tag: exif.get_ifd(tag) if tag in _DIRECTORIES else exif[tag] for tag in {*exif, *_DIRECTORIES}}


def _written(exif: Image.Exif) -> bytes | None:
    """The bytes of all tags but those that describe how pixels are stored; None if there are no others."""
    tags = Image.Exif()
    tags.endian = exif.endian
    for tag, value in _tags(exif).items():
        if tag not in _STRUCTURE and value not in ({}, None):
            tags[tag] = value
    return tags.tobytes() if len(tags) else None


def _set_upright(exif: bytes) -> bytes:
    """The same bytes with orientation 1, so that all offsets in them, to a thumbnail for one, stay right."""
    start = len(EXIF_PREFIX) if exif.startswith(EXIF_PREFIX) else 0
    order = "<" if exif[start : start + 2] == b"II" else ">"
    (directory,) = struct.unpack_from(f"{order}I", exif, start + 4)
    (entries,) = struct.unpack_from(f"{order}H", exif, start + directory)
    changed = bytearray(exif)
    for entry in range(start + directory + 2, start + directory + 2 + 12 * entries, 12):
        tag, kind, count = struct.unpack_from(f"{order}HHI", exif, entry)
        if (tag, kind, count) == (_ORIENTATION, 3, 1):
            struct.pack_into(f"{order}H", changed, entry + 8, 1)
    return bytes(changed)


def _xmp(info: dict[Any, Any]) -> bytes | None:
    """The XMP packet, with the orientation upright."""
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode()
    return re.sub(rb'(tiff:Orientation(?:="|>))[0-9]', rb"\g<1>1", xmp) if isinstance(xmp, bytes) else None


_IPTC_RESOURCE = 0x0404
_HARMLESS_RESOURCES = {0x03ED, 0x0425}  # the density, which dpi keeps, and a digest of IPTC


def _iptc(image: Image.Image) -> tuple[bytes | None, list[str]]:
    """IPTC datasets, of a JPEG from Photoshop's resources, whose others are dropped."""
    resources = _of_type(dict, image.info.get("photoshop")) or {}
    tags = getattr(image, "tag_v2", {})
    iptc = _of_type(bytes, image.info.get("iptc")) or resources.get(_IPTC_RESOURCE) or tags.get(33723)
    others = resources.keys() - {_IPTC_RESOURCE} - _HARMLESS_RESOURCES
    dropped = ["resources of Photoshop"] if others or 34377 in tags else []
    return (iptc, dropped) if isinstance(iptc, bytes) or iptc is None else (None, [*dropped, "malformed IPTC"])


_NO_TEXT = {"XML:com.adobe.xmp", "Raw profile type exif"}  # kept as what they are


def _texts(image: Image.Image) -> tuple[dict[str, str], list[str]]:
    """The comment of a file under the keyword "", and a PNG's texts; asked of a loaded image, for a PNG would else be
    read to the end of its last frame."""
    comment = image.info.get("comment", b"")
    texts = {"": _decoded(comment) if isinstance(comment, bytes) else str(comment)}
    texts |= getattr(image, "text", {}) | (_of_type(dict, image.info.get("text")) or {})
    pairs = [(str(key), str(text)) for key, text in texts.items() if text and key not in _NO_TEXT]
    dropped = ["some of many texts"] if len(pairs) > chunks.MAX_TEXTS else []
    return dict(pairs[: chunks.MAX_TEXTS]), dropped


def _decoded(comment: bytes) -> str:
    try:
        return comment.decode()
    except UnicodeDecodeError:
        return comment.decode("latin-1")


def _dpi(image: Image.Image) -> tuple[tuple[float, float] | None, list[str]]:
    """Pixels per inch where the file has them; pixels that are no squares, without a density, are dropped."""
    info = image.info
    aspect = _of_type(tuple, info.get("jfif_density") if info.get("jfif_unit") == 0 else info.get("aspect")) or ()
    dropped = ["pixels that are no squares"] if len(set(aspect)) > 1 else []
    try:
        across, down = map(float, info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None, dropped
    sensible = 0 < across < 1e6 and 0 < down < 1e6 and not _is_made_up(image)
    return ((across, down) if sensible else None), dropped


def _is_made_up(image: Image.Image) -> bool:
    """Whether the density is Pillow's own: 1 dpi of a TIFF, 72 of a JPEG that has none, or that of its EXIF."""
    if image.format == "TIFF":
        return 282 not in getattr(image, "tag_v2", {})
    return image.format in ("JPEG", "MPO") and image.info.get("jfif_unit") not in (1, 2)


def _of_type(kind: type[T], value: Any) -> T | None:
    """The value if it is of that type: a PNG's text may have the keyword of anything else in ``info``."""
    return value if isinstance(value, kind) else None
