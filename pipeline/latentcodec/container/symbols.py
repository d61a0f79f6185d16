"""From a parsed file to its symbols, with the bundle that it names; of a pack, only the blocks that are needed."""

import operator
from collections.abc import Iterable, Iterator
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.bundle import Bundle
from latentcodec.container import chunks
from latentcodec.errors import FormatError, UnknownModelError
from latentcodec.transform.windows import Box, enlarged


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


def read_window(file: ImageFile, bundle: Bundle, box: Box) -> tuple[NDArray[np.int16], Box]:
    """The symbols that the pixels of a box depend on: int16 (C, h, w), and the box in the pixels that these stand for.

    Of a tiled file, the tiles that hold them are read and no other. Raises as ``read_symbols``.
    """
    check_bundle(file, bundle)
    left, top, right, bottom = box
    stride, shape = bundle.stride, bundle.latent_shape(file.height, file.width)
    rows = enlarged(top // stride, -(-bottom // stride), bundle.halo, shape[1])
    columns = enlarged(left // stride, -(-right // stride), bundle.halo, shape[2])
    symbols = file.window(*shape, rows.low, columns.low, rows.high, columns.high, bundle.tables)
    x, y = columns.low * stride, rows.low * stride
    return symbols, (left - x, top - y, right - x, bottom - y)


def names_of(pack: PackFile) -> list[str] | None:
    """The names of a pack's pictures; FormatError if they are damaged."""
    data = dict(pack.chunks).get(chunks.NAMES)
    return None if data is None else chunks.read_names(data, pack.count)


def resolve(pack: PackFile, wanted: Iterable[SupportsIndex | str] | None) -> NDArray[np.int64]:
    """The numbers of the pictures that are wanted, by number or name, in the order given; None means all.

    Raises:
        IndexError: the pack has no such picture.
        FormatError: the names are damaged.
    """
    if wanted is None:
        return np.arange(pack.count)
    wanted = list(wanted)
    called: dict[str, int] = {}
    if any(isinstance(each, str) for each in wanted):
        called = {name: number for number, name in enumerate(names_of(pack) or [])}
    numbers = []
    for each in wanted:
        if isinstance(each, str):
            if each not in called:
                raise IndexError(f"the pack has no picture called {each!r}")
            numbers.append(called[each])
        else:
            number = operator.index(each)
            if not 0 <= number < pack.count:
                raise IndexError(f"the pack holds pictures 0 to {pack.count - 1}, there is no picture {number}")
            numbers.append(number)
    return np.array(numbers, np.int64)


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
