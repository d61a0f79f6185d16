"""The functions of ``import latentcodec``: they find the bundle, a ``Codec`` does the work."""

import functools
from pathlib import Path
from typing import Literal, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec.bundle.bundle import kept_bundle, load_bundle, read_facts
from latentcodec.bundle.facts import model_id
from latentcodec.bundle.find import LOSSLESS, Name, default_bundle, find_bundle
from latentcodec.codec import Codec
from latentcodec.container.inspect import info, pack_names, verify
from latentcodec.container.read import MAX_PIXELS, Data, parse, read
from latentcodec.pictures.read import Picture
from latentcodec.transform.windows import Box

__all__ = ["decode", "decode_region", "encode", "info", "open", "pack_names", "verify"]


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
    quality: int | None = None,
    quantiser: str | None = None,
    bits: int | None = None,
    target_bpp: float | None = None,
    target_psnr: float | None = None,
    target_size: int | None = None,
    entropy: str | None = None,
    tile: int | None = None,
    metadata: bool = True,
    provider: str = "auto",
    threads: int = 0,
) -> bytes:
    """Encode one picture as a .ltc file: ``Codec.encode`` with a bundle that is found by its name.

    Without a name it is the released bundle ``search.DEFAULT``, or, if the grey picture is to come back bit for bit
    (``lossless``), ``search.LOSSLESS``. The bundles used last stay in memory.

    Raises:
        ValueError: ``lossless`` with a bundle that is not.
        LatentCodecError, ValueError, OSError: as ``open`` and ``Codec.encode``.
    """
    return encoder(bundle, lossless, provider, threads).encode(
        picture,
        quality=quality,
        quantiser=quantiser,
        bits=bits,
        target_bpp=target_bpp,
        target_psnr=target_psnr,
        target_size=target_size,
        entropy=entropy,
        tile=tile,
        metadata=metadata,
    )


class _Options(TypedDict, total=False):
    """What ``decode`` and ``decode_region`` take besides ``as_array``."""

    bundle: Name | None
    max_pixels: int
    provider: str
    threads: int


@overload
def decode(data: Data, *, as_array: Literal[False] = False, **options: Unpack[_Options]) -> Image.Image: ...
@overload
def decode(data: Data, *, as_array: Literal[True], **options: Unpack[_Options]) -> NDArray[np.uint8]: ...
@overload
def decode(data: Data, *, as_array: bool, **options: Unpack[_Options]) -> Image.Image | NDArray[np.uint8]: ...


def decode(
    data: Data,
    *,
    as_array: bool = False,
    bundle: Name | None = None,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> Image.Image | NDArray[np.uint8]:
    """Decode a .ltc file with the bundle that it names: ``Codec.decode``.

    Args:
        data: its bytes, its path, or an open binary file.
        as_array: return uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) instead of a Pillow image.
        bundle: where the bundle is, if it is not among those that are found by their id.
        max_pixels: refuse a file that declares more.
        provider, threads: as for ``open``.

    Raises:
        UnknownModelError: the bundle was not found; names its id, says where it was looked for and how to give it.
        LatentCodecError: whatever ``Codec.decode`` raises.
    """
    content = read(data)
    codec = codec_for(content, bundle, max_pixels, provider, threads)
    return codec.decode(content, as_array=as_array, max_pixels=max_pixels)


@overload
def decode_region(
    data: Data, box: Box, *, as_array: Literal[False] = False, **options: Unpack[_Options]
) -> Image.Image: ...
@overload
def decode_region(
    data: Data, box: Box, *, as_array: Literal[True], **options: Unpack[_Options]
) -> NDArray[np.uint8]: ...
@overload
def decode_region(
    data: Data, box: Box, *, as_array: bool, **options: Unpack[_Options]
) -> Image.Image | NDArray[np.uint8]: ...


def decode_region(
    data: Data,
    box: Box,
    *,
    as_array: bool = False,
    bundle: Name | None = None,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> Image.Image | NDArray[np.uint8]:
    """Decode a part of a .ltc file, at little more than the part's cost if it is tiled: ``Codec.decode_region``.

    Args:
        data: its bytes, its path, or an open binary file.
        box: (left, top, right, bottom) in pixels, right and bottom excluded.
        as_array, bundle, max_pixels, provider, threads: as for ``decode``.

    Raises:
        ValueError: a box that is empty or reaches out of the picture; otherwise as ``decode``.
    """
    content = read(data)
    codec = codec_for(content, bundle, max_pixels, provider, threads)
    return codec.decode_region(content, box, as_array=as_array, max_pixels=max_pixels)


def encoder(bundle: Name | None, lossless: bool, provider: str, threads: int) -> Codec:
    """The codec that encodes: with the bundle that is given, or with the released one.

    Raises:
        UnknownModelError: no such bundle.
        ValueError: ``lossless`` with a bundle that is not.
    """
    folder = default_bundle(lossless=lossless) if bundle is None else find_bundle(bundle)
    codec = kept_codec(folder, provider, threads)
    if lossless and not codec.bundle.lossless:
        raise ValueError(
            f"bundle {codec.bundle.name} is not lossless: name none, which means {LOSSLESS}, or one that is"
        )
    return codec


def codec_for(content: bytes, bundle: Name | None, max_pixels: int, provider: str, threads: int) -> Codec:
    """The codec that decodes a file: with the bundle that it names, or with the one that is given."""
    model = parse(content, max_pixels).model
    return kept_codec(find_bundle(model if bundle is None else bundle), provider, threads)


def kept_codec(folder: Path, provider: str, threads: int) -> Codec:
    """A codec with the bundle in ``folder``, kept for the next call unless the bundle changes."""
    folder = folder.resolve()
    return _load(folder, model_id(read_facts(folder)), provider, threads)


@functools.lru_cache(maxsize=4)
def _load(folder: Path, model: bytes, provider: str, threads: int) -> Codec:
    return Codec(kept_bundle(folder), provider=provider, threads=threads)
