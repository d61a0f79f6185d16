"""``latentcodec pack create``, ``append``, ``list`` and ``extract``."""

import argparse
import json
import re
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import api, storage
from latentcodec._core import PackFile
from latentcodec.bundle.facts import Facts
from latentcodec.cli import options
from latentcodec.cli.batch import distributed, named
from latentcodec.cli.inputs import PICTURES, Input, expand_shards, name_of, open_picture, read_ltc
from latentcodec.cli.messages import UsageError, about, count, naming, printable, say
from latentcodec.cli.outputs import STDIO, as_stdout, check_output, check_stdout, exclusive, summary, write_output
from latentcodec.cli.work import (
    Bar,
    Outcome,
    drain_notes,
    local_outcomes,
    note,
    print_outcomes,
    run_all,
    share_cores,
)
from latentcodec.codec import BLOCK
from latentcodec.container.names import names_chunk, picture_names
from latentcodec.container.read import NO_LIMIT, read_pack
from latentcodec.errors import FormatError
from latentcodec.pictures.read import read_all_for_pack, read_for_pack
from latentcodec.pictures.write import to_file

_PACK = "a .ltcp file, '-' for stdin"
_PICTURES = "a picture, a folder or a shard of them, a pattern, or '-' for stdin"


def declare(verbs: Any) -> None:
    group = options.add_group(
        verbs, "pack", "many small pictures in one .ltcp file",
        "pack create digits/ -o digits.ltcp", "pack list digits.ltcp", "pack extract digits.ltcp",
    )  # fmt: skip
    command = options.add_command(
        group, "create", "pictures of one size to a .ltcp file, with their names", create,
        "pack create digits/ -o digits.ltcp --lossless --bundle digits-v1",
        "pack create faces/ -o faces.ltcp --quality 70",
        "pack create --ray head:6379 's3://bucket/shards/*.tar' -o scans.ltcp --lossless",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help=_PICTURES)
    options.add_output(command, "the .ltcp file, or '-' for stdout", required=True)
    command.add_argument(
        "--block", type=options.whole(1, options.MAX_BLOCK), default=BLOCK, metavar="N",
        help="pictures per block; each block can be decoded alone (default: %(default)s)",
    )  # fmt: skip
    command.add_argument("--no-names", action="store_true", help="do not keep the files' names")
    options.add_coding(command)
    options.add_ray(command)
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
    command.set_defaults(ray=None)

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
    options.add_plugin(command)
    options.add_running(command)
    options.add_jobs(command)
    options.add_json(command)


def list_pictures(args: Namespace) -> int:
    with naming(name_of(args.input)):
        facts = api.info(read_ltc(Input(args.input)))
        if facts["format"] != "ltcp":
            raise FormatError("a single picture, not a pack")
    say(json.dumps({"file": args.input, **facts}) if args.json else "\n  ".join(_listed(args.input, facts)))
    return 0


def _listed(path: str, facts: dict[str, Any]) -> list[str]:
    """The lines for people: a pack's size, then the names of its pictures, or its blocks."""
    title = f"{name_of(path)}: {count(facts['count'], 'picture')} of {facts['width']}x{facts['height']}"
    if facts["names"] is not None:
        width = len(str(facts["count"] - 1))
        return [title, *(f"{number:>{width}}  {printable(name)}" for number, name in enumerate(facts["names"]))]
    starts = range(0, facts["count"], facts["block"])
    lasts = [min(start + facts["block"], facts["count"]) - 1 for start in starts]
    spans = enumerate(zip(starts, lasts, strict=True))
    return [title, *(f"block {number}: pictures {start} to {last}" for number, (start, last) in spans)]


def numbers(text: str) -> list[range]:
    """ "0,7,20-29" as ranges of numbers, in the order given."""
    ranges = []
    for part in text.split(","):
        found = re.fullmatch(r"(\d{1,18})(?:-(\d{1,18}))?", part)
        chosen = range(int(found[1]), int(found[2] or found[1]) + 1) if found else range(0)
        if not chosen:
            raise argparse.ArgumentTypeError(f"{part!r} is neither a number nor a range like 20-29")
        ranges.append(chosen)
    return ranges


