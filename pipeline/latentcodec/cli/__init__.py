"""The command line: ``latentcodec COMMAND ...``; each command's options and work stand in one file.

Exit status: 0 done, 1 some input failed, 2 wrong usage, 130 interrupted. Each failure is one line on stderr.
"""

import io
import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from latentcodec.cli import notes
from latentcodec.cli.errors import FAILURES, UsageError, explain
from latentcodec.cli.outputs import abandon_outputs
from latentcodec.cli.parser import build_parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show stops nothing
    args = build_parser().parse_args(argv)
    try:
        with notes.warnings_as_notes():
            status: int = args.run(args)
        for note in notes.take():
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
