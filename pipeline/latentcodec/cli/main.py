"""The command line: ``latentcodec COMMAND ...``; each command's options and work stand in one file.

Exit status: 0 done, 1 some input failed, 2 wrong usage, 128 + n ended by signal n. Each failure is one line on stderr.
"""

import argparse
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version

from latentcodec.bundle.find import VARIABLE
from latentcodec.cli import (
    bench,
    bundles,
    compare,
    completion,
    decode,
    doctor,
    encode,
    evaluate,
    inspect,
    pack,
    thumbnail,
    view,
)
from latentcodec.cli.messages import UsageError, explain, report
from latentcodec.cli.options import Parser, load_plugin, show_examples, without_address
from latentcodec.cli.outputs import abandon_outputs, open_closed_streams
from latentcodec.cli.work import drain_notes, warnings_as_notes

_COMMANDS = (encode, decode, thumbnail, view, inspect, pack, bundles, compare, evaluate, bench, doctor, completion)
"""In the order of the help."""


class Ended(KeyboardInterrupt):
    """A signal ends the process; its number is the argument."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; argparse itself exits, with 2 on wrong usage."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that a terminal cannot show stops nothing
    try:
        with _signals_raise():
            return _run(sys.argv[1:] if argv is None else argv)
    except UsageError as error:
        report(explain(error))
        return 2
    except BrokenPipeError:
        return _give_up_stdout()  # its reader has gone: there is nothing to say
    except KeyboardInterrupt as error:
        return _end(128 + (error.args[0] if isinstance(error, Ended) else signal.SIGINT))
    except Exception as error:
        report(explain(error))
        return _give_up_stdout()


def _run(argv: Sequence[str]) -> int:
    words = [*argv[1:], "--help"] if list(argv[:1]) == ["help"] else argv
    args, unknown = build_parser().parse_known_args(without_address(words))
    if unknown and hasattr(args, "inputs") and not any(word.startswith("-") and word != "-" for word in unknown):
        args.inputs += unknown  # which argparse does not look for after an option
    elif unknown:
        args.command.refuse(unknown)
    if "files_from" in args and args.files_from is None and not args.inputs:
        args.command.error("name an input, a folder of them, or '-' for stdin")
    drain_notes()  # of a run before this one
    with warnings_as_notes():
        for name in getattr(args, "plugin", None) or ():
            load_plugin(name)
        status: int = args.run(args)
    for text in drain_notes():
        report(f"note: {text}")
    sys.stdout.flush()
    return status


def build_parser() -> argparse.ArgumentParser:
    """Each command's function is in ``args.run``, the parser itself in ``args.parser``."""
    parser = Parser(
        prog="latentcodec",
        description="Learned image compression: .ltc pictures and .ltcp packs.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=show_examples("encode photo.jpg", "decode photo.ltc", "info photo.ltc", "help encode", "doctor")
        + "\n\nBundles (trained networks) are looked for among those released with the package, then in the folders"
        + f"\nof the environment variable {VARIABLE}, then among those that `bundles add` has added."
        + "\nExit status: 0 done, 1 some input failed, 2 wrong usage.",
    )
    parser.add_argument("--version", action="version", version=f"latentcodec {version('latentcodec')}")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for commands in _COMMANDS:
        commands.declare(verbs)
    parser.set_defaults(parser=parser)
    return parser


@contextmanager
def _signals_raise() -> Iterator[None]:
    """SIGTERM and SIGHUP end a command as Ctrl-C does: nothing half-written stays."""

    def end(number: int, _: object) -> None:
        raise Ended(number)

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    on_main_thread = threading.current_thread() is threading.main_thread()
    before = {number: signal.getsignal(number) for number in numbers if on_main_thread}
    handled = [number for number, handler in before.items() if handler == signal.SIG_DFL]  # nohup ignores one
    for number in handled:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def _give_up_stdout() -> int:
    """The status of a failure. Where stdout takes nothing more, Python must not complain of that at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _end(status: int) -> int:
    if threading.active_count() > 1:  # Python would wait for what they are doing
        abandon_outputs()
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(status)
    return status
