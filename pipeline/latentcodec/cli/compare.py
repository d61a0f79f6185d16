"""``latentcodec compare``: pictures in our files and in other codecs' files of the same size."""

import json
import math
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from PIL import Image

from latentcodec.cli import compare_page, options
from latentcodec.cli.comparison import Comparison, Row, measured, rivals_of_size, totals
from latentcodec.cli.inputs import PICTURES, Input, expand, open_picture
from latentcodec.cli.messages import UsageError, count, report, say
from latentcodec.cli.outputs import STDIO, as_stdout, check_output, picture_format, write_output
from latentcodec.cli.panels import Panel, middle, side_by_side
from latentcodec.cli.work import Bar, run_all
from latentcodec.codec import Codec
from latentcodec.container.header import LOSSLESS
from latentcodec.pictures.read import read_picture
from latentcodec.pictures.write import Box, to_file
from latentcodec.rivals import RIVALS, Pixels
from latentcodec.settings import DEFAULT_QUALITY, CodingOptions

_DEFAULT = ("jpeg", "webp", "avif", "jpegxl")
_DEFAULT_LOSSLESS = ("png", "webp-lossless")


@dataclass
class _Done:
    """What is kept of the pictures that have been compared."""

    rows: list[list[Row]] = field(default_factory=list)
    pixels: int = 0
    shown: list[dict[str, Any]] = field(default_factory=list)
    """On the page."""


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "compare", "pictures in our files and in other codecs' files of the same size", compare,
        "compare photo.png --against webp,avif,jpeg",
        "compare photo.png --quality 20,50,80 --region 100,100,612,612 -o detail.png",
        "compare photo.png --target-size 20k",
        "compare photo.png -o beside.png",
        "compare photos/ --html compared.html",
        "compare scan.png --lossless",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="+", metavar="PICTURE", help="pictures that Pillow reads, folders of them, or '-' for stdin"
    )
    options.add_against(
        command,
        f"{','.join(_DEFAULT)}, with --lossless {','.join(_DEFAULT_LOSSLESS)}, as far as Pillow has them",
    )
    command.add_argument(
        "--region", type=options.region, metavar="L,T,R,B",
        help="the part to show: left, top, right and bottom in pixels (default: all, or the middle of a large picture)",
    )  # fmt: skip
    options.add_output(command, "write a picture of all of them side by side")
    command.add_argument(
        "--html", metavar="PAGE",
        help=f"write a page on which any two lie over each other, with zoom and all figures (of up to "
        f"{compare_page.MOST} pictures)",
    )  # fmt: skip
    options.add_plugin(command)
    options.add_coding(command, several=True)
    options.add_running(command)
    options.add_json(command)


def compare(args: Namespace) -> int:
    _check_outputs(args)
    sources = expand(args.inputs, PICTURES)
    if len(sources) > 1 and args.output is not None:
        raise UsageError("-o shows one picture: --html shows several")
    codings: list[CodingOptions] = [{**options.coding(args), "quality": quality} for quality in args.quality or [None]]
    codec = options.encoder(args, args.threads, *codings)
    done = _Done()

    def work(source: Input) -> str:
        compared = _compare(args, codec, source, codings, alone=len(sources) == 1)
        done.rows.append(compared.rows)
        done.pixels += math.prod(compared.original.shape[:2])
        if args.html is not None and len(done.shown) < compare_page.MOST:
            box = _box(args.region, compared.original, compare_page.WHOLE, compare_page.WHOLE)
            done.shown.append(compare_page.picture(compared, box))
        return "\n".join(_lines(args, compared, alone=len(sources) == 1))

    status = run_all(sources, attrgetter("name"), work)
    if done.rows:
        _conclude(args, done)
    return status


def _check_outputs(args: Namespace) -> None:
    """Before the work is done: outputs that could not be written, and options that are about outputs not asked for."""
    if args.output is None and args.html is None and (args.region is not None or args.force):
        raise UsageError("--region and --force are about what is written: name it with -o or --html")
    for target, what in (
        (args.output, "side-by-side picture needs a file: -o"),
        (args.html, "page needs a file: --html"),
    ):
        if target is not None and as_stdout(target) == STDIO:
            raise UsageError(f"the {what}")
        if target is not None:
            check_output(target, args.force)
    if args.output is not None:
        picture_format(args.output)


def _compare(args: Namespace, codec: Codec, source: Input, codings: list[CodingOptions], *, alone: bool) -> Comparison:
    """A picture as all codecs have it; alone, it gets a progress bar, and the picture that -o names."""
    lossless = codec.bundle.facts.lossless
    original = read_picture(open_picture(source), codec.bundle.facts.colour, lossless=lossless).pixels
    box = _box(args.region, original)
    compared = Comparison(source.name, original, *_measure(args, codec, original, codings, hidden=not alone))
    if args.output is not None:
        sheet = to_file(_sheet(compared, box, len(codings)), picture_format(args.output))
        write_output(args.output, sheet, args.force)
    return compared


