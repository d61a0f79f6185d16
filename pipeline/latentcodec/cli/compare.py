"""``latentcodec compare``: a picture in our file and in other codecs' files of the same size."""

import json
import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from PIL import Image

from latentcodec.cli import options
from latentcodec.cli.inputs import Input, name_of, open_picture
from latentcodec.cli.messages import UsageError, count, naming, say
from latentcodec.cli.outputs import STDIO, as_stdout, check_output, picture_format, write_output
from latentcodec.cli.panels import Panel, middle, side_by_side
from latentcodec.cli.work import Bar
from latentcodec.codec import Codec
from latentcodec.container.header import LOSSLESS
from latentcodec.distortion import butteraugli, psnr, ssim, ssimulacra2
from latentcodec.pictures.read import read_picture
from latentcodec.pictures.write import Box, to_file
from latentcodec.rivals import RIVALS, Pixels, decode
from latentcodec.settings import DEFAULT_QUALITY, CodingOptions

_DEFAULT = ("jpeg", "webp", "avif", "jpegxl")
_DEFAULT_LOSSLESS = ("png", "webp-lossless")


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


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "compare", "a picture in our file and in other codecs' files of the same size", compare,
        "compare photo.png --against webp,avif,jpeg",
        "compare photo.png --quality 20,50,80 --region 100,100,612,612 -o detail.png",
        "compare photo.png --target-size 20k",
        "compare photo.png -o beside.png",
        "compare scan.png --lossless",
    )  # fmt: skip
    command.add_argument("input", metavar="PICTURE", help="a picture that Pillow reads, or '-' for stdin")
    command.add_argument(
        "--against", type=_names, metavar="LIST",
        help=f"some of {','.join(RIVALS)} (default: {','.join(_DEFAULT)}, with --lossless "
        f"{','.join(_DEFAULT_LOSSLESS)}, as far as Pillow has them)",
    )  # fmt: skip
    command.add_argument(
        "--region", type=options.region, metavar="L,T,R,B",
        help="the part to show: left, top, right and bottom in pixels (default: all, or the middle of a large picture)",
    )  # fmt: skip
    options.add_output(command, "write a picture of all of them side by side")
    options.add_plugin(command)
    options.add_coding(command, several=True)
    options.add_running(command)
    options.add_json(command)


def compare(args: Namespace) -> int:
    kind = _picture_format(args)
    codings: list[CodingOptions] = [{**options.coding(args), "quality": quality} for quality in args.quality or [None]]
    codec = options.encoder(args, args.threads, *codings)
    with naming(name_of(args.input)):
        picture = open_picture(Input(args.input))
        original = read_picture(picture, codec.bundle.facts.colour, exact=codec.bundle.facts.lossless).pixels
        box = _box(args.region, original)
        rows = _measure(args, codec, original, codings)
    if args.output is not None:
        write_output(args.output, to_file(_sheet(original, rows, box, len(codings)), kind), args.force)
    for line in map(json.dumps, map(_as_json, rows)) if args.json else _table([row for row, _ in rows]):
        say(line)
    if args.output is not None and not args.json:
        say(f"side by side: {args.output}")
    return 0


def _picture_format(args: Namespace) -> str:
    """Pillow's name for the type of the side-by-side picture, which is made only where -o names one."""
    if args.output is None:
        if args.region is not None or args.force:
            raise UsageError("--region and --force are about the side-by-side picture: name one with -o")
        return ""
    if as_stdout(args.output) == STDIO:
        raise UsageError("the side-by-side picture needs a file: -o")
    check_output(args.output, args.force)
    return picture_format(args.output)


def _measure(args: Namespace, codec: Codec, original: Pixels, codings: list[CodingOptions]) -> list[tuple[Row, Pixels]]:
    """Row by row, for each coding our file and then the rivals' of that size, and what each decodes to."""
    names = args.against or [name for name in _defaults(codec) if RIVALS[name].available]
    rows: list[tuple[Row, Pixels]] = []
    with Bar(len(codings) * (1 + len(names))) as bar:
        for coding in codings:
            data = codec.encode(original, **coding)
            rows.append(
                _row(codec.bundle.name, _quality(args, codec, coding, data), data, original, codec.decode_array(data))
            )
            bar.draw(len(rows))
            for name in names:
                setting, file = RIVALS[name].match(original, len(data))
                decoded = decode(file, 3 if original.ndim == 3 else 1)
                rows.append(_row(name, RIVALS[name].label(setting), file, original, decoded))
                bar.draw(len(rows))
    return rows


