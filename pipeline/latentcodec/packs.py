"""Packs: many small pictures of one size in one file, any of which can be had at the price of its block."""

from collections.abc import Iterable, Sequence
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec.container import chunks
from latentcodec.container.read import MAX_PIXELS, Data, parse
from latentcodec.container.symbols import check_bundle, names_of, read_blocks, resolve
from latentcodec.errors import FormatError
from latentcodec.pictures.read import Picture, load_all, luma
from latentcodec.settings import Settings
from latentcodec.targets import settle_or_aim
from latentcodec.transform.transform import Transforms

BLOCK = 64
"""Pictures per block of a pack, unless told: one of them costs the decoding of a block."""


class PackCodec(Transforms):
    """What a ``Codec`` does with packs."""

    def encode_pack(
        self,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        *,
        names: Sequence[str] | None = None,
        quality: int | None = None,
        quantiser: str | None = None,
        bits: int | None = None,
        target_bpp: float | None = None,
        target_psnr: float | None = None,
        target_size: int | None = None,
        entropy: str | None = None,
        block: int = BLOCK,
    ) -> bytes:
        """Encode pictures of one size as a .ltcp file; the quantiser's side information belongs to all of them.

        Args:
            pictures: uint8 (N, H, W, 3) or (N, H, W), or a sequence of whatever ``encode`` takes. They come back grey
                if all of them are. Nothing but the pixels is kept, which is said (``LossWarning``).
            names: one for each picture, all different; they are kept in the file.
            quality, quantiser, bits, entropy: as for ``encode``.
            target_bpp, target_psnr, target_size: as for ``encode``, of the whole pack and over all of its pictures.
            block: pictures per block. Each block can be decoded alone, and costs a checksum and a fresh coder.

        Raises:
            ValueError: no pictures, pictures of several sizes or with transparency, names that do not fit them, a
                block smaller than 1; otherwise as ``encode``.
        """
        settings, target = settle_or_aim(
            self.bundle.facts,
            quality=quality,
            quantiser=quantiser,
            bits=bits,
            target_bpp=target_bpp,
            target_psnr=target_psnr,
            target_size=target_size,
            entropy=entropy,
        )
        arrays = load_all(pictures, self.bundle.colour, exact=self.bundle.lossless)
        kept = [] if names is None else [(chunks.NAMES, chunks.write_names(names, len(arrays)))]
        height, width = arrays.shape[1:3]

        def write(settings: Settings, symbols: NDArray[np.int16], side: NDArray[np.float32]) -> bytes:
            return _core.write_pack(
                self.bundle.model_id,
                width,
                height,
                *settings.numbers,
                side,
                symbols,
                block,
                self.bundle.tables,
                grey=self.bundle.colour == "RGB" and arrays.ndim == 3,
                chunks=kept,
            )

        return self._coded(arrays, settings, target, write)

    def decode_pack(
        self,
        data: Data,
        indices: Iterable[SupportsIndex | str] | None = None,
        *,
        max_pixels: int = MAX_PIXELS,
    ) -> NDArray[np.uint8]:
        """Decode pictures of a .ltcp file: uint8 (n, H, W, 3) or, if they are grey, (n, H, W).

        Args:
            data: its bytes, its path, or an open binary file.
            indices: which pictures, by number or name, in which order; only the blocks that hold them are read. None
                means all.
            max_pixels: bounds count x width x height of the whole pack.

        Raises:
            IndexError: the pack has no such picture; otherwise as ``decode``.
        """
        pack = one_pack(data, max_pixels)
        return self.pictures_of(pack, resolve(pack, indices))

    def pictures_of(self, pack: _core.PackFile, wanted: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The pictures of these numbers, as ``decode_pack`` returns them, of a pack that is parsed already."""
        check_bundle(pack, self.bundle)
        grey = pack.grey or self.bundle.colour == "L"
        pictures = np.empty((len(wanted), pack.height, pack.width, 3)[: 3 if grey else 4], np.uint8)
        for positions, symbols in read_blocks(pack, self.bundle, wanted):
            decoded = self._pixels_of(pack, symbols, (0, 0, pack.width, pack.height))
            pictures[positions] = np.stack([luma(picture) for picture in decoded]) if pack.grey else decoded
        return pictures

    def append_pack(
        self,
        data: Data,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        names: Sequence[str] | None = None,
        *,
        max_pixels: int = MAX_PIXELS,
    ) -> bytes:
        """A .ltcp file with more pictures at its end: the bytes of a new file, ``data`` stays as it is.

        They are coded as those that are there: same quantiser, bits, entropy model and side information, so latents
        beyond the range of the pack's first pictures are clipped to it. Full blocks are copied without decoding them.

        Args:
            data: the pack's bytes, its path, or an open binary file.
            pictures: as for ``encode_pack``, of the pack's size.
            names: one for each picture that is added, if and only if the pack has names.
            max_pixels: bounds count x width x height of the pack as it is.

        Raises:
            ValueError: pictures of another size, in colour for a grey pack, or names that do not fit; otherwise as
                ``encode_pack`` and ``decode_pack``.
        """
        pack = one_pack(data, max_pixels)
        check_bundle(pack, self.bundle)
        arrays = load_all(pictures, self.bundle.colour, exact=self.bundle.lossless)
        if arrays.shape[1:3] != (pack.height, pack.width):
            raise ValueError(
                f"the pack's pictures are {pack.width}x{pack.height}, not {arrays.shape[2]}x{arrays.shape[1]}"
            )
        if pack.grey and arrays.ndim == 4:
            raise ValueError("the pack is grey: pictures in colour would lose it")
        there = names_of(pack)
        if (names is None) != (there is None):
            raise ValueError("the pack has no names" if there is None else "the pack has names: give one per picture")
        count = pack.count + len(arrays)
        kept = [] if names is None else [(chunks.NAMES, chunks.write_names([*(there or []), *names], count))]
        symbols, _ = self._symbols_of(arrays, Settings.of(pack), pack.side)
        return pack.append(symbols, kept, self.bundle.tables)


def one_pack(data: Data, max_pixels: int) -> _core.PackFile:
    """Parse a .ltcp file; FormatError if it is a single picture, otherwise as ``parse``."""
    file = parse(data, max_pixels)
    if isinstance(file, _core.ImageFile):
        raise FormatError("this is a single picture, not a pack")
    return file
