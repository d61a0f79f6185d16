"""The functions of ``import latentcodec``: they find the bundle, a ``Codec`` does the work."""

import functools
import zlib
from pathlib import Path
from typing import Any, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.bundle import load_bundle, read_facts
from latentcodec.bundle.find import LOSSLESS_BUNDLE, Name, default_bundle, find_bundle
from latentcodec.codec import Codec
from latentcodec.container.inspect import describe
from latentcodec.container.names import picture_names
from latentcodec.container.read import (
    MAX_PIXELS,
    NO_LIMIT,
    Data,
    read_bytes,
    read_file,
    read_image,
    read_pack,
    read_start,
)
from latentcodec.errors import UnknownModelError
from latentcodec.pictures.read import Picture
from latentcodec.pictures.write import Box, read_extras
from latentcodec.progress import Progress
from latentcodec.settings import EncodeOptions
from latentcodec.transform.transform import check_runtime

__all__ = ["decode", "decode_array", "decode_region", "encode", "info", "open", "pack_names", "thumbnail", "verify"]


def open(name_or_path: Name, *, provider: str = "auto", threads: int = 0) -> Codec:
    """A codec with the bundle of that name, model id (8 hexadecimal digits) or path.

    Args:
        name_or_path: looked for among the released bundles, then in the folders of ``LATENTCODEC_BUNDLES``, then in
            the user's own, then as a path.
        provider: "cpu", "cuda" or "auto".
        threads: for ONNX Runtime on the CPU; 0 means all cores.

    Raises:
        UnknownModelError: no such bundle; says where it was looked for.
        BundleError: the bundle is incomplete, altered or of a foreign schema.
        LatentCodecError: "cuda" on a machine that has none.
    """
    return Codec(load_bundle(find_bundle(name_or_path)), provider=provider, threads=threads)


def encode(
    picture: Picture,
    *,
    bundle: Name | None = None,
    lossless: bool = False,
    provider: str = "auto",
    threads: int = 0,
    progress: Progress | None = None,
    **options: Unpack[EncodeOptions],
) -> bytes:
    """Encode one picture as a .ltc file: ``Codec.encode`` with a bundle that is found by its name.

    Without a name it is the released bundle ``bundle.find.DEFAULT_BUNDLE``, or, if the picture is to come back bit for
    bit (``lossless``), ``bundle.find.LOSSLESS_BUNDLE``. The bundles used last stay in memory.

    Raises:
        ValueError: ``lossless`` with a bundle that is not.
        LatentCodecError, ValueError, OSError: as ``open`` and ``Codec.encode``.
    """
    return encoder(bundle, lossless, provider, threads).encode(picture, progress=progress, **options)


class DecodeOptions(TypedDict, total=False):
    """What ``decode``, ``decode_array`` and ``decode_region`` take besides the file."""

    bundle: Name | None
    """Where the bundle is, if it is not among those that are found by their id."""
    max_pixels: int
    """A file that declares more is refused; ``container.read.MAX_PIXELS`` unless told."""
    provider: str
    """As for ``open``."""
    threads: int
    """As for ``open``."""


def decode(data: Data, *, progress: Progress | None = None, **options: Unpack[DecodeOptions]) -> Image.Image:
    """Decode a .ltc file with the bundle that it names: ``Codec.decode``.

    Args:
        data: its bytes, its path, or an open binary file.
        progress: is told how far it is, as for ``Codec.encode``.
        options: ``DecodeOptions``.

    Raises:
        UnknownModelError: the bundle was not found; names its id, says where it was looked for and how to give it.
        LatentCodecError: whatever ``Codec.decode`` raises.
    """
    codec, image = _open_image(data, **options)
    return codec.decode(image, progress=progress)


def decode_array(
    data: Data, box: Box | None = None, *, progress: Progress | None = None, **options: Unpack[DecodeOptions]
) -> NDArray[np.uint8]:
    """What ``decode`` gives, or with a box ``decode_region``, as uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4)."""
    codec, image = _open_image(data, **options)
    return codec.decode_array(image, box, progress=progress)


def decode_region(
    data: Data, box: Box, *, progress: Progress | None = None, **options: Unpack[DecodeOptions]
) -> Image.Image:
    """Decode a part of a .ltc file, at little more than the part's cost if it is tiled: ``Codec.decode_region``.

    Args:
        data: its bytes, its path, or an open binary file.
        box: (left, top, right, bottom) in pixels, right and bottom excluded.
        progress: as for ``decode``.
        options: ``DecodeOptions``.

    Raises:
        ValueError: a box that is empty or reaches out of the picture; otherwise as ``decode``.
    """
    codec, image = _open_image(data, **options)
    return codec.decode_region(image, box, progress=progress)


