"""Seconds that a call takes."""

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def once(call: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds, and what the call returned."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def median(call: Callable[[], Result], laps: int) -> tuple[float, Result]:
    """The median of so many laps, after one that warms up."""
    call()
    times, results = zip(*(once(call) for _ in range(laps)), strict=True)
    return statistics.median(times), results[-1]
