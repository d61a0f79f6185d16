"""``latentcodec pack create``, ``append``, ``list`` and ``extract``."""

import argparse
import json
import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import api
from latentcodec.bundle.bundle import Bundle
from latentcodec.cli import options
from latentcodec.cli.encode import save
from latentcodec.cli.inputs import Input, expand, is_picture, name_of, readable
from latentcodec.cli.messages import UsageError, count, printable
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, made, write_output
from latentcodec.cli.work import note, run_all, share_cores
from latentcodec.codec import BLOCK
from latentcodec.container.read import read_pack
from latentcodec.container.symbols import picture_names
from latentcodec.errors import FormatError
from latentcodec.pictures.read import load, require_one_size

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


def create(args: Namespace) -> int:
    check_stdout(args, args.output)
    codec = options.encoder(args, args.threads)
    check_output(args.output, args.force)
    inputs = expand(args.inputs, is_picture)
    names = None if args.no_names else _names(inputs)
    arrays = _load_all(inputs, codec.bundle, args.jobs)
    if arrays is None:
        return 1
    data = codec.encode_pack(arrays, names=names, block=args.block, **options.coding(args))
    write_output(args.output, data, args.force)
    return _report(args, len(inputs), args.output, data, options.quality_found(args, codec, data))


def append(args: Namespace) -> int:
    target = args.output or args.input
    check_stdout(args, target)
    replaces = target == args.input  # which is what appending means
    check_output(target, args.force or replaces)
    inputs = expand(args.inputs, is_picture)
    if STDIO == args.input == inputs[0].path:
        raise UsageError("'-' stands for one input, not for several")
    pack = read_pack(readable(args.input), args.max_pixels)
    codec = api.decoder(pack, args.bundle, args.provider, args.threads)
    names = None if picture_names(pack) is None else _names(inputs)
    arrays = _load_all(inputs, codec.bundle, args.jobs)
    if arrays is None:
        return 1
    data = codec.append_pack(pack, arrays, names=names, max_pixels=args.max_pixels)
    write_output(target, data, args.force or replaces)
    return _report(args, len(inputs), target, data, {})


def _load_all(inputs: list[Input], bundle: Bundle, jobs: int) -> list[NDArray[np.uint8]] | None:
    """The pictures, several read at once; None, after saying why, if one of them cannot be read."""
    arrays: dict[Input, NDArray[np.uint8]] = {}

    def work(given: Input) -> str:
        arrays[given] = load(readable(given.path), bundle.facts.colour, exact=bundle.facts.lossless)
        return ""

    failed = run_all(inputs, lambda given: given.name, work, jobs=share_cores(jobs, 1, len(inputs))[0])
    if failed:
        return None
    loaded = [arrays[given] for given in inputs]
    require_one_size(loaded, [given.name for given in inputs])
    return loaded


def _names(inputs: list[Input]) -> list[str]:
    """Without their suffixes, the names of files that were named, and the paths of those found below a folder.

    Raises:
        UsageError: two pictures would have the same.
    """
    names: dict[str, str] = {}
    for given in inputs:
        path = os.path.relpath(given.path, given.below) if given.below else Path(given.name).name
        name = Path(path).with_suffix("").as_posix()
        if name in names:
            raise UsageError(
                f"{names[name]} and {given.path} would both be called {name!r} (--no-names keeps no names)"
            )
        names[name] = given.path
    return list(names)


def _report(args: Namespace, added: int, target: str, data: bytes, found: dict[str, int]) -> int:
    facts: dict[str, Any] = api.info(data)
    holds = "" if facts["count"] == added else f"{count(facts['count'], 'picture')}, "
    if line := made(args, count(added, "picture"), target, facts | found, holds + options.rate(facts, found)):
        print(line)
    return 0


def extract(args: Namespace) -> int:
    if args.input == STDIO and args.output is None:
        raise UsageError("what comes from stdin needs a folder: -o")
    folder = Path(args.output or Path(args.input).with_suffix(""))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    pack = read_pack(readable(args.input), args.max_pixels)
    names, total = picture_names(pack), pack.count
    wanted = _wanted(args, names, total)
    codec = api.decoder(pack, args.bundle, args.provider, args.threads)
    pictures = dict(zip(wanted, codec.decode_pack(pack, wanted, max_pixels=args.max_pixels), strict=True))

    def work(number: int) -> str:
        name = f"{number:0{len(str(total - 1))}}"
        if names is not None and is_safe(names[number]):
            name = names[number]
        elif names is not None:
            note(f"its name {names[number]!r} is not one for a file: it is written as {name}")
        write_output(
            f"{folder / name}.png", save(Image.fromarray(pictures[number]), "PNG"), args.force, create_folder=True
        )
        return ""

    status = run_all(wanted, lambda number: f"picture {number}", work)
    if not status:
        print(f"{name_of(args.input)} -> {folder}: {count(len(wanted), 'picture')}")
    return status


def is_safe(name: str) -> bool:
    """Whether a name from a file that anybody may have made names a file below a folder, on any platform."""
    parts = name.split("/")
    return name.isprintable() and not set(name) & set('\\:*?"<>|') and all(part.strip(" .") for part in parts)


def _wanted(args: Namespace, names: Sequence[str] | None, total: int) -> list[int]:
    """The numbers of the pictures that are asked for, by name or number, each once.

    Raises:
        UsageError: there is no such picture.
    """
    if not args.names and args.pictures is None:
        return list(range(total))
    if args.names and names is None:
        raise UsageError("the pack has no names: --pictures takes numbers")
    known = {name: number for number, name in enumerate(names or ())}
    for name in args.names:
        if name not in known:
            raise UsageError(f"the pack has no picture called {name!r}")
    for number in args.pictures or ():
        if number >= total:
            raise UsageError(f"the pack holds pictures 0 to {total - 1}, there is no picture {number}")
    return list(dict.fromkeys([*(known[name] for name in args.names), *(args.pictures or ())]))
