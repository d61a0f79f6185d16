"""From symbols to the bytes of a file: what of it is known before there are symbols, and the symbols put to it."""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec._core import Tables
from latentcodec.progress import Progress, unheard

NO_SIDE_INFORMATION = np.zeros(0, np.float32)


class Quantised(NamedTuple):
    """What quantising makes of latents (N, C, h, w)."""

    symbols: NDArray[Any]
    """int16 (N, C, h, w), or, where nothing is quantised, pixels uint8 or uint16 (N, h, w, C)."""
    side_information: NDArray[np.float32] = NO_SIDE_INFORMATION
    """What undoes them."""
    remainders: NDArray[np.int8] | None = None
    """(N, C, h, w): what an entropy coder chooses other symbols by; None: it must not."""


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
    progress: Progress = unheard
    """Is told which share of the tiles is written."""

    def write(self, fields: HeaderFields, quantised: Quantised, tables: Tables) -> bytes:
        """The file of the symbols of one picture and the quantiser's side information."""
        (symbols,), side_information, remainders = quantised
        return _core.write_image(
            self.model, self.width, self.height, **fields, side_information=side_information, symbols=symbols,
            remainders=remainders, tables=tables, tile=self.tile, grey=self.grey, chunks=self.chunks,
            progress=self.progress,
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

    def write(self, fields: HeaderFields, quantised: Quantised, tables: Tables) -> bytes:
        """The file of symbols and the quantiser's side information."""
        return _core.write_pack(
            self.model, self.width, self.height, **fields, **quantised._asdict(), block=self.block, tables=tables,
            grey=self.grey, chunks=self.chunks,
        )  # fmt: skip
