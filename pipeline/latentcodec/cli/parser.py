"""The commands, their options and their help."""

import argparse
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from latentcodec.cli import files, machine, packs
from latentcodec.formats import ENTROPIES, MAX_PIXELS
from latentcodec.packs import BLOCK
from latentcodec.quantisers import QUANTISERS
from latentcodec.search import VARIABLE
from latentcodec.sessions import PROVIDERS
from latentcodec.settings import DEFAULT_QUALITY

_PICTURE = "a picture that Pillow reads, '-' for stdin"
_FILE = "a .ltc file, '-' for stdin"
_EITHER = "a .ltc or .ltcp file, '-' for stdin"
_PACK = "a .ltcp file, '-' for stdin"


def build_parser() -> argparse.ArgumentParser:
    """The whole command line; each command's function is in ``args.run``."""
    parser = argparse.ArgumentParser(
        prog="latentcodec",
        description="Learned image compression: .ltc pictures and .ltcp packs.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_examples("encode photo.jpg", "decode photo.ltc", "info photo.ltc", "doctor")
        + f"\n\nBundles (trained networks) are looked for among those released with the package, then in the folders"
        f"\nof the environment variable {VARIABLE}. Exit status: 0 done, 1 some input failed, 2 wrong usage.",
    )
    parser.add_argument("--version", action="version", version=f"latentcodec {version('latentcodec')}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    command = _command(
        verbs, "encode", "pictures to .ltc files", files.encode, [_coding(), _running(), _writing(), _json()],
        "encode photo.jpg --quality 70",
        "encode *.png -o coded/ --bundle ae2 --quantiser min_max --bits 2",
        "encode - < photo.jpg > photo.ltc",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help=_PICTURE)
    _output(command, "a file, a folder, or '-' for stdout (default: the picture's name with .ltc)")

    command = _command(
        verbs, "decode", ".ltc files to pictures", files.decode, [_decoding(), _running(), _writing(), _json()],
        "decode photo.ltc -o photo.webp",
        "decode coded/*.ltc -o pictures/",
        "decode photo.ltc --bundle mine/ae2",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="FILE", help=_FILE)
    _output(command, "a file of any type that Pillow writes, a folder, or '-' (default: the file's name with .png)")

    command = _command(
        verbs, "info", "what files say about themselves", files.info, [_json()],
        "info photo.ltc",
        "info --json *.ltc | jq .bpp",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="FILE", help=_EITHER)

    command = _command(
        verbs, "verify", "check every checksum and symbol of files", files.verify, [_decoding(), _json()],
        "verify archive/*.ltc",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="FILE", help=_EITHER)

    _add_pack_commands(_group(verbs, "pack", "many small pictures in one .ltcp file"))
    _command(
        _group(verbs, "bundles", "the trained networks on this machine"),
        "list", "the bundles that are found, and where", machine.list_bundles, [_json()],
        "bundles list",
    )  # fmt: skip
    _command(
        verbs, "doctor", "versions, provider and bundles, each tried out", machine.doctor, [_running(), _json()],
        "doctor --provider cuda",
    )  # fmt: skip
    return parser


def _add_pack_commands(verbs: Any) -> None:
    command = _command(
        verbs, "create", "pictures of one size to a .ltcp file", packs.create,
        [_coding(), _running(), _writing(), _json()],
        "pack create digits/*.png -o digits.ltcp --bundle digits_ld32 --quantiser min_max --bits 4",
    )  # fmt: skip
    command.add_argument("inputs", nargs="+", metavar="PICTURE", help=_PICTURE)
    _output(command, "the .ltcp file, or '-' for stdout", required=True)
    command.add_argument(
        "--block", type=_at_least(1), default=BLOCK, metavar="N",
        help="pictures per block; each block can be decoded alone (default: %(default)s)",
    )  # fmt: skip

    command = _command(
        verbs, "list", "the pictures of a .ltcp file, block by block", packs.list_pictures, [_json()],
        "pack list digits.ltcp",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)

    command = _command(
        verbs, "extract", "pictures of a .ltcp file to PNG files", packs.extract, [_decoding(), _running(), _writing()],
        "pack extract digits.ltcp",
        "pack extract digits.ltcp --pictures 0,7,20-29 -o some/",
    )  # fmt: skip
    command.add_argument("input", metavar="FILE", help=_PACK)
    _output(command, "the folder (default: the file's name without .ltcp)")
    command.add_argument(
        "--pictures", type=packs.numbers, metavar="LIST", help="only these, as in 0,7,20-29 (default: all)"
    )


def _command(
    verbs: Any, name: str, text: str, run: Callable[..., int], parents: list[argparse.ArgumentParser], *examples: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = verbs.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=parents, epilog=_examples(*examples),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    command.set_defaults(run=run)
    return command


def _group(verbs: Any, name: str, text: str) -> Any:
    return verbs.add_parser(name, help=text).add_subparsers(title="commands", metavar="COMMAND", required=True)


def _examples(*commands: str) -> str:
    return "\n  ".join(["examples:", *(f"latentcodec {command}" for command in commands)])


def _coding() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--bundle", metavar="NAME", help="a bundle's name, model id or folder (default: the only one)")
    options.add_argument(
        "--quality", type=int, metavar="Q", help=f"1 (smallest) to 100 (best), {DEFAULT_QUALITY} unless told"
    )
    options.add_argument("--quantiser", choices=QUANTISERS, help="instead of a quality, with --bits")
    options.add_argument("--bits", type=int, metavar="B", help="1 to 8 bits per latent, with --quantiser")
    options.add_argument(
        "--entropy", choices=ENTROPIES, default="static", help="the entropy model (default: %(default)s)"
    )
    return options


def _decoding() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--bundle", metavar="NAME", help="name or folder of the bundle (default: found by its id)")
    options.add_argument(
        "--max-pixels", type=_at_least(1), default=MAX_PIXELS, metavar="N",
        help="refuse files that declare more (default: %(default)s)",
    )  # fmt: skip
    return options


def _running() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--provider", choices=PROVIDERS, default="auto", help="what runs the networks (default: %(default)s)"
    )
    options.add_argument(
        "--threads", type=_at_least(0), default=0, metavar="N", help="for the networks on the CPU (default: all cores)"
    )
    return options


def _writing() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--force", action="store_true", help="replace files that exist")
    return options


def _json() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--json", action="store_true", help="print JSON, one object per line")
    return options


def _output(command: argparse.ArgumentParser, text: str, required: bool = False) -> None:
    command.add_argument("-o", "--output", metavar="OUT", required=required, help=text)


def _at_least(low: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if (value := int(text)) < low:
            raise argparse.ArgumentTypeError(f"must be {low} or more")
        return value

    return number
