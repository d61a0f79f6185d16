"""The codec: one bundle's networks, a quantiser and the entropy coder, from pictures to files and back.

    picture -> analysis -> latents -> quantise -> symbols -> range coder -> .ltc
    .ltc -> range coder -> symbols -> dequantise -> latents -> synthesis -> picture

The symbols that a file decodes to are integers from Rust, the same on every machine, provider and number of threads.
The networks compute in float32, so decoded pixels may differ by a level between machines. A lossless bundle has neither
networks nor a quantiser: its symbols are the pixels.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentcodec import _core
from latentcodec.bundle.bundle import Bundle
from latentcodec.container.read import MAX_PIXELS, Data
from latentcodec.container.symbols import read_symbols, read_window
from latentcodec.packs import PackCodec
from latentcodec.parallel import in_order
from latentcodec.pictures import write as decoded
from latentcodec.pictures.read import Picture, say_lost, take_apart
from latentcodec.settings import Settings, tile_side
from latentcodec.targets import settle_or_aim
from latentcodec.transform.windows import Box


class Codec(PackCodec):
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
        super().__init__(bundle, provider=provider, threads=threads)
        self._provider = provider

    def encode(
        self,
        picture: Picture,
        *,
        quality: int | None = None,
        quantiser: str | None = None,
        bits: int | None = None,
        target_bpp: float | None = None,
        target_psnr: float | None = None,
        target_size: int | None = None,
        entropy: str | None = None,
        tile: int | None = None,
        metadata: bool = True,
    ) -> bytes:
        """Encode one picture as a .ltc file; the same picture always gives the same bytes.

        Args:
            picture: a path, an open binary file, a Pillow image, or an array uint8 (uint16: scaled) of shape (H, W),
                (H, W, 1), (H, W, 2), (H, W, 3) or (H, W, 4). It is turned upright as its EXIF orientation says, and
                converted to grey for a grey bundle. What a file cannot keep is said (``LossWarning``). A lossless
                bundle takes what is grey with 8 bits a sample, or RGB of three equal planes, and gives back every
                level as grey (a bilevel picture's as 0 and 255).
            quality: 1 (smallest file) to 100 (best picture), 50 unless told. A lossless bundle takes neither this nor
                a quantiser nor a target.
            quantiser: instead of a quality: "max", "min_max", "vector" or "vector_shared", together with ``bits``.
            bits: 1 to 8, among those that the bundle offers for the quantiser.
            target_bpp, target_size: instead of a quality, the best one whose whole file takes no more bits per pixel,
                or no more bytes.
            target_psnr: instead of a quality, the smallest one whose decoded picture has so many dB over all samples of
                its colours.
            entropy: "static" (tables fitted on training pictures), "adaptive" (learns from the picture itself) or
                "context" (does both, looking at neighbours and earlier channels). None means the one with the smallest
                files: "context" where the bundle offers it, else "static".
            tile: side in pixels, a multiple of the bundle's stride, of the tiles that ``decode_region`` can read one
                by one; 0 for none; None for 512 in pictures of more than 2**20 pixels.
            metadata: keep ICC profile and EXIF. An alpha channel is kept in any case, without loss.

        Raises:
            ValueError: settings that the bundle does not offer, a target that none of its qualities meets, or a
                picture that it cannot code: no pixels, 32 bits a sample, a wrong size for a bundle that has only one,
                colours or 16 bits a sample for a lossless one.
            OSError: the picture's file is missing or broken.
            LimitError: the picture's file is larger than Pillow allows (``Image.MAX_IMAGE_PIXELS`` twice over).
            BundleError: the networks do not work.
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
        parts = take_apart(picture, self.bundle.colour, exact=self.bundle.lossless)
        kept = parts.chunks(metadata)
        height, width = parts.pixels.shape[:2]
        side = tile_side(self.bundle.stride, tile, width * height)

        def write(settings: Settings, symbols: NDArray[np.int16], values: NDArray[np.float32]) -> bytes:
            return _core.write_image(
                self.bundle.model_id,
                width,
                height,
                *settings.numbers,
                values,
                symbols[0],
                self.bundle.tables,
                tile=side,
                grey=parts.grey and self.bundle.colour == "RGB",
                chunks=kept,
            )

        data = self._coded(parts.pixels[None], settings, target, write)
        say_lost(picture, parts.lost)
        return data

    @overload
    def decode(self, data: Data, *, as_array: Literal[False] = False, max_pixels: int = ...) -> Image.Image: ...
    @overload
    def decode(self, data: Data, *, as_array: Literal[True], max_pixels: int = ...) -> NDArray[np.uint8]: ...
    @overload
    def decode(self, data: Data, *, as_array: bool, max_pixels: int = ...) -> Image.Image | NDArray[np.uint8]: ...

    def decode(
        self, data: Data, *, as_array: bool = False, max_pixels: int = MAX_PIXELS
    ) -> Image.Image | NDArray[np.uint8]:
        """Decode a .ltc file: a Pillow image in mode L, LA, RGB or RGBA, with ICC profile and EXIF in its ``info``.

        Args:
            data: its bytes, its path, or an open binary file.
            as_array: return uint8 (H, W), (H, W, 2), (H, W, 3) or (H, W, 4) instead.
            max_pixels: refuse a file that declares more, before anything of that size is allocated.

        Raises:
            FormatError, TruncatedError, ChecksumError: no .ltc file, or a damaged one.
            UnknownModelError: it was encoded with another bundle.
            LimitError: it declares more than ``max_pixels``.
            BundleError: the networks do not work, or the bundle lacks what the file was coded with.
        """
        file = decoded.one_picture(data, max_pixels)
        extras = decoded.read_extras(file)
        whole = (0, 0, file.width, file.height)
        pixels = self._pixels_of(file, read_symbols(file, self.bundle)[None], whole)[0]
        return decoded.put_together(pixels, file.grey, extras, as_array)

    @overload
    def decode_region(
        self, data: Data, box: Box, *, as_array: Literal[False] = False, max_pixels: int = ...
    ) -> Image.Image: ...
    @overload
    def decode_region(
        self, data: Data, box: Box, *, as_array: Literal[True], max_pixels: int = ...
    ) -> NDArray[np.uint8]: ...
    @overload
    def decode_region(
        self, data: Data, box: Box, *, as_array: bool, max_pixels: int = ...
    ) -> Image.Image | NDArray[np.uint8]: ...

    def decode_region(
        self, data: Data, box: Box, *, as_array: bool = False, max_pixels: int = MAX_PIXELS
    ) -> Image.Image | NDArray[np.uint8]:
        """Decode a part of a .ltc file: what ``decode(data).crop(box)`` gives, within one level, or exactly that of a
        lossless one.

        Of a tiled file only the tiles are read that the box and a halo around it touch, and the network sees no more
        than these; damage elsewhere goes unnoticed. An alpha channel is decoded whole.

        Args:
            data: its bytes, its path, or an open binary file.
            box: (left, top, right, bottom) in pixels, right and bottom excluded, as Pillow's ``crop`` takes it; within
                the picture.
            as_array: as for ``decode``.
            max_pixels: as for ``decode``: what the whole picture may declare.

        Raises:
            ValueError: a box that is empty or reaches out of the picture; otherwise as ``decode``.
        """
        file = decoded.one_picture(data, max_pixels)
        decoded.check_box(box, file.width, file.height)
        extras = decoded.read_extras(file)
        if extras.alpha is not None:
            extras = replace(extras, alpha=extras.alpha[box[1] : box[3], box[0] : box[2]])
        symbols, inner = read_window(file, self.bundle, box)
        pixels = self._pixels_of(file, symbols[None], inner)[0]
        return decoded.put_together(pixels, file.grey, extras, as_array)

    def encode_batch(
        self,
        pictures: Iterable[Picture],
        *,
        workers: int = 0,
        quality: int | None = None,
        quantiser: str | None = None,
        bits: int | None = None,
        target_bpp: float | None = None,
        target_psnr: float | None = None,
        target_size: int | None = None,
        entropy: str | None = None,
        tile: int | None = None,
        metadata: bool = True,
    ) -> Iterator[bytes]:
        """Encode pictures of any sizes, several at once: an iterator of .ltc files in the pictures' order.

        It is lazy: pictures are read as files are taken from it, never more than two for each worker ahead. What one
        picture raises is raised in its place, and ends the iteration.

        Args:
            pictures: each whatever ``encode`` takes.
            workers: pictures at once, each on one thread (the codec's own ``threads`` do not count here); 0 means one
                for each core.
            quality, quantiser, bits, target_bpp, target_psnr, target_size, entropy, tile, metadata: as for ``encode``,
                the targets for each picture by itself.

        Raises:
            ValueError: negative workers, or settings that the bundle does not offer; otherwise as ``encode``.
        """
        coding: dict[str, Any] = {
            "quality": quality,
            "quantiser": quantiser,
            "bits": bits,
            "target_bpp": target_bpp,
            "target_psnr": target_psnr,
            "target_size": target_size,
            "entropy": entropy,
        }
        settle_or_aim(self.bundle.facts, **coding)
        tile_side(self.bundle.stride, tile, 0)
        encode = partial(self._one_thread.encode, **coding, tile=tile, metadata=metadata)
        return in_order(encode, pictures, workers)

    @overload
    def decode_batch(
        self, files: Iterable[Data], *, workers: int = 0, as_array: Literal[False] = False, max_pixels: int = ...
    ) -> Iterator[Image.Image]: ...
    @overload
    def decode_batch(
        self, files: Iterable[Data], *, workers: int = 0, as_array: Literal[True], max_pixels: int = ...
    ) -> Iterator[NDArray[np.uint8]]: ...

    def decode_batch(
        self, files: Iterable[Data], *, workers: int = 0, as_array: bool = False, max_pixels: int = MAX_PIXELS
    ) -> Iterator[Image.Image] | Iterator[NDArray[np.uint8]]:
        """Decode .ltc files, several at once: an iterator of pictures in the files' order, as lazy as ``encode_batch``.

        Args:
            files: each whatever ``decode`` takes.
            workers: as for ``encode_batch``.
            as_array, max_pixels: as for ``decode``.

        Raises:
            ValueError: negative workers; otherwise as ``decode``.
        """
        decode = partial(self._one_thread.decode, as_array=as_array, max_pixels=max_pixels)
        return in_order(decode, files, workers)

    @cached_property
    def _one_thread(self) -> "Codec":
        """This codec with one thread for a picture: several pictures at once then keep all cores busy."""
        return Codec(self.bundle, provider=self._provider, threads=1)
