"""From a parsed file to its symbols; of a pack, only the blocks that are needed."""

import operator
from collections.abc import Iterable, Iterator
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import ImageFile, PackFile, Tables
from latentcodec.container import chunks


def read_symbols(file: ImageFile | PackFile, shape: tuple[int, int, int], tables: Tables) -> NDArray[np.int16]:
    """All symbols of a file: int16 (C, h, w), of a pack (N, C, h, w).

    Args:
        shape: (C, h, w) of one picture.
        tables: of the bundle that the file was encoded with.

    Raises:
        FormatError, ChecksumError: damage that only shows when the symbols are read.
        BundleError: the bundle lacks what the file was coded with.
    """
    if isinstance(file, ImageFile):
        return file.symbols(*shape, tables)
    symbols = np.empty((file.count, *shape), np.int16)
    for positions, block in read_blocks(file, np.arange(file.count), shape, tables):
        symbols[positions] = block
    return symbols


def read_blocks(
    pack: PackFile, numbers: NDArray[np.int64], shape: tuple[int, int, int], tables: Tables
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16]]]:
    """Decode the blocks that hold the pictures of these numbers, each block once, and no other.

    Yields:
        Positions in ``numbers``, and the symbols int16 (n, C, h, w) of the pictures there. Raises as ``read_symbols``.
    """
    blocks = numbers // pack.block
    for block in np.unique(blocks):
        positions = np.flatnonzero(blocks == block)
        yield positions, pack.symbols(int(block), *shape, tables)[numbers[positions] % pack.block]


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


def _picture_number(pack: PackFile, index: SupportsIndex | str, by_name: dict[str, int]) -> int:
    if isinstance(index, str):
        if index not in by_name:
            raise IndexError(f"the pack has no picture called {index!r}")
        return by_name[index]
    number = operator.index(index)
    if not 0 <= number < pack.count:
        raise IndexError(f"the pack holds pictures 0 to {pack.count - 1}, there is no picture {number}")
    return number
