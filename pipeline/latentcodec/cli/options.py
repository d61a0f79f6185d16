"""What the commands' options have in common, and how a command is declared."""

import argparse
import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn, get_args

from latentcodec import api, storage
from latentcodec.bundle.find import DEFAULT_BUNDLE, LOSSLESS_BUNDLE
from latentcodec.cli.messages import UsageError, explain, printable
from latentcodec.codec import Codec
from latentcodec.container.header import BITS_QUANTISERS, ENTROPIES, HIGHEST_QUALITY
from latentcodec.container.read import MAX_PIXELS, NO_LIMIT, read_file
from latentcodec.errors import LatentCodecError, UnknownModelError
from latentcodec.pictures.metadata import Keep
from latentcodec.pictures.read import read_picture
from latentcodec.rivals import RIVALS
from latentcodec.settings import (
    DEFAULT_QUALITY,
    CodingOptions,
    EncodeOptions,
    Settings,
    check_picture_options,
    quality_for,
    resolve,
)
from latentcodec.transform.sessions import PROVIDERS
from latentcodec.transform.transform import MAX_THREADS

Run = Callable[[argparse.Namespace], int]

_RAY_ADDRESS = re.compile(r"auto|local|(ray://)?([\w.-]+|\[[\w:]+\]):\d+")

MAX_TILE = 2**16  # along the side of a tile
MAX_BLOCK = 2**31  # in a block


