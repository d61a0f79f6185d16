"""How far a piece of work is, told to whoever waits for it."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[float], object]
"""Is told the share of the work that is done, from 0 to 1 and never less than before, on the thread that asked for the
work. What it raises ends the work."""


def unheard(share: float) -> None:
    """Nobody waits."""


def listener(progress: Progress | None) -> Progress:
    """What is to be told; TypeError unless it can be called."""
    if progress is not None and not callable(progress):
        raise TypeError(f"progress is a function that takes the share of the work done, not {progress!r}")
    return unheard if progress is None else progress


def part(progress: Progress, start: float, stop: float) -> Progress:
    """Told the share of a part of the work, which tells that of the whole."""
    return lambda share: progress(start + (stop - start) * share)


def in_turn(items: Collection[T], progress: Progress) -> Iterator[T]:
    """The items, one after another; which share of them is done is told when the next one is asked for."""
    for done, item in enumerate(items, start=1):
        yield item
        progress(done / len(items))
