"""What the commands' options have in common, and how a command is declared."""

import argparse
from collections.abc import Callable
from typing import Any

from latentcodec import api
from latentcodec.bundle.find import DEFAULT_BUNDLE, LOSSLESS_BUNDLE
from latentcodec.cli.messages import UsageError, explain
from latentcodec.codec import Codec
from latentcodec.container.header import BITS_QUANTISERS, ENTROPIES, VARIABLE_RATE
from latentcodec.container.read import MAX_PIXELS, NO_LIMIT, read_file
from latentcodec.errors import UnknownModelError
from latentcodec.settings import (
    DEFAULT_QUALITY,
    CodingOptions,
    EncodeOptions,
    Settings,
    quality_of,
    resolve,
    tile_in_latents,
)
from latentcodec.transform.sessions import PROVIDERS

Parser = argparse.ArgumentParser
Run = Callable[[argparse.Namespace], int]


def add_command(verbs: Any, name: str, text: str, run: Run, *examples: str) -> Parser:
    """A command with its help; ``run`` takes the parsed options and returns the exit status."""
    command: Parser = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=show_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run)
    return command


def add_group(verbs: Any, name: str, text: str, *examples: str) -> Any:
    """A command that has commands of its own; returns what they are added to."""
    group = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=show_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)


def show_examples(*commands: str) -> str:
    return "\n  ".join(["examples:", *(f"latentcodec {command}" for command in commands)])


def add_coding(command: Parser, several: bool = False) -> None:
    """What decides a file's content; ``several``: a list of qualities is taken."""
    command.add_argument(
        "--bundle",
        metavar="NAME",
        help=f"a bundle's name, model id or folder (default: {DEFAULT_BUNDLE}; without loss {LOSSLESS_BUNDLE})",
    )
    command.add_argument(
        "--lossless",
        action="store_true",
        help="keep every pixel, of grey pictures; digits are smaller with --bundle digits-v1",
    )
    command.add_argument(
        "--quality", type=qualities if several else int, metavar="Q,..." if several else "Q",
        help=f"1 (smallest) to 100 (best), {DEFAULT_QUALITY} unless told",
    )  # fmt: skip
    command.add_argument(
        "--target-bpp",
        type=float,
        metavar="BPP",
        help="instead of a quality: the best one of at most so many bits a pixel",
    )
    command.add_argument(
        "--target-size", type=size, metavar="BYTES", help="the best one of at most so many bytes, as in 20k or 1.5M"
    )
    command.add_argument(
        "--target-psnr", type=float, metavar="DB", help="the smallest one that comes so near to the picture"
    )
    command.add_argument(
        "--quantiser", choices=(*BITS_QUANTISERS, VARIABLE_RATE), help="instead of a quality, with --bits"
    )
    command.add_argument("--bits", type=int, metavar="B", help="1 to 8 bits per latent, with --quantiser")
    command.add_argument(
        "--entropy", choices=ENTROPIES, help="the entropy model (default: context where the bundle has it, else static)"
    )


def add_keeping(command: Parser) -> None:
    """What a file of one picture has besides."""
    command.add_argument(
        "--tile", type=at_least(0), metavar="PIXELS",
        help="side of the tiles that `decode --region` reads one by one, 0 for none (default: 512 in large pictures)",
    )  # fmt: skip
    command.add_argument("--no-metadata", action="store_true", help="drop ICC profile and EXIF")


def add_decoding(command: Parser) -> None:
    command.add_argument("--bundle", metavar="NAME", help="name or folder of the bundle (default: found by its id)")
    command.add_argument(
        "--max-pixels", type=at_least(1), default=MAX_PIXELS, metavar="N",
        help="refuse files that declare more (default: %(default)s)",
    )  # fmt: skip


