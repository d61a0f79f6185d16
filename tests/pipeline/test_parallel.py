"""The same work on several threads: in order, lazily, and never far ahead."""

import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from latentcodec.parallel import ordered_map


def test_results_come_in_the_items_order_whatever_finishes_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0)
        return number

    assert list(ordered_map(work, range(20), 4)) == list(range(20))


def test_several_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=10)  # breaks unless two threads arrive
    assert len(list(ordered_map(lambda _: both.wait(), range(4), 2))) == 4


def test_nothing_is_taken_before_it_is_asked_for_and_little_ahead() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    results = ordered_map(lambda number: number, items(), 2)
    assert taken == []
    assert list(islice(results, 10)) == list(range(10))
    assert len(taken) <= 10 + 2 * 2
    results.close()  # type: ignore[attr-defined]


def test_an_error_comes_in_its_place_and_ends_it() -> None:
    def work(number: int) -> float:
        return 1 / (3 - number)

    results = ordered_map(work, range(100), 2)
    assert [next(results) for _ in range(3)] == [1 / 3, 1 / 2, 1]
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert list(results) == []


def test_negative_workers_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="workers is 0"):
        ordered_map(str, [], -1)
