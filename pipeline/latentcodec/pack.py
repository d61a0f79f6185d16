"""A pack as a data set, as a training loop wants it: any picture at any time, without unpacking the file.

pack = latentcodec.Pack("digits.ltcp")
pack[7], pack[[3, 1]], pack[:]                    # uint8 (28, 28), (2, 28, 28), (N, 28, 28)
torch.utils.data.DataLoader(pack, batch_size=64, shuffle=True, num_workers=2)
"""

import functools
import math
import operator
import os
from collections.abc import Iterable
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec import storage
from latentcodec.api import decoder
from latentcodec.bundle.find import Name
from latentcodec.container.names import picture_names
from latentcodec.container.read import MAX_PIXELS, NO_LIMIT, Data, read_bytes, read_pack
from latentcodec.errors import LimitError


class Pack:
    """The pictures of a .ltcp file by their numbers, from 0 on. Nothing is decoded before it is asked for.

    A picture costs the decoding of its block, once: decoded blocks are kept. So reading in order is fast whatever the
    size, and so is reading in any order once all blocks are kept, or block by block (``block`` pictures each).
    Threads may share it, and it can be sent to other processes, which open the file anew.

    Args:
        data: the file's bytes, its path, or an open binary file. It is read once, whole.
        bundle: where the bundle is, if it is not among those that are found by their id.
        cache: bytes of decoded pictures that are kept, those used last; one block is in any case.
        max_pixels: refuse a pack that declares more in a block: no more than a block is decoded at once.
        provider, threads: as for ``latentcodec.open``.

    Raises:
        FormatError, TruncatedError, ChecksumError: no pack, or a damaged one. Of a block it shows when it is read.
        UnknownModelError: the bundle was not found.
        LimitError: a block has more than ``max_pixels``.
    """

    def __init__(
        self,
        data: Data,
        *,
        bundle: Name | None = None,
        cache: int = 2**28,
        max_pixels: int = MAX_PIXELS,
        provider: str = "auto",
        threads: int = 0,
    ) -> None:
        self._source = storage.absolute(os.fspath(data)) if isinstance(data, str | os.PathLike) else read_bytes(data)
        self._file = file = read_pack(self._source, NO_LIMIT)
        self._options: dict[str, Any] = {
            "bundle": bundle,
            "cache": cache,
            "max_pixels": max_pixels,
            "provider": provider,
            "threads": threads,
        }
        together = min(file.block, file.count)
        if (pixels := together * file.height * file.width) > max_pixels:
            raise LimitError(f"a block of the pack has {pixels} pixels, more than the limit of {max_pixels}")
        self._codec = decoder(file, bundle, provider, threads)
        self.shape = self._codec.picture_shape(file)
        """Of a picture: (H, W), or (H, W, 3)."""
        self.names = picture_names(file)
        """One for each picture, None if the file has none."""
        blocks = max(1, cache // (together * math.prod(self.shape)))
        self._block = functools.lru_cache(blocks)(self._decoded)

    def __len__(self) -> int:
        return self._file.count

    def __getitem__(
        self, index: SupportsIndex | slice | Iterable[SupportsIndex] | NDArray[np.bool_]
    ) -> NDArray[np.uint8]:
        """One picture, or several: uint8 of ``shape``, or (n, *shape), which is the caller's own.

        Args:
            index: a number, a slice, some numbers or a mask of ``len(self)`` truth values, as NumPy takes them;
                negative numbers count from the end.

        Raises:
            IndexError: the pack has no such picture, or the mask is of another length.
            FormatError, ChecksumError: its block is damaged.
        """
        numbers = self._numbers(index)
        if numbers.ndim == 0:
            return self._picture(int(numbers)).copy()
        pictures = np.empty((len(numbers), *self.shape), np.uint8)
        for place, number in enumerate(numbers):
            pictures[place] = self._picture(int(number))
        return pictures

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Pack, **self._options), (self._source,)

    @property
    def block(self) -> int:
        """Pictures that are decoded together."""
        return self._file.block

    def _numbers(self, index: SupportsIndex | slice | Iterable[SupportsIndex]) -> NDArray[np.int64]:
        """The numbers (n,) of the pictures that are asked for, or () of a single one."""
        if hasattr(index, "__array__"):  # as a tensor has, which may be a single number
            index = np.asarray(index)
        elif not isinstance(index, slice):
            index = np.asarray(list(index) if isinstance(index, Iterable) else operator.index(index))
        if isinstance(index, np.ndarray) and index.size == 0 and index.dtype != bool:
            index = index.astype(np.int64)
        try:
            return np.asarray(np.arange(len(self))[index])
        except IndexError as error:
            raise IndexError(f"the pack holds pictures 0 to {len(self) - 1}: {error}") from None

    def _picture(self, number: int) -> NDArray[np.uint8]:
        block, place = divmod(number, self._file.block)
        return self._block(block)[place]

    def _decoded(self, block: int) -> NDArray[np.uint8]:
        start = block * self._file.block
        numbers = range(start, min(start + self._file.block, len(self)))
        return self._codec.decode_pack(self._file, numbers)