def _measure(
    args: Namespace, codec: Codec, original: Pixels, codings: list[CodingOptions], *, hidden: bool
) -> tuple[list[Row], list[Pixels]]:
    """Row by row, for each coding our file and then the rivals' of that size, and what each decodes to."""
    names = args.against or [name for name in _defaults(codec) if RIVALS[name].available]
    rows: list[Row] = []
    pictures: list[Pixels] = []
    with Bar(range(len(codings) * (1 + len(names))), hidden=hidden) as bar:
        for coding in codings:
            data = codec.encode(original, **coding)
            decoded = codec.decode_array(data)
            rows.append(measured(codec.bundle.name, _quality(args, codec, coding, data), data, original, decoded))
            pictures.append(decoded)
            bar.draw(len(rows))
            for row, decoded in rivals_of_size(names, original, len(data)):
                rows.append(row)
                pictures.append(decoded)
                bar.draw(len(rows))
    return rows, pictures


def _lines(args: Namespace, compared: Comparison, *, alone: bool) -> Iterator[str]:
    """What is printed of a picture: its table, or one line of JSON for each row, or one line if it is one of many."""
    if args.json:
        yield from (json.dumps({"input": compared.name, **compare_page.as_json(row)}) for row in compared.rows)
    elif alone:
        yield from _table(compared.rows)
        if args.output is not None:
            yield f"side by side: {args.output}"
    else:
        scores = ", ".join(f"{row.codec} {row.ssimulacra2:.2f}" for row in compared.rows)
        yield f"{compared.name}: {compared.rows[0].bytes} bytes; SSIMULACRA2 {scores}"


def _conclude(args: Namespace, done: _Done) -> None:
    """The totals of several pictures, and the page."""
    sums = totals(done.rows, done.pixels)
    if len(done.rows) > 1 and not args.json:
        say(f"{len(done.rows)} pictures, bytes of all, the mean of what is measured:")
        for line in _table(sums):
            say(line)
    if args.html is not None:
        write_output(args.html, compare_page.page(done.shown, sums, len(done.rows)), args.force)
        if not args.json:
            say(f"page: {args.html}")
        if len(done.shown) < len(done.rows):
            report(f"note: the page shows {len(done.shown)} of {len(done.rows)} pictures; its totals are of all")


def _defaults(codec: Codec) -> tuple[str, ...]:
    return _DEFAULT_LOSSLESS if codec.bundle.facts.lossless else _DEFAULT


def _box(region: Box | None, picture: Pixels, *limits: int) -> Box:
    """The part that is shown, ``limits`` being those of ``middle``; UsageError if it is not one of the picture."""
    height, width = picture.shape[:2]
    left, top, right, bottom = region or middle(height, width, *limits)
    if right > width or bottom > height:
        raise UsageError(f"the picture has {width}x{height} pixels: the region leaves it")
    return left, top, right, bottom


def _sheet(compared: Comparison, box: Box, codings: int) -> Image.Image:
    """The original and all that was decoded, side by side; a row of panels for each of several codings."""
    height, width = compared.original.shape[:2]
    each = len(compared.rows) // codings
    panels = []
    for number, (row, decoded) in enumerate(zip(compared.rows, compared.decoded, strict=True)):
        if number % each == 0:
            panels.append(Panel(compared.original, ["original", f"{width}x{height}"]))
        panels.append(Panel(decoded, _caption(row)))
    return side_by_side(panels, box, 1 + each if codings > 1 else None)


def _quality(args: Namespace, codec: Codec, coding: CodingOptions, data: bytes) -> str:
    """What our file was encoded with, in the table's words."""
    if codec.bundle.facts.lossless:
        return LOSSLESS
    if args.quantiser:
        return f"{args.quantiser}, {count(args.bits, 'bit')}"
    return str(options.quality_found(args, codec, data).get("quality") or coding["quality"] or DEFAULT_QUALITY)


def _caption(row: Row) -> list[str]:
    setting = f"quality {row.quality}" if row.quality.replace(".", "").isdecimal() else row.quality
    distortion = f"PSNR {row.psnr:.2f} dB" if math.isfinite(row.psnr) else "exact"
    similarity = "" if row.ssim is None else f", SSIM {row.ssim:.3f}"
    distance = "" if row.butteraugli is None else f", butteraugli {row.butteraugli:.2f}"
    return [
        f"{row.codec}, {setting}",
        f"{row.bytes} bytes, {row.bpp:.3f} bpp",
        distortion + similarity,
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
