"""The command line: ``latentcodec COMMAND ...``; each command's options and work stand in one file.

Exit status: 0 done, 1 some input failed, 2 wrong usage, 130 interrupted. Each failure is one line on stderr.
"""

import argparse
import io
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version

from latentcodec.bundle.find import VARIABLE
from latentcodec.cli import bench, bundles, compare, completion, doctor, encode, inspect, pack
from latentcodec.cli.messages import FAILURES, UsageError, explain
from latentcodec.cli.options import show_examples
from latentcodec.cli.outputs import abandon_outputs
from latentcodec.cli.work import take_notes, warnings_as_notes


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show stops nothing
    args = build_parser().parse_args(argv)
    try:
        with warnings_as_notes():
            status: int = args.run(args)
        for note in take_notes():
            print(f"latentcodec: note: {note}", file=sys.stderr)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"latentcodec: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of stdout has gone: nothing to say, and Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except FAILURES as error:
        print(f"latentcodec: {explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        if threading.active_count() > 1:  # Python would wait for what they are doing
            abandon_outputs()
            with suppress(OSError):
                sys.stdout.flush()
            os._exit(130)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Each command's function is in ``args.run``, the parser itself in ``args.parser``."""
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
    for commands in (encode, inspect, pack, bundles, compare, bench, doctor, completion):
        commands.declare(verbs)
    parser.set_defaults(parser=parser)
    return parser
