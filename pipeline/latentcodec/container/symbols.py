"""From a parsed file to its symbols; of a pack, only the blocks that are needed."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import ImageFile, PackFile, Tables


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