def _row(codec: str, quality: str, file: bytes, original: Pixels, decoded: Pixels) -> tuple[Row, Pixels]:
    height, width = original.shape[:2]
    bpp = 8 * len(file) / (width * height)
    pair = original, decoded
    row = Row(codec, quality, len(file), bpp, psnr(*pair), ssim(*pair), ssimulacra2(*pair), butteraugli(*pair))
    return row, decoded


def _defaults(codec: Codec) -> tuple[str, ...]:
    return _DEFAULT_LOSSLESS if codec.bundle.facts.lossless else _DEFAULT


def _box(region: Box | None, picture: Pixels) -> Box:
    """The part that is shown; UsageError if it is not one of the picture."""
    height, width = picture.shape[:2]
    left, top, right, bottom = region or middle(height, width)
    if right > width or bottom > height:
        raise UsageError(f"the picture has {width}x{height} pixels: the region leaves it")
    return left, top, right, bottom


def _sheet(original: Pixels, rows: list[tuple[Row, Pixels]], box: Box, codings: int) -> Image.Image:
    """The original and all that was decoded, side by side; a row of panels for each of several codings."""
    height, width = original.shape[:2]
    each = len(rows) // codings
    panels = []
    for number, (row, decoded) in enumerate(rows):
        if number % each == 0:
            panels.append(Panel(original, ["original", f"{width}x{height}"]))
        panels.append(Panel(decoded, _caption(row)))
    return side_by_side(panels, box, 1 + each if codings > 1 else None)


def _as_json(row: tuple[Row, Pixels]) -> dict[str, Any]:
    return {**asdict(row[0]), "psnr": row[0].psnr if math.isfinite(row[0].psnr) else None}


def _quality(args: Namespace, codec: Codec, coding: CodingOptions, data: bytes) -> str:
    """What our file was encoded with, in the table's words."""
    if codec.bundle.facts.lossless:
        return LOSSLESS
    if args.quantiser:
        return f"{args.quantiser}, {count(args.bits, 'bit')}"
    return str(options.quality_found(args, codec, data).get("quality") or coding["quality"] or DEFAULT_QUALITY)


def _caption(row: Row) -> list[str]:
    setting = f"quality {row.quality}" if row.quality.replace(".", "").isdecimal() else row.quality
    fidelity = f"PSNR {row.psnr:.2f} dB" if math.isfinite(row.psnr) else "exact"
    similarity = "" if row.ssim is None else f", SSIM {row.ssim:.3f}"
    distance = "" if row.butteraugli is None else f", butteraugli {row.butteraugli:.2f}"
    return [
        f"{row.codec}, {setting}",
        f"{row.bytes} bytes, {row.bpp:.3f} bpp",
        fidelity + similarity,
        f"SSIMULACRA2 {row.ssimulacra2:.1f}{distance}",
    ]


def _table(rows: list[Row]) -> Iterator[str]:
    width = max(len("codec"), *(len(row.codec) for row in rows))
    yield (
        f"{'codec':<{width}}  {'quality':>14}  {'bytes':>9}  {'bpp':>7}  {'PSNR dB':>7}  {'SSIM':>6}  SSIMULACRA2  "
        "butteraugli"
    )
    for row in rows:
        similarity = "-" if row.ssim is None else f"{row.ssim:.4f}"
        distance = "-" if row.butteraugli is None else f"{row.butteraugli:.3f}"
        yield (
            f"{row.codec:<{width}}  {row.quality:>14}  {row.bytes:>9}  {row.bpp:>7.4f}  {row.psnr:>7.2f}  "
            f"{similarity:>6}  {row.ssimulacra2:>11.2f}  {distance:>11}"
        )


def _names(text: str) -> list[str]:
    """ "webp,avif" as names of rivals that this build of Pillow writes."""
    names = text.split(",")
    for name in names:
        if name not in RIVALS:
            raise ArgumentTypeError(f"{name!r} is none of {', '.join(RIVALS)}")
        if not RIVALS[name].available:
            raise ArgumentTypeError(f"this build of Pillow writes no {name}")
    return names