def create(args: Namespace) -> int:
    target = as_stdout(args.output)
    check_stdout(args, target)
    codec = options.encoder(args, args.threads)
    if args.ray is not None and not codec.bundle.facts.lossless:
        raise UsageError("pack create --ray: with --lossless only; with loss a pack is coded as a whole")
    check_output(target, args.force)
    inputs = expand_shards(args.inputs, PICTURES)
    names = None if args.no_names else _names(inputs)
    read = _read_all(args, inputs, codec.bundle.facts)
    data = None
    if read is not None and args.ray is None:
        data = codec.encode_pack(_pixels(read), names=names, block=args.block, **options.coding(args))
    elif read is not None:
        data = _coded_on_ray(args, inputs, names, grey=all(len(each.facts["shape"]) == 2 for each in read))
    if data is None:
        return 1
    write_output(target, data, args.force)
    return _report(args, len(inputs), target, data, options.quality_found(args, codec, data))


def append(args: Namespace) -> int:
    target = as_stdout(args.output or args.input)
    check_stdout(args, target)
    replaces = target == args.input  # which is what appending means
    check_output(target, args.force or replaces)
    inputs = expand_shards(args.inputs, PICTURES)
    if STDIO == args.input == inputs[0].path:
        raise UsageError("'-' stands for one input, not for several")
    with naming(name_of(args.input)), exclusive(target) if replaces and target != STDIO else nullcontext():
        pack = read_pack(read_ltc(Input(args.input)), args.max_pixels)
        codec = api.decoder(pack, args.bundle, args.provider, args.threads)
        names = None if picture_names(pack) is None else _names(inputs)
        read = _read_all(args, inputs, codec.bundle.facts, (pack.height, pack.width))
        if read is None:
            return 1
        data = codec.append_pack(pack, _pixels(read), names=names, max_pixels=args.max_pixels)
        write_output(target, data, args.force or replaces)
    return _report(args, len(inputs), target, data, {})


class _Reader:
    """Reads a picture for a pack; from a worker on Ray all that comes back is its shape."""

    def __init__(self, args: Namespace, threads: int, facts: Facts) -> None:
        self._facts, self._keeps_pixels = facts, args.ray is None

    def __call__(self, source: Input) -> Outcome:
        pixels = read_for_pack(open_picture(source), self._facts.colour, lossless=self._facts.lossless)
        return Outcome("", facts={"shape": pixels.shape, "pixels": pixels if self._keeps_pixels else None})


def _read_all(
    args: Namespace, inputs: list[Input], facts: Facts, size: tuple[int, int] | None = None
) -> list[Outcome] | None:
    """The pictures, several read at once; None, after a report of all that do not suit, if there is one.

    Args:
        size: (height, width) that all must have; the one that most of them have unless given.
    """
    make = partial(_Reader, facts=facts)
    if args.ray is not None:
        outcomes = distributed(args, inputs, make)
    else:
        outcomes = local_outcomes(inputs, attrgetter("name"), make(args, 1), share_cores(args.jobs, 1, len(inputs))[0])
    read = list[Outcome]()
    with Bar(inputs) as bar:
        for _, outcome in outcomes:
            read.append(outcome)
            bar.draw(len(read))
    sizes = Counter(outcome.facts["shape"][:2] for outcome in read if outcome.error is None)
    suits = size or next((most for most, _ in sizes.most_common(1)), ())
    checked = (_of_size(source, outcome, suits) for source, outcome in zip(inputs, read, strict=True))
    return None if print_outcomes(zip([source.name for source in inputs], checked, strict=True), inputs) else read


def _of_size(source: Input, outcome: Outcome, size: tuple[int, ...]) -> Outcome:
    """The same, failed where the picture is of another size."""
    if outcome.error is not None or outcome.facts["shape"][:2] == size:
        return outcome
    text = "it is {1}x{0}, the pack's pictures are {3}x{2}".format(*outcome.facts["shape"][:2], *size)
    return replace(outcome, error=about(source.name, text))


def _pixels(read: list[Outcome]) -> list[NDArray[np.uint8]]:
    return [outcome.facts["pixels"] for outcome in read]


@dataclass(frozen=True)
class _Block:
    """The pictures of a pack that are coded together."""

    inputs: list[Input]
    target: None = None

    @property
    def path(self) -> str:
        return self.inputs[0].path

    @property
    def name(self) -> str:
        return f"{self.inputs[0].name} and {len(self.inputs) - 1} more"


