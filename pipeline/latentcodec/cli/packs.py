"""``latentcodec pack create``, ``list``, ``extract`` and ``append``."""

import argparse
import io
import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.errors import UsageError, count
from latentcodec.cli.inputs import Input, expand, is_picture, readable
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, made, write_output
from latentcodec.cli.running import run_all, share_cores
from latentcodec.codec import BLOCK
from latentcodec.errors import FormatError
from latentcodec.formats import read
from latentcodec.pictures import load

_PACK = "a .ltcp file, '-' for stdin"


def declare(verbs: Any) -> None:
    group = options.add_group(
        verbs, "pack", "many small pictures in one .ltcp file",
        "pack create digits/ -o digits.ltcp", "pack list digits.ltcp", "pack extract digits.ltcp",
    )  # fmt: skip
    command = options.add_command(
        group, "create", "pictures of one size to a .ltcp file", create,
        "pack create digits/ -o digits.ltcp --bundle digits_ld32 --quantiser min_max --bits 4",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help="a picture, a folder of them, or '-' for stdin")
    options.add_output(command, "the .ltcp file, or '-' for stdout", required=True)
    command.add_argument(
        "--block", type=options.at_least(1), default=BLOCK, metavar="N",
        help="pictures per block; each block can be decoded alone (default: %(default)s)",
    )  # fmt: skip
    options.add_coding(command)
    options.add_running(command)
    options.add_jobs(command)
    options.add_json(command)

    command = options.add_command(
        group, "list", "the pictures of a .ltcp file, block by block", list_pictures,
        "pack list digits.ltcp",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    options.add_json(command)

    command = options.add_command(
        group, "extract", "pictures of a .ltcp file to PNG files", extract,
        "pack extract digits.ltcp",
        "pack extract digits.ltcp --pictures 0,7,20-29 -o some/",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    options.add_output(command, "the folder (default: the file's name without .ltcp)")
    command.add_argument("--pictures", type=numbers, metavar="LIST", help="only these, as in 0,7,20-29 (default: all)")
    options.add_decoding(command)
    options.add_running(command)


def create(args: Namespace) -> int:
    check_stdout(args, args.output)
    codec = options.encoder(args, args.threads)
    check_output(args.output, args.force)
    inputs = expand(args.inputs, is_picture)
    arrays = {}

    def work(given: Input) -> str:
        arrays[given] = load(readable(given.path), codec.bundle.colour)
        return ""

    if run_all(inputs, lambda given: given.path, work, jobs=share_cores(args.jobs, 1, len(inputs))[0]):
        return 1  # a pack that lacks pictures would give the others other numbers
    data = codec.encode_pack([arrays[given] for given in inputs], **options.coding(args), block=args.block)
    write_output(args.output, data, args.force)
    facts = api.info(data)
    summary = f"{facts['bytes']['total']} bytes, {facts['bpp']:.3f} bpp"
    if line := made(args, count(facts["count"], "picture"), args.output, facts, summary):
        print(line)
    return 0


def list_pictures(args: Namespace) -> int:
    facts = api.info(readable(args.input))
    if facts["format"] != "ltcp":
        raise FormatError(f"{args.input} is a single picture, not a pack")
    if args.json:
        print(json.dumps({"file": args.input, **facts}))
        return 0
    print(f"{args.input}: {count(facts['count'], 'picture')} of {facts['width']}x{facts['height']}")
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
    total = api.info(data).get("count", 1)
    wanted = list(range(total)) if args.pictures is None else args.pictures
    try:
        pictures = codec.decode_pack(data, wanted, max_pixels=args.max_pixels)
    except IndexError as error:
        raise UsageError(str(error)) from error

    def work(pair: tuple[int, NDArray[np.uint8]]) -> str:
        index, picture = pair
        target = str(folder / f"{index:0{len(str(total - 1))}}.png")
        content = io.BytesIO()
        Image.fromarray(picture).save(content, "PNG")
        write_output(target, content.getvalue(), args.force, create_folder=True)
        return ""

    status = run_all(list(zip(wanted, pictures, strict=True)), lambda pair: f"picture {pair[0]}", work)
    if not status:
        print(f"{args.input} -> {folder}: {count(len(wanted), 'picture')}")
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
