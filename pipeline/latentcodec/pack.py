"""A pack as a data set, as a training loop wants it: any picture at any time, without unpacking the file.

pack = latentcodec.Pack("digits.ltcp")
pack[7], pack[[3, 1]], pack[:]                    # uint8 (28, 28), (2, 28, 28), (N, 28, 28)
torch.utils.data.DataLoader(pack, batch_size=64, shuffle=True, num_workers=2)
"""

import functools
import math
import os
from collections.abc import Iterable
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec.api import kept_codec
from latentcodec.bundle.find import Name, find_bundle
from latentcodec.container.read import MAX_PIXELS, NO_LIMIT, Data, read
from latentcodec.container.symbols import names_of
from latentcodec.errors import LimitError
from latentcodec.packs import one_pack


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
        content = read(data)
        self._file = file = one_pack(content, NO_LIMIT)
        self._again = os.path.abspath(data) if isinstance(data, str | os.PathLike) else content
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
        self._codec = kept_codec(find_bundle(file.model if bundle is None else bundle), provider, threads)
        grey = file.grey or self._codec.bundle.colour == "L"
        self.shape = (file.height, file.width) if grey else (file.height, file.width, 3)
        """Of a picture: (H, W), or (H, W, 3)."""
        self.names = names_of(file)
        """One for each picture, None if the file has none."""
        blocks = max(1, cache // (together * math.prod(self.shape)))
        self._block = functools.lru_cache(blocks)(self._decoded)

    def __len__(self) -> int:
        return self._file.count

    def __getitem__(self, index: SupportsIndex | slice | Iterable[SupportsIndex]) -> NDArray[np.uint8]:
        """One picture, or several: uint8 of ``shape``, or (n, *shape), which is the caller's own.

        Args:
            index: a number, a slice or some numbers; negative ones count from the end.

        Raises:
            IndexError: the pack has no such picture.
            FormatError, ChecksumError: its block is damaged.
        """
        if not isinstance(index, slice | Iterable):
            return self._picture(index).copy()
        wanted = range(len(self))[index] if isinstance(index, slice) else list(index)
        pictures = np.empty((len(wanted), *self.shape), np.uint8)
        for place, number in enumerate(wanted):
            pictures[place] = self._picture(number)
        return pictures

    def __reduce__(self) -> tuple[Any, ...]:
        return functools.partial(Pack, **self._options), (self._again,)

    @property
    def block(self) -> int:
        """Pictures that are decoded together."""
        return self._file.block

    def _picture(self, number: SupportsIndex) -> NDArray[np.uint8]:
        try:
            block, place = divmod(range(len(self))[number], self._file.block)
        except IndexError:
            raise IndexError(f"the pack holds pictures 0 to {len(self) - 1}, there is no picture {number}") from None
        return self._block(block)[place]

    def _decoded(self, block: int) -> NDArray[np.uint8]:
        start = block * self._file.block
        return self._codec.pictures_of(self._file, np.arange(start, min(start + self._file.block, len(self))))
