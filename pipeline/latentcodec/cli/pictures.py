"""Decoded pictures as files of the types that Pillow writes, and words for what a type does not hold."""

import io
from pathlib import Path

from PIL import Image

from latentcodec.cli.messages import UsageError, explain
from latentcodec.cli.outputs import STDIO
from latentcodec.cli.work import note
from latentcodec.pictures.write import to_file


def save(picture: Image.Image, kind: str) -> bytes:
    """The picture as a file of that format, with its metadata; where the format loses something, it is little.

    Raises:
        ValueError: the format cannot hold a picture of this size or with transparency.
    """
    try:
        content = to_file(picture, kind)
    except Exception as error:  # Pillow's writers raise struct.error, SystemError, KeyError ... at what is too large
        content = _without_metadata(picture, kind, error)
    _check(content, picture, kind)
    return content


def picture_format(target: str) -> str:
    """Pillow's name for the format that an output's suffix asks for; PNG on stdout and where there is no suffix.

    Raises:
        UsageError: a suffix that Pillow cannot write.
    """
    suffix = Path(target).suffix.lower()
    if target == STDIO or not suffix:
        return "PNG"
    kind = Image.registered_extensions().get(suffix)
    if kind is None or kind not in Image.SAVE:
        raise UsageError(f"{target}: Pillow writes no files with the suffix {suffix!r}")
    return kind


def _without_metadata(picture: Image.Image, kind: str, error: Exception) -> bytes:
    """The same where it is the metadata that cannot be written; ValueError where it is the picture itself."""
    plain = picture.copy()
    plain.info.clear()
    try:
        content = to_file(plain, kind)
    except Exception:
        if picture.mode.endswith("A"):
            raise ValueError(f"{kind} keeps no transparency: decode to .png, .webp or .tif") from error
        size = f"{picture.width}x{picture.height}"
        raise ValueError(f"{kind} cannot hold a picture of {size} pixels: decode to .png or .tif ({error})") from error
    note(f"its metadata cannot be written to {kind} and is left out: {explain(error)}")
    return content


def _check(content: bytes, picture: Image.Image, kind: str) -> None:
    """Look at the header of what was written: some formats have their own sizes, or drop the transparency."""
    if kind == "PNG" or kind not in Image.OPEN:
        return
    try:
        saved = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError:
        return
    if saved.size != picture.size:
        sizes = [f"{width}x{height}" for width, height in (saved.size, picture.size)]
        raise ValueError(f"{kind} would hold {sizes[0]} pixels, not {sizes[1]}: decode to .png or .tif")
    if picture.mode.endswith("A") and not saved.has_transparency_data:
        raise ValueError(f"{kind} keeps no transparency: decode to .png, .webp or .tif")
    if saved.mode in ("1", "P") and picture.mode in ("RGB", "RGBA"):
        note(f"{kind} keeps 256 colours at most")
