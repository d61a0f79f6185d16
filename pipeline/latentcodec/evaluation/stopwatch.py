"""How long calls take."""

import time
from collections.abc import Callable
from typing import Any

PROCESSOR = time.process_time
"""The processor's time of all threads of this process, which other work on the machine hardly changes."""


class Stopwatch:
    """Runs a call and keeps how long it took, in milliseconds, by the clock on the wall unless told."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.laps: list[float] = []

    def __call__(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        started = self.clock()
        result = function(*arguments, **options)
        self.laps.append(1000 * (self.clock() - started))
        return result

    def least(self) -> float:
        """The lap that other work on the machine disturbed least."""
        return min(self.laps)

    def mean(self) -> float:
        """Of laps that did not do the same."""
        return sum(self.laps) / len(self.laps)
