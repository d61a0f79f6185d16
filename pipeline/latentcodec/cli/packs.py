"""``latentcodec pack create``, ``list`` and ``extract``."""

import argparse
import io
import json
from argparse import Namespace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import api
from latentcodec.cli.common import (
    STDIO,
    UsageError,
    encoder,
    for_each,
    readable,
    refuse_existing,
    refuse_mixing,
    report,
    write_output,
)
from latentcodec.errors import FormatError
from latentcodec.formats import read
from latentcodec.pictures import load


def create(args: Namespace) -> int:
    refuse_mixing(args, args.output)
    codec = encoder(args)
    refuse_existing(args.output, args.force)
    arrays = []

    def work(source: str) -> None:
        arrays.append(load(readable(source), codec.bundle.colour))

    if for_each(args.inputs, str, work):
        return 1  # a pack that lacks pictures would give the others other numbers
    data = codec.encode_pack(
        arrays,
        quality=args.quality,
        quantiser=args.quantiser,
        bits=args.bits,
        entropy=args.entropy,
        block=args.block,
    )
    write_output(args.output, data, args.force)
    facts = api.info(data)
    summary = f"{facts['bytes']['total']} bytes, {facts['bpp']:.3f} bpp"
    report(args, f"{facts['count']} pictures", args.output, facts, summary)
    return 0


def list_pictures(args: Namespace) -> int:
    facts = api.info(readable(args.input))
    if facts["format"] != "ltcp":
        raise FormatError(f"{args.input} is a single picture, not a pack")
    if args.json:
        print(json.dumps({"file": args.input, **facts}))
        return 0
    print(f"{args.input}: {facts['count']} pictures of {facts['width']}x{facts['height']}")
    for number, start in enumerate(range(0, facts["count"], facts["block"])):
        last = min(start + facts["block"], facts["count"]) - 1
        print(f"  block {number}: pictures {start} to {last}")
    return 0


def extract(args: Namespace) -> int:
    if args.input == STDIO and args.output is None:
        raise UsageError("what comes from stdin needs a folder: -o")
    folder = Path(args.output or Path(args.input).with_suffix(""))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    data = read(readable(args.input))
    codec = api.codec_for(data, args.bundle, args.max_pixels, args.provider, args.threads)
    count = api.info(data).get("count", 1)
    wanted = list(range(count)) if args.pictures is None else args.pictures
    try:
        pictures = codec.decode_pack(data, wanted, max_pixels=args.max_pixels)
    except IndexError as error:
        raise UsageError(str(error)) from error
    folder.mkdir(parents=True, exist_ok=True)

    def work(pair: tuple[int, NDArray[np.uint8]]) -> None:
        index, picture = pair
        target = str(folder / f"{index:0{len(str(count - 1))}}.png")
        content = io.BytesIO()
        Image.fromarray(picture).save(content, "PNG")
        write_output(target, content.getvalue(), args.force)

    status = for_each(zip(wanted, pictures, strict=True), lambda pair: f"picture {pair[0]}", work)
    if not status:
        print(f"{args.input} -> {folder}: {len(wanted)} pictures")
    return status


def numbers(text: str) -> list[int]:
    """ "0,7,20-29" as numbers, in the order given."""
    wanted: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        try:
            chosen = range(int(first), int(last if dash else first) + 1)
        except ValueError:
            chosen = range(0)
        if not chosen:
            raise argparse.ArgumentTypeError(f"{part!r} is neither a number nor a range like 20-29")
        wanted.extend(chosen)
    return wanted
