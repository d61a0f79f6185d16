"""``latentcodec pack``: the options of its commands, and ``pack list``."""

import argparse
import json
from argparse import Namespace
from typing import Any

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.errors import count, printable
from latentcodec.cli.inputs import name_of, readable
from latentcodec.cli.packing import append, create
from latentcodec.cli.unpacking import extract
from latentcodec.errors import FormatError
from latentcodec.packs import BLOCK

_PACK = "a .ltcp file, '-' for stdin"
_PICTURES = "a picture, a folder of them, or '-' for stdin"


def declare(verbs: Any) -> None:
    group = options.add_group(
        verbs, "pack", "many small pictures in one .ltcp file",
        "pack create digits/ -o digits.ltcp", "pack list digits.ltcp", "pack extract digits.ltcp",
    )  # fmt: skip
    command = options.add_command(
        group, "create", "pictures of one size to a .ltcp file, with their names", create,
        "pack create digits/ -o digits.ltcp --lossless --bundle digits-v1",
        "pack create digits/ -o digits.ltcp --bundle digits_ld32 --quantiser min_max --bits 4",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help=_PICTURES)
    options.add_output(command, "the .ltcp file, or '-' for stdout", required=True)
    command.add_argument(
        "--block", type=options.at_least(1), default=BLOCK, metavar="N",
        help="pictures per block; each block can be decoded alone (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--no-names", action="store_true", help="do not keep the files' names")
    options.add_coding(command)
    _add_common(command)

    command = options.add_command(
        group, "append", "more pictures to a .ltcp file, coded as those that are there", append,
        "pack append digits.ltcp more/",
        "pack append digits.ltcp seven.png -o both.ltcp",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help=_PICTURES)
    options.add_output(command, "another file, or '-' for stdout (default: the pack itself, which is replaced)")
    options.add_decoding(command)
    _add_common(command)

    command = options.add_command(
        group, "list", "the names of a pack's pictures, or its blocks where it has none", list_pictures,
        "pack list digits.ltcp",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    options.add_json(command)

    command = options.add_command(
        group, "extract", "pictures of a .ltcp file to PNG files", extract,
        "pack extract digits.ltcp",
        "pack extract digits.ltcp seven nine -o some/",
        "pack extract digits.ltcp --pictures 0,7,20-29 -o some/",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    command.add_argument("names", nargs="*", metavar="NAME", help="only the pictures of these names (default: all)")
    options.add_output(command, "the folder (default: the file's name without .ltcp)")
    command.add_argument(
        "--pictures", type=numbers, metavar="LIST", help="only those of these numbers, as in 0,7,20-29"
    )
    options.add_decoding(command)
    options.add_running(command)


def _add_common(command: options.Parser) -> None:
    options.add_running(command)
    options.add_jobs(command)
    options.add_json(command)


def list_pictures(args: Namespace) -> int:
    facts = api.info(readable(args.input))
    if facts["format"] != "ltcp":
        raise FormatError(f"{name_of(args.input)} is a single picture, not a pack")
    if args.json:
        print(json.dumps({"file": args.input, **facts}))
        return 0
    lines = [f"{name_of(args.input)}: {count(facts['count'], 'picture')} of {facts['width']}x{facts['height']}"]
    if facts["names"] is not None:
        width = len(str(facts["count"] - 1))
        lines += [f"{number:>{width}}  {printable(name)}" for number, name in enumerate(facts["names"])]
    else:
        starts = range(0, facts["count"], facts["block"])
        lasts = [min(start + facts["block"], facts["count"]) - 1 for start in starts]
        spans = zip(starts, lasts, strict=True)
        lines += [f"block {number}: pictures {start} to {last}" for number, (start, last) in enumerate(spans)]
    print("\n  ".join(lines))
    return 0


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
