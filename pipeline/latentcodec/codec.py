"""The codec: one bundle's networks, a quantiser and the entropy coder, from pictures to files and back.

    picture -> analysis -> latents -> quantise -> symbols -> range coder -> .ltc
    .ltc -> range coder -> symbols -> dequantise -> latents -> synthesis -> picture

The symbols that a file decodes to are integers from Rust, the same on every machine, provider and number of threads.
The networks compute in float32, so decoded pixels may differ by a level between machines.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, SupportsIndex, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import _core
from latentcodec.bundle import Bundle
from latentcodec.errors import FormatError
from latentcodec.formats import MAX_PIXELS, Data, parse
from latentcodec.networks import Networks
from latentcodec.pictures import Picture, load, load_all
from latentcodec.quantisers import QUANTISERS, dequantise, quantise
from latentcodec.reading import check_bundle, read_blocks, read_symbols, resolve
from latentcodec.settings import Settings, settle

BLOCK = 64
"""Pictures per block of a pack, unless told: one of them costs the decoding of a block."""


class Codec:
    """Encodes and decodes with one bundle. Threads may share it.

    Args:
        bundle: from ``load_bundle``; ``latentcodec.open`` finds and loads one by its name.
        provider: "cpu", "cuda" or "auto" (CUDA where a driver finds a device, else the CPU). The first picture raises
            LatentCodecError where "cuda" does not become active.
        threads: for ONNX Runtime on the CPU; 0 means all cores.

    Raises:
        ValueError: another provider, or negative threads.
        LatentCodecError: "cuda" on a machine that has none.
    """

    def __init__(self, bundle: Bundle, *, provider: str = "auto", threads: int = 0) -> None:
        self.bundle = bundle
        self._networks = Networks(bundle, provider, threads)

    def __repr__(self) -> str:
        return f"<Codec {self.bundle.name} {self.bundle.model_id.hex()}>"

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks."""
        return self._networks.provider

    def encode(
        self,
        picture: Picture,
        *,
        quality: int | None = None,
        quantiser: str | None = None,
        bits: int | None = None,
        entropy: str = "static",
    ) -> bytes:
        """Encode one picture as a .ltc file; the same picture always gives the same bytes.

        Args:
            picture: a path, an open binary file, a Pillow image, or uint8 (H, W, 3) or (H, W). It is converted to the
                bundle's colour mode and turned upright as its EXIF orientation says.
            quality: 1 (smallest file) to 100 (best picture), 50 unless told.
            quantiser: instead of a quality: "max", "min_max", "vector" or "vector_shared", together with ``bits``.
            bits: 1 to 8, among those that the bundle offers for the quantiser.
            entropy: "static" (tables fitted on training pictures) or "adaptive" (learns from the picture itself).

        Raises:
            ValueError: settings that the bundle does not offer, or a picture that it cannot code: transparency, no
                pixels, a wrong size for a bundle that has only one.
            OSError: the picture's file is missing or broken.
            BundleError: the networks do not work.
        """
        settings = settle(self.bundle.facts, quality, quantiser, bits, entropy)
        array = load(picture, self.bundle.colour)
        symbols, side = self._quantise(settings, self.analyse(array[None])[0])
        height, width = array.shape[:2]
        model, tables = self.bundle.model_id, self.bundle.tables
        return _core.write_image(model, width, height, *settings.numbers, side, symbols, tables)

    @overload
    def decode(self, data: Data, *, as_array: Literal[False] = False, max_pixels: int = ...) -> Image.Image: ...
    @overload
    def decode(self, data: Data, *, as_array: Literal[True], max_pixels: int = ...) -> NDArray[np.uint8]: ...
    @overload
    def decode(self, data: Data, *, as_array: bool, max_pixels: int = ...) -> Image.Image | NDArray[np.uint8]: ...

    def decode(
        self, data: Data, *, as_array: bool = False, max_pixels: int = MAX_PIXELS
    ) -> Image.Image | NDArray[np.uint8]:
        """Decode a .ltc file.

        Args:
            data: its bytes, its path, or an open binary file.
            as_array: return uint8 (H, W, 3) or (H, W) instead of a Pillow image.
            max_pixels: refuse a file that declares more, before anything of that size is allocated.

        Raises:
            FormatError, TruncatedError, ChecksumError: no .ltc file, or a damaged one.
            UnknownModelError: it was encoded with another bundle.
            LimitError: it declares more than ``max_pixels``.
            BundleError: the networks do not work, or the bundle lacks what the file was coded with.
        """
        file = parse(data, max_pixels)
        if isinstance(file, _core.PackFile):
            raise FormatError(f"this is a pack of {file.count} pictures, not one picture: decode it as a pack")
        latents = self._dequantise(file, read_symbols(file, self.bundle))
        picture = self.synthesise(latents[None], file.height, file.width)[0]
        return picture if as_array else Image.fromarray(picture)

    def encode_pack(
        self,
        pictures: NDArray[np.uint8] | Sequence[Picture],
        *,
        quality: int | None = None,
        quantiser: str | None = None,
        bits: int | None = None,
        entropy: str = "static",
        block: int = BLOCK,
    ) -> bytes:
        """Encode pictures of one size as a .ltcp file; the quantiser's side information belongs to all of them.

        Args:
            pictures: uint8 (N, H, W, 3) or (N, H, W), or a sequence of whatever ``encode`` takes.
            quality, quantiser, bits, entropy: as for ``encode``.
            block: pictures per block. Each block can be decoded alone, and costs a checksum and a fresh coder.

        Raises:
            ValueError: no pictures, pictures of several sizes, a block smaller than 1; otherwise as ``encode``.
        """
        settings = settle(self.bundle.facts, quality, quantiser, bits, entropy)
        arrays = load_all(pictures, self.bundle.colour)
        symbols, side = self._quantise(settings, self.analyse(arrays))
        height, width = arrays.shape[1:3]
        model, tables = self.bundle.model_id, self.bundle.tables
        return _core.write_pack(model, width, height, *settings.numbers, side, symbols, block, tables)

    def decode_pack(
        self, data: Data, indices: Iterable[SupportsIndex] | None = None, *, max_pixels: int = MAX_PIXELS
    ) -> NDArray[np.uint8]:
        """Decode pictures of a .ltcp file: uint8 (n, H, W, 3) or (n, H, W).

        Args:
            data: its bytes, its path, or an open binary file.
            indices: which pictures, in which order; only the blocks that hold them are read. None means all.
            max_pixels: bounds count x width x height of the whole pack.

        Raises:
            IndexError: the pack has no such picture; otherwise as ``decode``.
        """
        file = parse(data, max_pixels)
        if isinstance(file, _core.ImageFile):
            raise FormatError("this is a single picture, not a pack")
        check_bundle(file, self.bundle)
        wanted = resolve(file, indices)
        colours = (3,) if self.bundle.colour == "RGB" else ()
        pictures = np.empty((len(wanted), file.height, file.width, *colours), np.uint8)
        for positions, symbols in read_blocks(file, self.bundle, wanted):
            pictures[positions] = self.synthesise(self._dequantise(file, symbols), file.height, file.width)
        return pictures

    def symbols(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.int16]:
        """What a file decodes to before the networks: int16 (C, h, w), of a pack (N, C, h, w). Raises as ``decode``."""
        return read_symbols(parse(data, max_pixels), self.bundle)

    def analyse(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures uint8 (N, H, W, 3) or (N, H, W) -> latents float32 (N, C, h, w), h = ceil(H / stride).

        Raises:
            ValueError: an array that does not suit the bundle.
            BundleError: the network gives something else than finite latents of that shape.
        """
        return self._networks.analyse(pictures)

    def synthesise(self, latents: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """Latents float32 (N, C, h, w) -> pictures uint8 (N, height, width, 3) or (N, height, width).

        Raises:
            ValueError: latents whose shape is not that of such pictures.
            BundleError: the network gives something else than finite pictures of that shape.
        """
        return self._networks.synthesise(latents, height, width)

    def _quantise(
        self, settings: Settings, latents: NDArray[np.float32]
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        codebook = self.bundle.codebook(settings.quantiser, settings.bits)
        return quantise(settings.quantiser, settings.bits, latents, codebook)

    def _dequantise(self, file: _core.ImageFile | _core.PackFile, symbols: NDArray[np.int16]) -> NDArray[np.float32]:
        name = QUANTISERS[file.quantiser]
        return dequantise(name, file.bits, symbols, file.side, self.bundle.codebook(name, file.bits))
