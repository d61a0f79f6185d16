"""What a Pillow image holds besides its pixels: what is kept of it, and words for what is not."""

from typing import Any

from PIL import Image
from PIL.Image import Transpose

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


def upright(image: Image.Image) -> tuple[Image.Image, bytes | None, list[str]]:
    """The image turned as its EXIF orientation says, its EXIF without that orientation, and what of it was dropped."""
    exif = image.info.get("exif")
    exif = exif if isinstance(exif, bytes) else None
    try:
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # whatever broken EXIF makes of its parser: it is kept, and turns nothing
        turn = None
    if turn is None:
        return image, exif, []
    turned = image.transpose(turn)
    if exif is None:
        return turned, None, []
    try:
        rest = Image.Exif()
        rest.load(exif)
        rest.pop(_ORIENTATION, None)
        return turned, rest.tobytes(), []
    except Exception:  # Pillow cannot write all that it can read
        return turned, None, ["EXIF that cannot be written again without its orientation"]


def icc_profile(image: Image.Image, grey: bool) -> tuple[bytes | None, list[str]]:
    """The image's ICC profile if it describes the colours that are kept, and what was dropped."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not profile:
        return None, []
    described = profile[16:20]  # "data colour space" in the header of ICC.1, section 7.2
    if described == (b"GRAY" if grey else b"RGB "):
        return profile, []
    return None, [f"an ICC profile for {described.decode('latin-1').strip()}"]


def find_dropped(image: Image.Image) -> list[str]:
    """Other things in an image's file that nobody keeps; asked before the image is loaded."""
    info: dict[Any, Any] = image.info
    dropped = []
    if any(";16" in str(tile[3]) for tile in getattr(image, "tile", [])) and ";16" not in image.mode:
        dropped.append(SIXTEEN_BITS)  # Pillow itself reads 16-bit colours as 8-bit ones
    if "xmp" in info or "XML:com.adobe.xmp" in info:
        dropped.append("XMP")
    if "comment" in info or getattr(image, "text", {}).keys() - {"XML:com.adobe.xmp"}:
        dropped.append("comments")
    if "photoshop" in info:
        dropped.append("IPTC")
    frames = getattr(image, "n_frames", 1)
    if frames > 1:
        dropped.append(f"{frames - 1} further frames" if frames > 2 else "a further frame")
    return dropped


SIXTEEN_BITS = "16 bits a sample (8 are kept)"
