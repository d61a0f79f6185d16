"""What goes wrong on the command line, and how it is said: each failure in one line."""

from latentcodec.errors import LatentCodecError


class UsageError(Exception):
    """The command itself is wrong, whatever its inputs hold: exit status 2."""


FAILURES = (LatentCodecError, OSError, ValueError, MemoryError)
"""What an input can do to a command; anything else is a fault of this program."""


def explain(error: BaseException) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    elif isinstance(error, MemoryError):
        text = "not enough memory"
    else:
        text = str(error)
    return " ".join(text.split()) or type(error).__name__


def about(name: str, text: str) -> str:
    """A text that begins with the name of the input it is about."""
    return text if text.startswith(f"{name}: ") else f"{name}: {text}"


def printable(text: str) -> str:
    """A text from a file that anybody may have made, without what would steer a terminal."""
    return text if text.isprintable() else ascii(text)


def count(number: int, noun: str) -> str:
    """ "1 picture", "2 pictures"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
