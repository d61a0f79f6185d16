"""``latentcodec pack create`` and ``append``: all of the pictures, or nothing."""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec import api
from latentcodec.bundle import Bundle
from latentcodec.cli import options
from latentcodec.cli.errors import UsageError, count
from latentcodec.cli.inputs import Input, expand, is_picture, readable
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, made, write_output
from latentcodec.cli.running import run_all, share_cores
from latentcodec.formats import read
from latentcodec.pictures import load


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
    pack = read(readable(args.input))
    codec = api.codec_for(pack, args.bundle, args.max_pixels, args.provider, args.threads)
    names = None if api.pack_names(pack) is None else _names(inputs)
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
        arrays[given] = load(readable(given.path), bundle.colour, exact=bundle.lossless)
        return ""

    failed = run_all(inputs, lambda given: given.name, work, jobs=share_cores(jobs, 1, len(inputs))[0])
    if failed:
        return None
    _check_sizes(inputs, arrays)
    return [arrays[given] for given in inputs]


def _check_sizes(inputs: list[Input], arrays: dict[Input, NDArray[np.uint8]]) -> None:
    """UsageError, which names both, if two pictures have different sizes."""
    first = arrays[inputs[0]].shape
    for given in inputs:
        height, width = arrays[given].shape[:2]
        if (height, width) != first[:2]:
            raise UsageError(
                f"all pictures of a pack must have one size: {given.name} is {width}x{height}, "
                f"{inputs[0].name} is {first[1]}x{first[0]}"
            )


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