class Parser(argparse.ArgumentParser):
    """Wrong usage is answered in one line, with what comes nearest to a word that it does not know."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {printable(message)} ({self.prog} --help)\n")

    def refuse(self, words: list[str]) -> NoReturn:
        """Say that some words of the command line mean nothing."""
        for word in (word.partition("=")[0] for word in words if word.startswith("-")):
            self.error(f"unknown option {word!r}{_nearest(word, self._option_string_actions)}")
        self.error(f"one word too many: {words[0]!r}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, f"unknown {value!r}{_nearest(str(value), map(str, action.choices))}")


def _nearest(word: str, known: Iterable[str]) -> str:
    known = list(known)
    nearest = [name for name in known if name.startswith(word)] or get_close_matches(word, known, 1)
    return f": did you mean {nearest[0]}?" if nearest else f": choose from {', '.join(known)}"


def add_command(verbs: Any, name: str, text: str, run: Run, *examples: str) -> Parser:
    """A command with its help; ``run`` takes the parsed options and returns the exit status."""
    command: Parser = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=show_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run, command=command)
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
        help="keep every pixel; digits are smaller with --bundle digits-v1",
    )
    command.add_argument(
        "-q", "--quality", action=_Quality, nargs="?", type=qualities if several else quality,
        metavar="Q,..." if several else "Q",
        help=f"1 (smallest) to 100 (best), in hundredths, {DEFAULT_QUALITY} unless told; 100 means about 43 dB on "
        "photographs, less on text, line art and dither, which --lossless suits",
    )  # fmt: skip
    command.add_argument(
        "--target-bpp",
        type=float,
        metavar="BPP",
        help="instead of a quality: the best one of at most so many bits a pixel",
    )
    command.add_argument(
        "--target-size", type=size, metavar="BYTES", help="the best one of at most so many bytes, as in 20k or 1.5MB"
    )
    command.add_argument(
        "--target-psnr", type=float, metavar="DB", help="the smallest one that comes so near to the picture"
    )
    command.add_argument(
        "--target-ssimulacra2", type=float, metavar="SCORE",
        help="the smallest one that looks so much alike: 90 without a visible difference, 70 high quality, 50 medium",
    )  # fmt: skip
    command.add_argument("--quantiser", choices=BITS_QUANTISERS, help="instead of a quality, with --bits")
    command.add_argument("--bits", type=int, metavar="B", help="1 to 8 bits per latent, with --quantiser")
    command.add_argument(
        "--entropy", choices=ENTROPIES, help="the entropy model (default: context where the bundle has it, else static)"
    )


def add_keeping(command: Parser) -> None:
    """What a file of one picture has besides."""
    command.add_argument(
        "--tile", type=whole(0, MAX_TILE), metavar="PIXELS",
        help="side of the tiles that `decode --region` reads one by one, 0 for none (default: in large pictures 512, "
        "without loss 1024)",
    )  # fmt: skip
    command.add_argument(
        "--metadata", choices=get_args(Keep), default="all",
        help="keep all, what says how colours look, or none (default: %(default)s)",
    )  # fmt: skip


def add_alpha(command: Parser) -> None:
    command.add_argument(
        "--alpha-only-visible", action="store_true",
        help="without loss: colours that full transparency hides become 0, which makes files smaller",
    )  # fmt: skip


def add_importance(command: Parser) -> None:
    command.add_argument(
        "--importance", type=grey_map, metavar="MAP",
        help="a grey picture of any size that lies over each input: its quality is as told where the map is 128, up to "
        "50 higher where it is lighter, up to 50 lower where it is darker",
    )  # fmt: skip


def add_decoding(command: Parser) -> None:
    command.add_argument("--bundle", metavar="NAME", help="name or folder of the bundle (default: found by its id)")
    command.add_argument(
        "--max-pixels", type=whole(1), default=MAX_PIXELS, metavar="N",
        help="refuse files that declare more (default: %(default)s)",
    )  # fmt: skip


def add_running(command: Parser) -> None:
    command.add_argument(
        "--provider", choices=PROVIDERS, default="auto", help="what runs the networks (default: %(default)s)"
    )
    command.add_argument(
        "--threads", type=whole(0, MAX_THREADS), default=0, metavar="N",
        help="of the networks, for each input, on the CPU (default: all cores shared by the inputs)",
    )  # fmt: skip


def add_batch(command: Parser) -> None:
    """What every command has that runs networks for many inputs and writes an output for each."""
    for add in (add_running, add_jobs, add_ray, add_manifest, add_json, add_quiet):
        add(command)


def add_jobs(command: Parser) -> None:
    command.add_argument(
        "-j", "--jobs", type=whole(0, MAX_THREADS), default=0, metavar="N",
        help="inputs at once (default: one for each core)",
    )  # fmt: skip


def add_ray(command: Parser) -> None:
    command.add_argument(
        "--ray", nargs="?", const="", type=ray_address, metavar="ADDRESS",
        help="on a Ray cluster: HOST:PORT, ray://HOST:PORT, auto or local (default: the one that Ray knows, else a "
        "local one)",
    )  # fmt: skip


def add_manifest(command: Parser) -> None:
    command.add_argument(
        "--manifest", metavar="FILE",
        help="a Parquet file of what came of every input: source, output, bytes, bpp, settings, seconds, error, notes",
    )  # fmt: skip


def add_list(command: Parser) -> None:
    command.add_argument(
        "--files-from", metavar="LIST",
        help="a file with a name in each line, or '-' for stdin; with a folder beside it they are relative to that one",
    )  # fmt: skip


def add_output(command: Parser, text: str, required: bool = False) -> None:
    command.add_argument("-o", "--output", metavar="OUT", required=required, help=text)
    command.add_argument("--force", action="store_true", help="replace files that exist, whatever they hold")


def add_no_clobber(command: Parser) -> None:
    command.add_argument("--no-clobber", action="store_true", help="fail where the output exists, whatever it holds")


def add_quiet(command: Parser) -> None:
    command.add_argument("-Q", "--quiet", action="store_true", help="print failures only")


def add_against(command: Parser, default: str) -> None:
    command.add_argument(
        "--against", type=rivals, metavar="LIST", help=f"some of {','.join(RIVALS)} (default: {default})"
    )


def add_plugin(command: Parser) -> None:
    command.add_argument(
        "--plugin", action="append", metavar="MODULE",
        help="import a module that teaches Pillow another format, as pillow_heif; may be given several times",
    )  # fmt: skip


def add_json(command: Parser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, one object per line")


class _Quality(argparse.Action):
    """-q without a number means --quiet, as it does elsewhere."""

    def __call__(self, parser: Any, args: argparse.Namespace, value: Any, option: str | None = None) -> None:
        if value is not None:
            args.quality = value
        elif option == "-q" and hasattr(args, "quiet"):
            args.quiet = True
        else:
            raise argparse.ArgumentError(self, "expected a number, 1 to 100")


def whole(low: int, high: int | None = None) -> Callable[[str], int]:
    """The type of an option that takes a whole number from ``low`` to ``high``."""

    def number(text: str) -> int:
        value = int(text) if re.fullmatch(r"-?\d{1,18}", text) else None
        if value is None or value < low or (high is not None and value > high):
            limits = f"{low} or more" if high is None else f"{low} to {high}"
            raise argparse.ArgumentTypeError(f"a whole number, {limits}, not {text!r}")
        return value

    return number


def quality(text: str) -> float:
    """ "50" as an int, "50.25" as a float."""
    known = re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text) is not None
    if not known or not 1 <= float(text) <= HIGHEST_QUALITY:
        raise argparse.ArgumentTypeError(f"a number, 1 to {HIGHEST_QUALITY}, with two decimals at most, not {text!r}")
    return float(text) if "." in text else int(text)


def qualities(text: str) -> list[float]:
    """ "20,50,80" as numbers."""
    return [quality(part) for part in text.split(",")]


def rivals(text: str) -> list[str]:
    """ "webp,avif" as names of rivals that this build of Pillow writes."""
    names = text.split(",")
    for name in names:
        if name not in RIVALS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(RIVALS)}")
        if not RIVALS[name].available:
            raise argparse.ArgumentTypeError(f"this build of Pillow writes no {name}")
    return names


def size(text: str) -> float:
    """ "20000", "20k", "20kB" or "1.5M" as bytes."""
    found = re.fullmatch(r"(\d{1,15}|\d{0,15}\.\d{1,15})\s*([kKmMgG]?)([iI]?)[bB]?", text.strip())
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size in bytes, as 20000, 20k, 20kB or 1.5M are")
    number, prefix, binary = found.groups()
    return float(number) * (1024 if binary else 1000) ** " kmg".index(prefix.lower() or " ")


def grey_map(path: str) -> bytes:
    """The content of a picture's file, which is read at once: workers elsewhere do not have it."""
    try:
        with storage.open_file(path) as file:
            content = file.read()
        read_picture(content, "L")
    except (LatentCodecError, OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{path}: {explain(error)}") from error
    return content


def ray_address(text: str) -> str:
    """An address as ``ray.init`` takes it, or "" for the one that it finds."""
    if text and not _RAY_ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"HOST:PORT, ray://HOST:PORT, auto or local, not {text!r}")
    return text


