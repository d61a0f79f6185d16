"""Work on many inputs, several at once: results in order, a progress bar, failures and notes one line each."""

import json
import math
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from PIL import Image

from latentcodec.cli.messages import UsageError, about, count, explain, report, say
from latentcodec.parallel import ordered_map
from latentcodec.progress import Progress, unheard

T = TypeVar("T")
C = TypeVar("C", covariant=True)

_LISTED = 20
"""Failures that are named again at the end."""
_AHEAD = 64
"""Inputs for each worker that may be done before an earlier one is."""


@dataclass
class Outcome:
    """What came of one input: a line for stdout, None where there was nothing to do, or what went wrong."""

    line: str | None = None
    error: str | None = None
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """Of a picture: what a manifest says of it."""
    seconds: float = 0
    """What it took."""


Work = Callable[[T], str | Outcome]
"""What is done for an input; returns its line, or what else there is to say of it."""


class Many(Sized, Iterable[C], Protocol[C]):
    """Some items, and how many there are, which may be known by and by."""


def share_cores(jobs: int, threads: int, inputs: int) -> tuple[int, int]:
    """How many inputs are worked on at once, and the threads of each one's networks.

    0 stands for what suits: as many inputs as there are cores, which share the cores. Of the threads returned, 0 means
    all cores.
    """
    jobs = max(1, min(jobs or cores(), inputs))
    return jobs, threads or (0 if jobs == 1 else max(1, cores() // jobs))


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_all(
    items: Many[T],
    name: Callable[[T], str],
    work: Work[T],
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    *,
    jobs: int = 1,
    quiet: bool = False,
) -> int:
    """Do the work for every item and print the lines that it returns, in the items' order.

    Args:
        work: for an item, its line or what else there is to say of it.
        on_outcome: is told every outcome.

    Returns:
        The exit status: 1 if an item failed, whatever it raised, which is reported and does not stop the others.
    """
    outcomes = ((name(item), outcome) for item, outcome in local_outcomes(items, name, work, jobs))
    return print_outcomes(outcomes, items, on_outcome, quiet=quiet)


def print_outcomes(
    outcomes: Iterable[tuple[str, Outcome]],
    inputs: Sized,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
    *,
    quiet: bool = False,
) -> int:
    """Print what came of every input as it comes, and at the end what was skipped and what failed.

    Args:
        inputs: as many as there are, as far as it is known.

    Returns:
        The exit status: 1 if an input failed.
    """
    failed, skipped, names = 0, 0, list[str]()
    for text in drain_notes():
        _note(text, quiet)
    with Bar(inputs, hidden=quiet) as bar:
        for done, (name, outcome) in enumerate(outcomes, start=1):
            bar.clear()
            _print(name, outcome, quiet)
            on_outcome(outcome)
            if outcome.error is not None:
                failed += 1
                names += [name] if failed <= _LISTED else []
            elif outcome.line is None:
                skipped += 1
            bar.draw(done)
    total = len(inputs)
    if skipped and not quiet:
        report(f"{skipped} of {count(total, 'file')} skipped: the output is up to date (--force makes it again)")
    if failed and total > 1:
        more = f" and {failed - _LISTED} more" if failed > _LISTED else ""
        report(f"{failed} of {total} failed: {', '.join(names)}{more}")
    return 1 if failed else 0


def row(facts: dict[str, Any]) -> dict[str, Any]:
    """What a manifest says of a file, of all that ``info`` does."""
    names = ("bundle", "model", "quantiser", "quality", "bits", "entropy", "tile")
    settings = {name: facts[name] for name in names if facts.get(name) is not None}
    return {"bytes": facts["bytes"]["total"], "bpp": facts["bpp"], "settings": json.dumps(settings)}


def _print(name: str, outcome: Outcome, quiet: bool) -> None:
    if outcome.error is not None:
        report(outcome.error)
    for text in outcome.notes:
        _note(about(name, text), quiet)
    if outcome.line and not quiet:
        say(outcome.line)


def _note(text: str, quiet: bool) -> None:
    if not quiet:
        report(f"note: {text}")


def attempting(name: Callable[[T], str], work: Work[T]) -> Callable[[T], Outcome]:
    """``work`` that never fails because of its item: what it raises is part of the outcome."""

    def attempt(item: T) -> Outcome:
        drain_notes()
        started = time.perf_counter()
        try:
            result = work(item)
        except (BrokenPipeError, UsageError):
            raise  # the reader of stdout has gone, or it is the command that is wrong
        except Exception as error:  # whatever a library makes of an input is no reason to lose the others
            result = Outcome(error=about(name(item), explain(error)))
        outcome = result if isinstance(result, Outcome) else Outcome(result)
        return replace(outcome, notes=drain_notes(), seconds=time.perf_counter() - started)

    return attempt


def local_outcomes(
    items: Iterable[T], name: Callable[[T], str], work: Work[T], jobs: int
) -> Iterator[tuple[T, Outcome]]:
    """Every item with its outcome, in order, from threads of this process."""
    attempt = attempting(name, work)

    def both(item: T) -> tuple[T, Outcome]:
        return item, attempt(item)

    return map(both, items) if jobs == 1 else ordered_map(both, items, jobs, ahead=_AHEAD)


class Bar:
    """A progress bar of one line, where stderr is a terminal: of several inputs how many are done; of a single one, if
    it takes more than a moment, what ``doing`` is told."""

    _WIDTH = 30
    _INTERVAL = 0.1  # seconds
    _MOMENT = 1.0  # seconds
    _START = 3.0  # seconds, in which networks are loaded, too

    def __init__(self, inputs: Sized, *, hidden: bool = False) -> None:
        self._inputs = inputs
        self._shown = not hidden and sys.stderr.isatty()
        self._started = self._since = time.monotonic()
        self._drawn, self._words = 0.0, ""
        """What is there and since when, if anything is."""

    def __enter__(self) -> "Bar":
        self.draw(0)
        _thread.bar = self
        return self

    def __exit__(self, *_: object) -> None:
        _thread.bar = None
        self.clear()

    def draw(self, done: int) -> None:
        """Of several inputs."""
        total = len(self._inputs)
        if total > 1:
            self._draw(done / total, f"{done}/{total}", time.monotonic() - self._drawn > self._INTERVAL)

    def draw_share(self, words: str, share: float) -> None:
        """Of what is being done to the only input, which began with a share of 0."""
        now = time.monotonic()
        if share == 0:
            self._since = now
        if len(self._inputs) == 1 and now - self._started > self._MOMENT:
            due = words != self._words or now - self._drawn > self._INTERVAL
            self._words = words
            self._draw(share, f"{int(100 * share):3} %  {words}", due)

    def _draw(self, share: float, words: str, due: bool) -> None:
        if not (self._shown and due):
            return
        self._drawn = time.monotonic()
        filled = "#" * int(self._WIDTH * share)
        sys.stderr.write(f"\r\x1b[K[{filled:<{self._WIDTH}}] {words}{self._time_left(share)}")
        sys.stderr.flush()

    def _time_left(self, share: float) -> str:
        """In minutes and seconds, as soon as there is enough to go by."""
        took = self._drawn - self._since
        if not 0 < share < 1 or took < self._START:
            return ""
        left = math.ceil(took * (1 - share) / share)
        return f"  {left // 60}:{left % 60:02} left"

    def clear(self) -> None:
        """Remove the bar, so that a line can be printed; the next one is drawn at once."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = 0.0


def doing(words: str) -> Progress:
    """Tells whoever waits for the only input what is being done to it, and how much of that is done: a bar shows it."""
    bar: Bar | None = getattr(_thread, "bar", None)
    return unheard if bar is None else partial(bar.draw_share, words)


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


def drain_notes() -> list[str]:
    """The notes of this thread since the last time, each one line."""
    notes: list[str] = getattr(_thread, "notes", [])
    _thread.notes = []
    return notes


def note(text: str) -> None:
    """Say something about what this thread is working on."""
    _thread.notes = [*getattr(_thread, "notes", []), " ".join(text.split())]


def _keep(message: Warning | str, *_: Any, **__: Any) -> None:
    note(str(message))
