"""What every data set gives, and how it says that it cannot."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class DataError(Exception):
    """The data cannot be had. Its one line says what is wrong and what to do about it."""


class Pictures(Protocol):
    """Pictures that may be too many for the memory: their number is known, and they come one by one.

    An array (N, C, H, W) uint8 is one.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, C, H, W)"""

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        """N times (C, H, W) uint8, the same ones in the same order at every pass."""


@dataclass(frozen=True)
class DataSet:
    """Pictures to learn from and others to be tested on, never seen while learning. Digits carry labels (N,) uint8.

    ``terms`` says where they come from and under which terms, for the card of what is trained on them.
    """

    terms: str
    train: Pictures
    test: Pictures
    train_labels: NDArray[np.uint8] | None = None
    test_labels: NDArray[np.uint8] | None = None
