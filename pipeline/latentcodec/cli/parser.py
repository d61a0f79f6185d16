"""The whole command line: what all commands share, and where each of them is declared."""

import argparse
from importlib.metadata import version

from latentcodec.bundle.find import VARIABLE
from latentcodec.cli import bench, bundles, compare, completion, doctor, files, looking, packs
from latentcodec.cli.options import show_examples


def build_parser() -> argparse.ArgumentParser:
    """Each command's function is in ``args.run``."""
    parser = argparse.ArgumentParser(
        prog="latentcodec",
        description="Learned image compression: .ltc pictures and .ltcp packs.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=show_examples("encode photo.jpg", "decode photo.ltc", "info photo.ltc", "doctor")
        + "\n\nBundles (trained networks) are looked for among those released with the package, then in the folders"
        + f"\nof the environment variable {VARIABLE}, then among those that `bundles add` has added."
        + "\nExit status: 0 done, 1 some input failed, 2 wrong usage.",
    )
    parser.add_argument("--version", action="version", version=f"latentcodec {version('latentcodec')}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for commands in (files, looking, packs, bundles, compare, bench, doctor, completion):
        commands.declare(verbs)
    return parser
