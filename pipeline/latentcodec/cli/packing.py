"""``latentcodec pack create`` and ``append``: all of the pictures, or nothing."""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec import api
from latentcodec.bundle.bundle import Bundle
from latentcodec.cli import options
from latentcodec.cli.errors import UsageError, count
from latentcodec.cli.inputs import Input, expand, is_picture, readable
from latentcodec.cli.outputs import STDIO, check_output, check_stdout, made, write_output
from latentcodec.cli.running import run_all, share_cores
from latentcodec.container.read import read
from latentcodec.pictures.read import load, require_one_size


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
