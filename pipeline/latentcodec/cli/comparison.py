"""A picture in our file and in other codecs' files of the same size: what is measured of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from latentcodec.distortion import butteraugli, psnr, ssim, ssimulacra2
from latentcodec.rivals import RIVALS, Pixels, decode


@dataclass(frozen=True)
class Row:
    """One codec's file. PSNR is infinite where the picture came back exactly; a small picture has neither SSIM nor
    butteraugli."""

    codec: str
    quality: str
    bytes: int
    bpp: float
    psnr: float
    ssim: float | None
    ssimulacra2: float
    butteraugli: float | None


@dataclass(frozen=True)
class Comparison:
    """A picture with its rows, and what each of their files decodes to."""

    name: str
    original: Pixels
    rows: list[Row]
    decoded: list[Pixels]


def measured(codec: str, quality: str, file: bytes, original: Pixels, decoded: Pixels) -> Row:
    """The row of a file that decodes to ``decoded``."""
    height, width = original.shape[:2]
    bpp = 8 * len(file) / (width * height)
    pair = original, decoded
    return Row(codec, quality, len(file), bpp, psnr(*pair), ssim(*pair), ssimulacra2(*pair), butteraugli(*pair))


def rivals_of_size(names: Sequence[str], original: Pixels, size: int) -> Iterator[tuple[Row, Pixels]]:
    """Of each codec named the file that is nearest to ``size`` bytes, and what it decodes to."""
    for name in names:
        setting, file = RIVALS[name].match(original, size)
        decoded = decode(file, 3 if original.ndim == 3 else 1)
        yield measured(name, RIVALS[name].label(setting), file, original, decoded), decoded


def total(rows: Sequence[Row], pixels: int) -> Row:
    """The rows of one codec for several pictures, of so many pixels together: bytes of all, and the mean of what is
    measured. A quality stands there if it is the same everywhere, a mean if all pictures have the measure."""
    qualities = {row.quality for row in rows}
    length = sum(row.bytes for row in rows)
    return Row(
        codec=rows[0].codec,
        quality=qualities.pop() if len(qualities) == 1 else "",
        bytes=length,
        bpp=8 * length / pixels,
        psnr=sum(row.psnr for row in rows) / len(rows),
        ssim=_mean([row.ssim for row in rows]),
        ssimulacra2=sum(row.ssimulacra2 for row in rows) / len(rows),
        butteraugli=_mean([row.butteraugli for row in rows]),
    )


def totals(pictures: Sequence[Sequence[Row]], pixels: int) -> list[Row]:
    """``total`` of every codec and quality; each picture has them in the same order."""
    return [total(rows, pixels) for rows in zip(*pictures, strict=True)]


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None
