"""The pictures of a pack by their numbers and names."""

import operator
from collections.abc import Iterable, Sequence
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import PackFile
from latentcodec.container import chunks


def picture_names(pack: PackFile) -> list[str] | None:
    """The names of a pack's pictures, None if it has none; FormatError if they are damaged."""
    data = dict(pack.chunks).get(chunks.NAMES)
    return None if data is None else chunks.read_names(data, pack.count)


def picture_numbers(pack: PackFile, indices: Iterable[SupportsIndex | str] | None) -> NDArray[np.int64]:
    """The numbers of pictures that are asked for by number or name, in that order; None means all.

    Raises:
        IndexError: the pack has no such picture.
        FormatError: the names are damaged.
    """
    if indices is None:
        return np.arange(pack.count)
    indices = list(indices)
    by_name: dict[str, int] = {}
    if any(isinstance(index, str) for index in indices):
        by_name = {name: number for number, name in enumerate(picture_names(pack) or [])}
    return np.array([_picture_number(pack, index, by_name) for index in indices], np.int64)


def names_chunk(names: Sequence[str] | None, count: int) -> list[tuple[int, bytes]]:
    """The chunk of a new pack's names, if it is to have any; ValueError unless there is one for each picture."""
    return [] if names is None else [(chunks.NAMES, chunks.write_names(names, count))]


def appended_names(pack: PackFile, names: Sequence[str] | None, added: int) -> list[tuple[int, bytes]]:
    """The chunk of a pack's names with those of the pictures that are added; ValueError if they do not fit."""
    present = picture_names(pack)
    if (names is None) != (present is None):
        raise ValueError("the pack has no names" if present is None else "the pack has names: give one per picture")
    return names_chunk(None if names is None or present is None else [*present, *names], pack.count + added)


def _picture_number(pack: PackFile, index: SupportsIndex | str, by_name: dict[str, int]) -> int:
    if isinstance(index, str):
        if index not in by_name:
            raise IndexError(f"the pack has no picture called {index!r}")
        return by_name[index]
    try:
        number = operator.index(index)
    except TypeError as error:
        raise TypeError(f"pictures of a pack are asked for by number or by name, not by {index!r}") from error
    if not 0 <= number < pack.count:
        raise IndexError(f"the pack holds pictures 0 to {pack.count - 1}, there is no picture {number}")
    return number
