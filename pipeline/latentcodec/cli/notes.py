"""Warnings as notes: what the library warns of while it works on an input is printed with that input's name."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from PIL import Image

_thread = threading.local()


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Collect users' warnings instead of printing them with a line of source code; other kinds are for developers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        warnings.simplefilter("default", RuntimeWarning)
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # what is too large is an error
        warnings.showwarning = _keep
        yield


def take() -> list[str]:
    """The notes of this thread since the last time, each one line."""
    notes: list[str] = getattr(_thread, "notes", [])
    _thread.notes = []
    return notes


def add(note: str) -> None:
    """Say something about what this thread is working on."""
    _thread.notes = [*getattr(_thread, "notes", []), " ".join(note.split())]


def _keep(message: Warning | str, *_: Any, **__: Any) -> None:
    add(str(message))
