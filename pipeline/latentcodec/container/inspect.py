"""What a parsed file says about itself."""

from typing import Any

from latentcodec._core import ImageFile, PackFile
from latentcodec.container import chunks
from latentcodec.container.header import (
    ENTROPIES,
    LOSSLESS_QUANTISERS,
    QUANTISERS,
    VARIABLE_RATE,
    planes_and_depth,
    quality_of,
)
from latentcodec.container.names import picture_names


def describe(file: ImageFile | PackFile, bundle: str | None, stride: int | None) -> dict[str, Any]:
    """The facts of a file, as ``latentcodec.info`` returns them.

    Args:
        bundle, stride: those of the bundle that the file names, None if it is not found.

    Raises:
        FormatError: the names of a pack's pictures are damaged.
    """
    quantiser = QUANTISERS[file.quantiser]
    channels = _channels(file) if quantiser in LOSSLESS_QUANTISERS else None
    own = _pack_facts(file) if isinstance(file, PackFile) else _image_facts(file, stride, channels)
    sizes = _sizes(file)
    return {
        "format": "ltcp" if isinstance(file, PackFile) else "ltc",
        "version": file.version,
        "model": file.model.hex(),
        "bundle": bundle,
        "width": file.width,
        "height": file.height,
        **own,
        "grey": file.grey or channels in (1, 2),
        "quantiser": quantiser,
        **_parameter(quantiser, file),
        "entropy": ENTROPIES[file.entropy],
        "bytes": sizes,
        "bpp": 8 * sizes["total"] / (file.width * file.height * own.get("count", 1)),
    }


def _pack_facts(pack: PackFile) -> dict[str, Any]:
    return {"count": pack.count, "block": pack.block, "names": picture_names(pack)}


def _image_facts(image: ImageFile, stride: int | None, channels: int | None) -> dict[str, Any]:
    kinds = {kind for kind, _ in image.chunks} | ({chunks.ALPHA} if channels in (2, 4) else set())
    tile = None if image.tile and stride is None else image.tile * (stride or 0)
    present = {
        "alpha": chunks.ALPHA, "icc": chunks.ICC, "exif": chunks.EXIF, "xmp": chunks.XMP, "iptc": chunks.IPTC,
        "text": chunks.TEXTS, "dpi": chunks.DENSITY, "cicp": chunks.CICP, "gamma": chunks.GAMMA,
        "chromaticity": chunks.CHROMATICITIES, "importance": chunks.IMPORTANCE,
    }  # fmt: skip
    return {"tile": tile, **{name: kind in kinds for name, kind in present.items()}}


def _sizes(file: ImageFile | PackFile) -> dict[str, int]:
    """Bytes by part, and in total; index and chunks only where there are any."""
    sizes = {
        "header": file.header_bytes,
        "index": file.index_bytes,
        "side_information": file.side_information_bytes,
        "chunks": file.chunk_bytes,
        "payload": file.payload_bytes,
        "checksum": file.checksum_bytes,
    }
    total = sum(sizes.values())
    return {name: size for name, size in sizes.items() if size or name not in ("index", "chunks")} | {"total": total}


def _parameter(quantiser: str, file: ImageFile | PackFile) -> dict[str, float]:
    """What the quantiser is used with: bits, or a quality, or planes of so many bits a sample."""
    if quantiser in LOSSLESS_QUANTISERS:
        return dict(zip(("planes", "depth"), planes_and_depth(file.quantiser, file.parameter), strict=True))
    if quantiser == VARIABLE_RATE:
        return {"quality": quality_of(file.parameter, file.hundredths)}
    return {"bits": file.parameter}


def _channels(file: ImageFile | PackFile) -> int:
    """Of the pictures that a file without loss holds: those of the colours, where it has numbers of these."""
    colours = dict(file.chunks).get(chunks.COLOURS)
    channels = 1 if colours is None else chunks.read_colours(colours)[1].shape[1]
    return max(channels, planes_and_depth(file.quantiser, file.parameter)[0])
