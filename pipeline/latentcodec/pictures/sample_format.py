"""What a picture's file says of its samples that Pillow does not tell once it has loaded them as 8 bits."""

from dataclasses import dataclass
from typing import Any

from latentcodec.pictures import jpegxl

_HEAD = 2**16  # bytes of a file in which all of this stands
_WITHOUT_TILES = ("JXL", "ICO", "ICNS")  # formats whose images have none until they are loaded

_GREY_SCALES = {"L;2": 85, "L;4": 17}  # what Pillow multiplies a PNG's grey levels by, but not its transparent one
_PNG = b"\x89PNG"  # as icons hold them, one for each of their sizes
_JPEG2000_SIZE = b"\xff\x4f\xff\x51"  # the first two markers of a codestream


@dataclass(frozen=True)
class SampleFormat:
    """How the file of an image stores it.

    Args:
        depth: bits a sample, where there are more than 8; else 8.
        highest: the level of white in a loaded image of more than 8 bits: Pillow leaves a TIFF's 12 bits as they are.
        transparent: the level, or levels, of the loaded image that are transparent; None where no level is.
        cicp: primaries, transfer function, matrix and full range (ITU-T H.273), None if the file does not say.
    """

    depth: int
    highest: int
    transparent: Any
    cicp: tuple[int, ...] | None


def read_sample_format(image: Any) -> SampleFormat:
    """Asked of a Pillow image that is opened and not yet loaded; of a loaded one, only its mode tells the depth."""
    head = _read_head(image)
    cicp = _read_cicp(image, head)
    depth = _read_depth(image, head)
    highest = 2**depth - 1 if image.format == "TIFF" and depth > 8 else 2**16 - 1
    return SampleFormat(depth, highest, _read_transparent(image), cicp)


def _read_head(image: Any) -> bytes:
    file = getattr(image, "fp", None)
    if file is None or not (getattr(image, "tile", []) or image.format in _WITHOUT_TILES):
        return b""
    place = file.tell()
    file.seek(0)
    head: bytes = file.read(_HEAD)
    file.seek(place)
    return head


def _read_depth(image: Any, head: bytes) -> int:
    depth = 16 if image.mode.startswith("I;16") else 8
    if image.format == "HEIF":
        return max(depth, image.info.get("bit_depth", 8))
    if not head:
        return depth
    if image.format == "PNG":
        depth = head[24]
    elif image.format == "PPM" and image.mode != "F":
        depth = 16 if "I;16B" in str(image.tile[0][3]) else _largest(image.tile[0][3]).bit_length()
    elif image.format == "TIFF":
        depth = max(image.tag_v2.get(258, (8,)))
    elif image.format == "SGI":
        depth = 8 * head[3]
    elif image.format == "JPEG2000" and (start := head.find(_JPEG2000_SIZE)) >= 0:
        depth = (head[start + 42] & 0x7F) + 1
    elif image.format == "AVIF" and (start := head.find(b"av1C")) >= 0:
        depth = {0x40: 10, 0x60: 12}.get(head[start + 6] & 0x60, 8)
    elif image.format == "DDS" and image.tile[0][:1] == ("bcn",) and image.tile[0][3][0] == 6:
        depth = 16
    elif image.format == "JXL":
        depth = max(depth, jpegxl.read_depth(head))
    elif image.format in ("ICO", "ICNS"):
        depth = max((png[20] for png in head.split(_PNG)[1:] if len(png) > 20), default=8)
    return max(8, depth)


def _largest(arguments: Any) -> int:
    """The largest level of a PGM or PPM, which Pillow hands to its decoder."""
    return arguments[-1] if isinstance(arguments, tuple) and isinstance(arguments[-1], int) else 255


def _read_transparent(image: Any) -> Any:
    """Transparency as a level of the loaded image: Pillow leaves that of a PNG as the file has it."""
    transparent = image.info.get("transparency")
    rawmode = str(image.tile[0][3]) if getattr(image, "tile", []) else ""
    if image.format != "PNG" or transparent is None:
        return transparent
    if rawmode in _GREY_SCALES:
        return transparent * _GREY_SCALES[rawmode]
    if rawmode == "RGB;16B":
        return tuple(level >> 8 for level in transparent)
    return transparent


def _read_cicp(image: Any, head: bytes) -> tuple[int, ...] | None:
    """Of a PNG its cICP; of an AVIF or HEIF its nclx box, unless that says sRGB or nothing; of an image that was
    decoded here what is known of it."""
    if image.format == "PNG" and 0 <= (start := head.find(b"\0\0\0\x04cICP")) < head.find(b"IDAT"):
        return tuple(head[start + 8 : start + 12])
    if image.format == "AVIF" and (start := head.find(b"colrnclx")) >= 0:
        return _of_rgb(head[start + 9], head[start + 11])
    if image.format == "HEIF" and (nclx := image.info.get("nclx_profile")):
        return _of_rgb(nclx["color_primaries"], nclx["transfer_characteristics"])
    cicp = image.info.get("cicp")
    return cicp if isinstance(cicp, tuple) else None


def _of_rgb(primaries: int, transfer: int) -> tuple[int, ...] | None:
    """With the matrix of RGB; None where that is sRGB or nothing is said."""
    return None if primaries in (1, 2) and transfer in (1, 2, 6, 13) else (primaries, transfer, 0, 1)
