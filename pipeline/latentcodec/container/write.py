"""From symbols to the bytes of a file: what of it is known before there are symbols, and the symbols put to it."""

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec._core import Tables


class HeaderFields(TypedDict):
    """Quantiser, its bits or quality, and entropy model, as a header has them."""

    quantiser: int
    parameter: int
    hundredths: int
    entropy: int


@dataclass(frozen=True)
class ImageLayout:
    """A .ltc file but for its quantiser and symbols."""

    model: bytes
    width: int
    height: int
    grey: bool
    """Whether a decoder turns RGB into luma."""
    chunks: list[tuple[int, bytes]]
    tile: int
    """Height and width of a tile in latents; 0 without tiles."""

    def write(
        self, fields: HeaderFields, symbols: NDArray[np.int16], side_information: NDArray[np.float32], tables: Tables
    ) -> bytes:
        """The file of symbols (1, C, h, w) and the quantiser's side information."""
        return _core.write_image(
            self.model, self.width, self.height, **fields, side_information=side_information,
            symbols=symbols[0], tables=tables, tile=self.tile, grey=self.grey, chunks=self.chunks,
        )  # fmt: skip


@dataclass(frozen=True)
class PackLayout:
    """A .ltcp file but for its quantiser and symbols."""

    model: bytes
    width: int
    height: int
    grey: bool
    """Whether a decoder turns RGB into luma."""
    chunks: list[tuple[int, bytes]]
    block: int
    """Pictures that share a stream."""

    def write(
        self, fields: HeaderFields, symbols: NDArray[np.int16], side_information: NDArray[np.float32], tables: Tables
    ) -> bytes:
        """The file of symbols (N, C, h, w) and the quantiser's side information."""
        return _core.write_pack(
            self.model, self.width, self.height, **fields, side_information=side_information,
            symbols=symbols, block=self.block, tables=tables, grey=self.grey, chunks=self.chunks,
        )  # fmt: skip
