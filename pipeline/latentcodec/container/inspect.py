"""What a file says about itself: ``latentcodec.info``, ``verify`` and ``pack_names``. No network runs here."""

import zlib
from typing import Any

import numpy as np

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.bundle import kept_bundle, read_facts
from latentcodec.bundle.find import Name, find_bundle
from latentcodec.container import chunks
from latentcodec.container.read import ENTROPIES, MAX_PIXELS, NO_LIMIT, Data, parse
from latentcodec.container.symbols import names_of, read_symbols
from latentcodec.errors import UnknownModelError
from latentcodec.packs import one_pack
from latentcodec.pictures.write import read_extras
from latentcodec.transform.quantisers import GAINED, LOSSLESS, QUANTISERS


def info(data: Data) -> dict[str, Any]:
    """What a .ltc or .ltcp file says about itself, without decoding it.

    Returns:
        ``format`` ("ltc" or "ltcp"), ``version``, ``model`` (id, hexadecimal), ``bundle`` (its name, None if it is not
        found), ``width``, ``height``, ``grey`` (a lossless file, or a grey picture coded with a bundle for RGB),
        ``quantiser``, ``bits`` (of ``gained`` instead ``quality``, of ``lossless`` neither), ``entropy``. Of a picture
        ``tile`` (side in pixels, 0 without tiles, None if the bundle is not found), and ``alpha``, ``icc`` and ``exif``
        (whether it has them). Of a pack ``count``, ``block`` (pictures per block), ``names`` (None if it has none).
        ``bytes`` (by part: header, index and chunks where it has them, side, payload, checksum, and total) and ``bpp``
        (bits of the whole file per pixel). All of it can be written as JSON.

    Raises:
        FormatError, TruncatedError, ChecksumError: no such file, or a damaged one (of a pack or a tiled picture, only
            header and index are read; ``verify`` reads the rest).
    """
    file = parse(data, NO_LIMIT)  # telling the size of a bomb is harmless
    try:
        facts = read_facts(find_bundle(file.model))
    except UnknownModelError:
        facts = None
    return _describe(file, facts)


def verify(data: Data, *, bundle: Name | None = None, max_pixels: int = MAX_PIXELS) -> dict[str, Any]:
    """Check a whole file, every checksum, symbol and chunk, without running a network; returns what ``info`` does.

    A lossless file holds checksums (CRC-32) of the pixels that were encoded: they are decoded and compared with them.
    For it ``pixels_crc32`` is added: ``zlib.crc32`` of all pixels, row by row, picture after picture, hexadecimal.

    Raises:
        LatentCodecError: whatever ``Codec.decode`` would raise on it.
    """
    file = parse(data, max_pixels)
    checked = kept_bundle(find_bundle(file.model if bundle is None else bundle))
    symbols = read_symbols(file, checked)
    if isinstance(file, ImageFile):
        read_extras(file)
    facts = _describe(file, checked.facts)
    if checked.lossless:
        facts["pixels_crc32"] = f"{zlib.crc32(symbols.astype(np.uint8).data):08x}"
    return facts


def pack_names(data: Data) -> list[str] | None:
    """The names of a pack's pictures in their order, None if it has none.

    Raises:
        FormatError: no pack, or names that cannot be read; otherwise as ``info``.
    """
    return names_of(one_pack(data, NO_LIMIT))


def _describe(file: ImageFile | PackFile, facts: dict[str, Any] | None) -> dict[str, Any]:
    kinds = {kind for kind, _ in file.chunks}
    own: dict[str, Any]
    if isinstance(file, PackFile):
        own = {"count": file.count, "block": file.block, "names": names_of(file)}
    else:
        has = {"alpha": chunks.ALPHA, "icc": chunks.ICC, "exif": chunks.EXIF}
        tile = file.tile * facts["stride"] if facts is not None else None
        own = {"tile": tile if file.tile else 0, **{name: kind in kinds for name, kind in has.items()}}
    parts = {
        "header": file.header_bytes,
        "index": file.index_bytes,
        "side": file.side_bytes,
        "chunks": file.chunk_bytes,
        "payload": file.payload_bytes,
        "checksum": file.checksum_bytes,
    }
    for name in ("index", "chunks"):
        if not parts[name]:
            del parts[name]
    total = sum(parts.values())
    pixels = file.width * file.height * own.get("count", 1)
    return {
        "format": "ltcp" if isinstance(file, PackFile) else "ltc",
        "version": file.version,
        "model": file.model.hex(),
        "bundle": facts and facts["name"],
        "width": file.width,
        "height": file.height,
        **own,
        "grey": file.grey or QUANTISERS[file.quantiser] == LOSSLESS,
        "quantiser": QUANTISERS[file.quantiser],
        **_parameter(file),
        "entropy": ENTROPIES[file.entropy],
        "bytes": {**parts, "total": total},
        "bpp": 8 * total / pixels,
    }


def _parameter(file: ImageFile | PackFile) -> dict[str, int]:
    """What the quantiser is used with: bits, a quality, or nothing."""
    quantiser = QUANTISERS[file.quantiser]
    return {} if quantiser == LOSSLESS else {"quality" if quantiser == GAINED else "bits": file.bits}