class _BlockCoder:
    """Makes a pack without loss of a block alone; ``grey`` says that all of the pack's pictures are."""

    def __init__(self, args: Namespace, threads: int, grey: bool) -> None:
        self._args, self._grey = args, grey
        self._codec = options.encoder(args, threads)

    def __call__(self, block: _Block) -> Outcome:
        pictures = [open_picture(source) for source in block.inputs]
        pixels = read_all_for_pack(pictures, self._codec.bundle.facts.colour, lossless=True)
        if pixels.ndim == 3 and not self._grey:
            pixels = np.repeat(pixels[..., None], 3, axis=3)
        data = self._codec.encode_pack(pixels, block=self._args.block, **options.coding(self._args))
        drain_notes()  # which reading them before has told
        return Outcome("", facts={"pack": data})


def _coded_on_ray(args: Namespace, inputs: list[Input], names: list[str] | None, *, grey: bool) -> bytes | None:
    """The pack, of blocks that workers code; None, after a report, if one fails."""
    blocks = [_Block(inputs[start : start + args.block]) for start in range(0, len(inputs), args.block)]
    packs = list[PackFile]()

    def keep(outcome: Outcome) -> None:
        if outcome.error is None:
            packs.append(read_pack(outcome.facts["pack"], NO_LIMIT))

    outcomes = distributed(args, blocks, partial(_BlockCoder, grey=grey))
    if print_outcomes(named(outcomes, None), blocks, keep):
        return None
    return PackFile.join(packs, names_chunk(names, len(inputs)))


def _names(inputs: list[Input]) -> list[str]:
    """Without their suffixes, the names of files that were named, and the paths of those found below a folder.

    Raises:
        UsageError: two pictures would have the same.
    """
    names: dict[str, str] = {}
    for source in inputs:
        path = (source.below and storage.below(source.path, source.below)) or storage.last_part(source.name)
        name = Path(storage.with_suffix(path, "")).as_posix()
        if name in names:
            raise UsageError(
                f"{names[name]} and {source.path} would both be called {name!r} (--no-names keeps no names)"
            )
        names[name] = source.path
    return list(names)


def _report(args: Namespace, added: int, target: str, data: bytes, quality: dict[str, float]) -> int:
    facts: dict[str, Any] = api.info(data)
    holds = "" if facts["count"] == added else f"{count(facts['count'], 'picture')}, "
    if line := summary(args, count(added, "picture"), target, facts | quality, holds + options.rate(facts, quality)):
        say(line)
    return 0


def extract(args: Namespace) -> int:
    if args.input == STDIO and args.output is None:
        raise UsageError("what comes from stdin needs a folder: -o")
    folder = Path(args.output or Path(args.input).with_suffix(""))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    with naming(name_of(args.input)):
        pack = read_pack(read_ltc(Input(args.input)), args.max_pixels)
        names = picture_names(pack)
        chosen = _chosen(args, names, pack.count)
        codec = api.decoder(pack, args.bundle, args.provider, args.threads)
        pictures = dict(zip(chosen, codec.decode_pack(pack, chosen, max_pixels=args.max_pixels), strict=True))

    def work(number: int) -> str:
        name = f"{number:0{len(str(pack.count - 1))}}"
        if names is not None and storage.is_safe(names[number]):
            name = names[number]
        elif names is not None:
            note(f"its name {names[number]!r} is not one for a file: it is written as {name}")
        content = to_file(Image.fromarray(pictures[number]), "PNG")
        write_output(f"{folder / name}.png", content, args.force, create_folder=True)
        return ""

    status = run_all(chosen, lambda number: f"picture {number}", work)
    if not status:
        say(f"{name_of(args.input)} -> {folder}: {count(len(chosen), 'picture')}")
    return status


def _chosen(args: Namespace, names: Sequence[str] | None, total: int) -> list[int]:
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
    ranges = args.pictures or []
    for last in (chosen[-1] for chosen in ranges):
        if last >= total:
            raise UsageError(f"the pack holds pictures 0 to {total - 1}, there is no picture {last}")
    return list(dict.fromkeys([*(known[name] for name in args.names), *(number for part in ranges for number in part)]))
