"""The functions of ``import latentcodec``: they find the bundle, a ``Codec`` does the work."""

import functools
import os
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec.bundle import load_bundle, read_facts
from latentcodec.codec import Codec
from latentcodec.errors import UnknownModelError
from latentcodec.facts import model_id
from latentcodec.formats import MAX_PIXELS, NO_LIMIT, Data, describe, parse, read
from latentcodec.pictures import Picture
from latentcodec.reading import read_symbols
from latentcodec.search import default_bundle, find_bundle

Name = str | os.PathLike[str]
"""A bundle: its name, its model id in hexadecimal, or the path of its folder."""


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
    quality: int | None = None,
    quantiser: str | None = None,
    bits: int | None = None,
    entropy: str = "static",
    provider: str = "auto",
    threads: int = 0,
) -> bytes:
    """Encode one picture as a .ltc file: ``Codec.encode`` with a bundle that is found by its name.

    Without a name it is the only bundle in the first place that holds any. The bundles used last stay in memory.

    Raises:
        ValueError: no bundle is named and there are several; otherwise as ``open`` and ``Codec.encode``.
    """
    codec = kept_codec(default_bundle() if bundle is None else find_bundle(bundle), provider, threads)
    return codec.encode(picture, quality=quality, quantiser=quantiser, bits=bits, entropy=entropy)


@overload
def decode(
    data: Data,
    *,
    bundle: Name | None = None,
    as_array: Literal[False] = False,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> Image.Image: ...
@overload
def decode(
    data: Data,
    *,
    bundle: Name | None = None,
    as_array: Literal[True],
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> NDArray[np.uint8]: ...
@overload
def decode(
    data: Data,
    *,
    bundle: Name | None = None,
    as_array: bool,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> Image.Image | NDArray[np.uint8]: ...


def decode(
    data: Data,
    *,
    bundle: Name | None = None,
    as_array: bool = False,
    max_pixels: int = MAX_PIXELS,
    provider: str = "auto",
    threads: int = 0,
) -> Image.Image | NDArray[np.uint8]:
    """Decode a .ltc file with the bundle that it names: ``Codec.decode``.

    Args:
        data: its bytes, its path, or an open binary file.
        bundle: where the bundle is, if it is not among those that are found by their id.
        as_array: return uint8 (H, W, 3) or (H, W) instead of a Pillow image.
        max_pixels: refuse a file that declares more.
        provider, threads: as for ``open``.

    Raises:
        UnknownModelError: the bundle was not found; names its id, says where it was looked for and how to give it.
        LatentCodecError: whatever ``Codec.decode`` raises.
    """
    content = read(data)
    codec = codec_for(content, bundle, max_pixels, provider, threads)
    return codec.decode(content, as_array=as_array, max_pixels=max_pixels)


def info(data: Data) -> dict[str, Any]:
    """What a .ltc or .ltcp file says about itself, without decoding it.

    Returns:
        ``format`` ("ltc" or "ltcp"), ``version``, ``model`` (id, hexadecimal), ``bundle`` (its name, None if it is not
        found), ``width``, ``height``, of a pack ``count`` and ``block`` (pictures per block), ``quantiser``, ``bits``,
        ``entropy``, ``bytes`` (by part: header, of a pack index, side, payload, checksum, and total) and ``bpp`` (bits
        of the whole file per pixel). All of it can be written as JSON.

    Raises:
        FormatError, TruncatedError, ChecksumError: no such file, or a damaged one (of a pack, only header and index
            are read; ``verify`` reads the rest).
    """
    file = parse(data, NO_LIMIT)  # telling the size of a bomb is harmless
    try:
        name = read_facts(find_bundle(file.model))["name"]
    except UnknownModelError:
        name = None
    return describe(file, name)


def verify(data: Data, *, bundle: Name | None = None, max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """Check a whole file, every checksum and every symbol, without running a network; returns what ``info`` does.

    Raises:
        LatentCodecError: whatever ``Codec.decode`` would raise on it.
    """
    file = parse(data, max_pixels)
    checked = load_bundle(find_bundle(file.model if bundle is None else bundle))
    read_symbols(file, checked)
    return describe(file, checked.name)


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
    return Codec(load_bundle(folder), provider=provider, threads=threads)
