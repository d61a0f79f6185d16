"""``latentcodec compare``: a picture in our file and in other codecs' files of the same size."""

import json
import math
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.cli import options
from latentcodec.cli.encode import picture_format, save
from latentcodec.cli.inputs import readable
from latentcodec.cli.messages import UsageError, count
from latentcodec.cli.outputs import STDIO, check_output, write_output
from latentcodec.cli.panels import Panel, middle, side_by_side
from latentcodec.codec import Codec
from latentcodec.container.header import LOSSLESS
from latentcodec.distortion import psnr, ssim
from latentcodec.pictures.read import take_apart
from latentcodec.rivals import RIVALS, decode
from latentcodec.settings import DEFAULT_QUALITY, CodingOptions

_DEFAULT = ("jpeg", "webp", "avif")
_DEFAULT_LOSSLESS = ("png", "webp-lossless")


@dataclass(frozen=True)
class Row:
    """One codec's file. PSNR is infinite where the picture came back exactly; a small picture has no SSIM."""

    codec: str
    quality: str
    bytes: int
    bpp: float
    psnr: float
    ssim: float | None


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "compare", "a picture in our file and in other codecs' files of the same size", compare,
        "compare photo.png --against webp,avif,jpeg",
        "compare photo.png --quality 20,50,80 --region 100,100,612,612 -o detail.png",
        "compare photo.png --target-size 20k",
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
    options.add_output(command, "the side-by-side picture (default: the picture's name with .compare.png)")
    options.add_coding(command, several=True)
    options.add_running(command)
    options.add_json(command)


def compare(args: Namespace) -> int:
    target = _target(args)
    kind = picture_format(target)
    codings: list[CodingOptions] = [{**options.coding(args), "quality": quality} for quality in args.quality or [None]]
    codec = options.encoder(args, args.threads, *codings)
    check_output(target, args.force)
    original = take_apart(readable(args.input), codec.bundle.facts.colour, exact=codec.bundle.facts.lossless).pixels
    height, width = original.shape[:2]
    box = args.region or middle(height, width)
    if box[2] > width or box[3] > height:
        raise UsageError(f"the picture has {width}x{height} pixels: the region leaves it")

    rows, panels = [], []
    for coding in codings:
        panels.append(Panel(original, ["original", f"{width}x{height}"]))
        for name, quality, size, decoded in _files(args, codec, original, coding):
            fidelity = psnr(original, decoded)
            row = Row(name, quality, size, 8 * size / (width * height), fidelity, ssim(original, decoded))
            rows.append(row)
            panels.append(Panel(decoded, _caption(row)))
    columns = len(panels) // len(codings) if len(codings) > 1 else None  # a row for each quality
    write_output(target, save(side_by_side(panels, box, columns), kind), args.force)
    if args.json:
        for row in rows:
            print(json.dumps({**asdict(row), "psnr": row.psnr if math.isfinite(row.psnr) else None}))
    else:
        print("\n".join([*_table(rows), f"side by side: {target}"]))
    return 0


def _files(
    args: Namespace, codec: Codec, original: NDArray[np.uint8], coding: CodingOptions
) -> Iterator[tuple[str, str, int, NDArray[np.uint8]]]:
    """Our file, then each rival's of that size: codec, its quality, bytes, and the decoded pixels."""
    data = codec.encode(original, **coding)
    yield codec.bundle.name, _quality(args, codec, coding, data), len(data), codec.decode_array(data)
    against = _DEFAULT_LOSSLESS if codec.bundle.facts.lossless else _DEFAULT
    for name in args.against or [name for name in against if RIVALS[name].available]:
        setting, file = RIVALS[name].match(original, len(data))
        yield name, RIVALS[name].label(setting), len(file), decode(file, 3 if original.ndim == 3 else 1)


def _quality(args: Namespace, codec: Codec, coding: CodingOptions, data: bytes) -> str:
    """What our file was encoded with, in the table's words."""
    if codec.bundle.facts.lossless:
        return LOSSLESS
    if args.quantiser:
        return f"{args.quantiser}, {count(args.bits, 'bit')}"
    return str(options.quality_found(args, codec, data).get("quality") or coding["quality"] or DEFAULT_QUALITY)


def _target(args: Namespace) -> str:
    if args.output == STDIO or (args.input == STDIO and args.output is None):
        raise UsageError("the side-by-side picture needs a file: -o")
    return args.output or str(Path(args.input).with_suffix(".compare.png"))


def _caption(row: Row) -> list[str]:
    setting = f"quality {row.quality}" if row.quality.isdecimal() else row.quality
    fidelity = f"PSNR {row.psnr:.2f} dB" if math.isfinite(row.psnr) else "exact"
    similarity = "" if row.ssim is None else f", SSIM {row.ssim:.3f}"
    return [f"{row.codec}, {setting}", f"{row.bytes} bytes, {row.bpp:.3f} bpp", fidelity + similarity]


def _table(rows: list[Row]) -> Iterator[str]:
    width = max(len("codec"), *(len(row.codec) for row in rows))
    yield f"{'codec':<{width}}  {'quality':>14}  {'bytes':>9}  {'bpp':>7}  {'PSNR dB':>7}  {'SSIM':>6}"
    for row in rows:
        similarity = "-" if row.ssim is None else f"{row.ssim:.4f}"
        yield (
            f"{row.codec:<{width}}  {row.quality:>14}  {row.bytes:>9}  {row.bpp:>7.4f}  {row.psnr:>7.2f}  "
            f"{similarity:>6}"
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