def add_running(command: Parser) -> None:
    command.add_argument(
        "--provider", choices=PROVIDERS, default="auto", help="what runs the networks (default: %(default)s)"
    )
    command.add_argument(
        "--threads", type=at_least(0), default=0, metavar="N",
        help="of the networks, for each input, on the CPU (default: all cores shared by the inputs)",
    )  # fmt: skip


def add_jobs(command: Parser) -> None:
    command.add_argument(
        "-j", "--jobs", type=at_least(0), default=0, metavar="N", help="inputs at once (default: one for each core)"
    )


def add_output(command: Parser, text: str, required: bool = False) -> None:
    command.add_argument("-o", "--output", metavar="OUT", required=required, help=text)
    command.add_argument("--force", action="store_true", help="replace files that exist")


def add_quiet(command: Parser) -> None:
    command.add_argument("-q", "--quiet", action="store_true", help="print failures only")


def add_json(command: Parser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, one object per line")


def at_least(low: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if (value := int(text)) < low:
            raise argparse.ArgumentTypeError(f"must be {low} or more")
        return value

    return number


def qualities(text: str) -> list[int]:
    """ "20,50,80" as numbers."""
    return [int(part) for part in text.split(",")]


def size(text: str) -> float:
    """ "20000", "20k" or "1.5M" as bytes."""
    factor = {"k": 1e3, "M": 1e6}.get(text[-1:])
    return float(text) if factor is None else float(text[:-1]) * factor


def region(text: str) -> tuple[int, int, int, int]:
    """ "LEFT,TOP,RIGHT,BOTTOM" in pixels, as Pillow's crop takes it."""
    try:
        left, top, right, bottom = map(int, text.split(","))
    except ValueError:
        left = top = right = bottom = 0
    if not (0 <= left < right and 0 <= top < bottom):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not LEFT,TOP,RIGHT,BOTTOM in pixels, with LEFT below RIGHT and TOP below BOTTOM"
        )
    return left, top, right, bottom


def coding(args: argparse.Namespace) -> CodingOptions:
    """The options of ``add_coding`` as ``Codec.encode`` takes them."""
    return CodingOptions(
        quality=args.quality, quantiser=args.quantiser, bits=args.bits, target_bpp=args.target_bpp,
        target_psnr=args.target_psnr, target_size=args.target_size, entropy=args.entropy,
    )  # fmt: skip


def encoding(args: argparse.Namespace) -> EncodeOptions:
    """The options of ``add_coding`` and ``add_keeping`` as ``Codec.encode`` takes them."""
    return {**coding(args), "tile": args.tile, "metadata": not args.no_metadata}


def encoder(args: argparse.Namespace, threads: int, *codings: CodingOptions) -> Codec:
    """The codec that the options ask for; the settings are checked before any input is read.

    Args:
        codings: each as ``coding`` gives it; what ``coding`` gives unless told.

    Raises:
        UsageError: no such bundle, or it does not offer the settings.
    """
    try:
        codec = api.encoder(args.bundle, args.lossless, args.provider, threads)
        for each in codings or [coding(args)]:
            resolve(codec.bundle.facts, each)
        tile_in_latents(codec.bundle.facts.stride, getattr(args, "tile", None), 0)
    except (UnknownModelError, ValueError) as error:
        raise UsageError(explain(error)) from error
    return codec


def quality_found(args: argparse.Namespace, codec: Codec, data: bytes) -> dict[str, int]:
    """{"quality": the one that a target led to}, of a file that was encoded so; {} where there was no target."""
    if (args.target_bpp, args.target_psnr, args.target_size) == (None, None, None):
        return {}
    return {"quality": quality_of(codec.bundle.facts, Settings.from_file(read_file(data, NO_LIMIT)))}


def rate(facts: dict[str, Any], found: dict[str, int]) -> str:
    """A file's bytes and bits per pixel, and the quality that was found for it."""
    quality = f", quality {found['quality']}" if found else ""
    return f"{facts['bytes']['total']} bytes, {facts['bpp']:.3f} bpp{quality}"