def without_address(words: Sequence[str]) -> list[str]:
    """The words of a command line, with "--ray=" for a --ray that is followed by something else than an address."""
    pairs = zip(words, [*words[1:], ""], strict=False)
    return ["--ray=" if word == "--ray" and not _RAY_ADDRESS.fullmatch(after) else word for word, after in pairs]


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


def load_plugin(name: str) -> None:
    """Import a module that teaches Pillow a format. Some do so at once, others where ``register_..._opener`` is called.

    Raises:
        UsageError: there is no such module, or it fails.
    """
    try:
        module = importlib.import_module(name)
        for register in (word for word in dir(module) if word.startswith("register_") and word.endswith("_opener")):
            getattr(module, register)()
    except Exception as error:
        text = str(error) if isinstance(error, ImportError) else explain(error)
        raise UsageError(f"--plugin {name}: {text}") from error


def coding(args: argparse.Namespace) -> CodingOptions:
    """The options of ``add_coding`` as ``Codec.encode`` takes them."""
    return CodingOptions(
        quality=args.quality, quantiser=args.quantiser, bits=args.bits, target_bpp=args.target_bpp,
        target_psnr=args.target_psnr, target_size=args.target_size, target_ssimulacra2=args.target_ssimulacra2,
        entropy=args.entropy,
    )  # fmt: skip


def encoding(args: argparse.Namespace) -> EncodeOptions:
    """The options of ``add_coding``, ``add_keeping``, ``add_alpha`` and ``add_importance`` as ``Codec.encode`` takes
    them."""
    return {
        **coding(args), "tile": args.tile, "metadata": args.metadata, "importance": args.importance,
        "alpha_only_visible": args.alpha_only_visible or None,
    }  # fmt: skip


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
        of_picture: EncodeOptions = {
            "tile": getattr(args, "tile", None), "importance": getattr(args, "importance", None),
            "alpha_only_visible": getattr(args, "alpha_only_visible", None),
        }  # fmt: skip
        check_picture_options(codec.bundle.facts, of_picture)
    except (UnknownModelError, ValueError) as error:
        raise UsageError(explain(error)) from error
    return codec


def has_target(args: argparse.Namespace) -> bool:
    targets = args.target_bpp, args.target_psnr, args.target_size, args.target_ssimulacra2
    return targets != (None,) * len(targets)


def quality_found(args: argparse.Namespace, codec: Codec, data: bytes) -> dict[str, float]:
    """{"quality": the one that a target led to}, of a file that was encoded so; {} where there was no target."""
    if not has_target(args):
        return {}
    return {"quality": quality_for(codec.bundle.facts, Settings.from_file(read_file(data, NO_LIMIT)))}


def rate(facts: dict[str, Any], quality: dict[str, float]) -> str:
    """A file's bytes and bits per pixel, and the quality that was found for it."""
    ending = f", quality {quality['quality']}" if quality else ""
    return f"{facts['bytes']['total']} bytes, {facts['bpp']:.3f} bpp{ending}"
