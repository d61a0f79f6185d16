"""What the command line says. Every failure is one line, and no text from outside steers a terminal."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from latentcodec.errors import LatentCodecError


class UsageError(Exception):
    """The command itself is wrong, whatever its inputs hold: exit status 2."""


class FileError(Exception):
    """What is wrong with a file, in one line that begins with its name."""


_EXPECTED = (LatentCodecError, OSError, ValueError, MemoryError, UsageError, FileError)
"""What an input can do to a command; anything else is a fault of this program or of a library."""


def say(text: str) -> None:
    """Print lines on stdout."""
    print(_shown(text))


def report(text: str) -> None:
    """Print one line on stderr; where it cannot be written, the work goes on all the same."""
    with suppress(OSError):
        print(f"latentcodec: {_shown(text)}", file=sys.stderr)


def explain(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    elif isinstance(error, MemoryError):
        text = "not enough memory"
    elif isinstance(error, _EXPECTED):
        text = str(error)
    else:
        text = _unexpected(error)
    return " ".join(text.split()) or type(error).__name__


def _unexpected(error: BaseException) -> str:
    """With what somebody who mends it needs to know."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"an unexpected {type(error).__name__}{place}: {error}".removesuffix(": ")


def about(name: str, text: str) -> str:
    """A text that begins with the name of the input it is about."""
    return text if text.startswith(f"{name}: ") else f"{name}: {text}"


@contextmanager
def naming(name: str) -> Iterator[None]:
    """Whatever a file does to a command is said with the file's name."""
    try:
        yield
    except (BrokenPipeError, UsageError):
        raise
    except Exception as error:
        raise FileError(about(name, explain(error))) from error


def printable(text: str) -> str:
    """A text from a file that anybody may have made, without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def count(number: float, noun: str) -> str:
    """ "1 picture", "2 pictures"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))
