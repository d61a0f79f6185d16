"""Texts of a PNG whose keyword is a name that Pillow has for something else in an image's ``info``."""

import struct
from collections.abc import Container, Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {"transparency": (int, bytes, tuple), "interlace": (int,), "bbox": (tuple,)}
"""What of it decides how pixels are read, and its types; a text is none of them."""

_SIGNATURE = 8  # bytes before a PNG's first chunk


def put_right(image: Any) -> dict[str, Any]:
    """Takes such texts of a Pillow image out of its ``info``, and gives them; puts back what the file has by these
    names, and of an image that is not yet loaded the place of its pixels."""
    if image.format != "PNG":
        return {}
    info = image.info
    texts = {
        name: info.pop(name) for name, types in _TYPES.items() if not isinstance(info.get(name, types[0]()), types)
    }
    if "bbox" in texts:
        image.tile = [tile._replace(extents=(0, 0, *image.size)) for tile in image.tile]
    if ("transparency" in texts or "interlace" in texts) and getattr(image, "fp", None):
        _read_again(image, texts)
    return texts


def _read_again(image: Any, names: Container[str]) -> None:
    for kind, data in _chunks_before_pixels(image.fp):
        if kind == b"IHDR" and "interlace" in names and data[12]:
            image.info["interlace"] = 1
        elif kind == b"tRNS" and "transparency" in names:
            image.info["transparency"] = _transparency(image.mode, data)


def _chunks_before_pixels(file: Any) -> Iterator[tuple[bytes, bytes]]:
    """The kind and the data of each chunk before IDAT; the file stands where it stood, at the end."""
    place = file.tell()
    file.seek(_SIGNATURE)
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        length, kind = struct.unpack(">I4s", head)
        yield kind, file.read(length)
        file.seek(4, 1)  # its CRC, which Pillow has checked
    file.seek(place)


def _transparency(mode: str, data: bytes) -> int | bytes | tuple[int, ...]:
    """As Pillow has it: alpha by index of a palette; else the level, or the three levels, that is transparent."""
    if mode == "P":
        return data
    levels = struct.unpack(f">{len(data) // 2}H", data)
    if mode == "1":
        return 255 * bool(levels[0])
    return levels if mode == "RGB" else levels[0]
