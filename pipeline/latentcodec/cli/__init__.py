"""The command line: ``latentcodec encode|decode|info|verify|pack|bundles|doctor``.

Exit status: 0 done, 1 some input failed, 2 wrong usage. Each failure is one line on stderr.
"""

import os
import sys
from collections.abc import Sequence

from latentcodec.cli.common import UsageError, explain
from latentcodec.cli.parser import build_parser
from latentcodec.errors import LatentCodecError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits with 2 on wrong usage."""
    args = build_parser().parse_args(argv)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"latentcodec: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of stdout has gone: nothing to say, and Python's own flush at exit must not complain either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (LatentCodecError, OSError, ValueError) as error:
        print(f"latentcodec: {explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