def thumbnail(data: Data, *, partial: bool = False, **options: Unpack[DecodeOptions]) -> Image.Image:
    """The picture of a .ltc file at an eighth of its size, fast and with ``partial`` from its first bytes alone:
    ``Codec.thumbnail``.

    Args:
        data: its bytes, its path, or an open binary file.
        partial: take a file that ends early, too; nothing of it is verified.
        options: ``DecodeOptions``.

    Raises:
        TruncatedError: the file ends before there is anything to show; otherwise as ``decode``.
    """
    if not partial:
        codec, image = _open_image(data, **options)
        return codec.thumbnail(image)
    content = data if isinstance(data, ImageFile | PackFile) else read_bytes(data)
    limit = options.get("max_pixels", MAX_PIXELS)
    image, whole = read_start(content, limit)
    codec, _ = _open_image(image, **options)
    return codec.thumbnail(image if whole else content, partial=True, max_pixels=limit)


def info(data: Data) -> dict[str, Any]:
    """What a .ltc or .ltcp file says about itself, without decoding it.

    Returns:
        ``format`` ("ltc" or "ltcp"), ``version``, ``model`` (id, hexadecimal), ``bundle`` (its name, None if it is not
        found), ``width``, ``height``, ``grey`` (whether the picture is), ``quantiser``, ``bits`` (of ``gained`` instead
        ``quality``, without loss ``planes`` and ``depth``), ``entropy``. Of a picture ``tile`` (side in pixels, 0
        without tiles, None if the bundle is not found), and ``alpha``, ``icc``, ``exif``, ``xmp``, ``iptc``, ``text``,
        ``dpi``, ``cicp``, ``gamma``, ``chromaticity`` and ``importance`` (whether it has them). Of a pack ``count``,
        ``block`` (pictures per block), ``names`` (None if it has none).
        ``bytes`` (by part: header, index and chunks where it has them, side_information, payload, checksum, and total)
        and ``bpp`` (bits of the whole file per pixel). All of it can be written as JSON.

    Raises:
        FormatError, TruncatedError, ChecksumError: no such file, or a damaged one (of a pack or a tiled picture, only
            header and index are read; ``verify`` reads the rest).
    """
    file = read_file(data, NO_LIMIT)  # telling the size of a bomb is harmless
    try:
        facts = read_facts(find_bundle(file.model))
    except UnknownModelError:
        return describe(file, None, None)
    return describe(file, facts.name, facts.stride)


def verify(data: Data, *, bundle: Name | None = None, max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """Check a whole file, every checksum, symbol and chunk, without running a network; returns what ``info`` does.

    A lossless file holds checksums (CRC-32) of the pixels that were encoded: they are decoded and compared with them.
    For it ``pixels_crc32`` is added: ``zlib.crc32`` of all samples, pixel by pixel, row by row, picture after picture,
    those of 16 bits as two bytes, the lower one first; hexadecimal.

    Raises:
        LatentCodecError: whatever ``Codec.decode`` would raise on it.
    """
    file = read_file(data, max_pixels)
    codec = decoder(file, bundle, "cpu", 0)
    pixels = codec.pixels(file) if codec.bundle.facts.lossless else codec.symbols(file)
    if isinstance(file, ImageFile):
        read_extras(file)
    facts = codec.bundle.facts
    described = describe(file, facts.name, facts.stride)
    if facts.lossless:
        described["pixels_crc32"] = f"{zlib.crc32(pixels.data):08x}"
    return described


def pack_names(data: Data) -> list[str] | None:
    """The names of a pack's pictures in their order, None if it has none.

    Raises:
        FormatError: no pack, or names that cannot be read; otherwise as ``info``.
    """
    return picture_names(read_pack(data, NO_LIMIT))


def encoder(bundle: Name | None, lossless: bool, provider: str, threads: int) -> Codec:
    """The codec that encodes: with the bundle of that name, or with the released one.

    Raises:
        UnknownModelError: no such bundle.
        ValueError: ``lossless`` with a bundle that is not.
    """
    folder = default_bundle(lossless=lossless) if bundle is None else find_bundle(bundle)
    codec = cached_codec(folder, provider, threads)
    if lossless and not codec.bundle.facts.lossless:
        raise ValueError(
            f"bundle {codec.bundle.name} is not lossless: name none, which means {LOSSLESS_BUNDLE}, or one that is"
        )
    return codec


def _open_image(
    data: Data,
    *,
    bundle: Name | None = None,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> tuple[Codec, ImageFile]:
    """A parsed file, and the codec that decodes it."""
    image = read_image(data, max_pixels)
    return decoder(image, bundle, provider, threads), image


def decoder(file: ImageFile | PackFile, bundle: Name | None, provider: str, threads: int) -> Codec:
    """The codec that decodes a file: with the bundle that it names, or with that of another name or path."""
    return cached_codec(find_bundle(file.model if bundle is None else bundle), provider, threads)


def cached_codec(folder: Path, provider: str, threads: int) -> Codec:
    """A codec with the bundle in ``folder``, kept for the next call unless the bundle changes."""
    check_runtime(provider, threads)
    folder = folder.resolve()
    return _load(folder, read_facts(folder).model_id, provider, threads)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, model: bytes, provider: str, threads: int) -> Codec:
    return Codec(load_bundle(folder), provider=provider, threads=threads)
