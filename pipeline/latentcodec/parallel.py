"""The same work for many things, on several threads, in order and no further ahead than there is need for."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from numbers import Integral
from typing import Literal, TypeVar

T = TypeVar("T")
R = TypeVar("R")

OnError = Literal["raise", "return"]


def ordered_map(work: Callable[[T], R], items: Iterable[T], workers: int, *, ahead: int = 2) -> Iterator[R]:
    """``work(item)`` for every item, in the items' order.

    Nothing is done before the first result is asked for. Items are taken one at a time as results are: there are never
    more than ``ahead`` for each worker in the making or waiting. What ``work`` raises is raised in its place, and ends
    it; whoever ends it does not wait for what the workers are doing.

    Args:
        work: may run on another thread.
        items: taken on the caller's thread.
        workers: threads; 0 means one for each core.

    Raises:
        ValueError: another number of workers.
    """
    if not isinstance(workers, Integral) or workers < 0:
        raise ValueError(f"workers is 0 (one for each core) or more, not {workers!r}")
    return _results(work, items, workers or os.cpu_count() or 1, ahead)


def batch(work: Callable[[T], R], items: Iterable[T], workers: int, on_error: OnError) -> Iterator[R | Exception]:
    """``ordered_map`` that raises what one item raises, or returns it in its place and goes on with the others.

    Raises:
        ValueError: another number of workers, or another word than "raise" and "return".
    """
    if on_error not in ("raise", "return"):
        raise ValueError(f"on_error is 'raise' or 'return', not {on_error!r}")
    return ordered_map(_returning_errors(work) if on_error == "return" else work, items, workers)


def _returning_errors(work: Callable[[T], R]) -> Callable[[T], R | Exception]:
    """``work`` that returns what it would raise, so that one item does not end the others."""

    def attempt(item: T) -> R | Exception:
        try:
            return work(item)
        except Exception as error:
            return error

    return attempt


def _results(work: Callable[[T], R], items: Iterable[T], workers: int, ahead: int) -> Iterator[R]:
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(workers, "latentcodec")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == ahead * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
