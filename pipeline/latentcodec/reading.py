"""From a parsed file to its symbols, with the bundle that it names; of a pack, only the blocks that are needed."""

import operator
from collections.abc import Iterable, Iterator
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle import Bundle
from latentcodec.errors import FormatError, UnknownModelError


def check_bundle(file: ImageFile | PackFile, bundle: Bundle) -> None:
    """The file must have been encoded with this very bundle.

    Raises:
        UnknownModelError: it names another model.
        FormatError: its size is one that the model does not have.
    """
    if file.model != bundle.model_id:
        raise UnknownModelError(
            f"the file was encoded with the model {file.model.hex()}, the bundle at hand, {bundle.name}, "
            f"is {bundle.model_id.hex()}"
        )
    if bundle.image_size not in (None, (file.height, file.width)):
        raise FormatError(
            f"the file declares {file.width}x{file.height} pixels, which bundle {bundle.name} never codes"
        )


def read_symbols(file: ImageFile | PackFile, bundle: Bundle) -> NDArray[np.int16]:
    """All symbols of a file: int16 (C, h, w), of a pack (N, C, h, w).

    Raises:
        FormatError, ChecksumError: damage that only shows when the symbols are read.
        UnknownModelError, BundleError: the bundle is another one, or lacks what the file was coded with.
    """
    check_bundle(file, bundle)
    shape = bundle.latent_shape(file.height, file.width)
    if isinstance(file, ImageFile):
        return file.symbols(*shape, bundle.tables)
    symbols = np.empty((file.count, *shape), np.int16)
    for positions, part in read_blocks(file, bundle, np.arange(file.count)):
        symbols[positions] = part
    return symbols


def resolve(pack: PackFile, indices: Iterable[SupportsIndex] | None) -> NDArray[np.int64]:
    """The numbers of the pictures that are wanted, in the order given; None means all.

    Raises:
        IndexError: the pack has no such picture.
    """
    if indices is None:
        return np.arange(pack.count)
    wanted = [operator.index(index) for index in indices]
    for index in wanted:
        if not 0 <= index < pack.count:
            raise IndexError(f"the pack holds pictures 0 to {pack.count - 1}, there is no picture {index}")
    return np.array(wanted, np.int64)


def read_blocks(
    pack: PackFile, bundle: Bundle, wanted: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int16]]]:
    """Decode the blocks that hold the wanted pictures, each of them once, and no other.

    Yields:
        Positions in ``wanted``, and the symbols int16 (n, C, h, w) of the pictures wanted there.
    """
    shape = bundle.latent_shape(pack.height, pack.width)
    blocks = wanted // pack.block
    for block in np.unique(blocks):
        positions = np.flatnonzero(blocks == block)
        yield positions, pack.symbols(int(block), *shape, bundle.tables)[wanted[positions] % pack.block]
