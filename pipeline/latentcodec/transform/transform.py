"""What coding a picture and coding a pack share: a bundle's networks and quantisers between pixels and symbols.

Of a lossless bundle the pixels are the symbols: nothing lies between them, and no float is computed.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec.bundle.bundle import Bundle
from latentcodec.container.read import MAX_PIXELS, Data, parse
from latentcodec.container.symbols import read_symbols
from latentcodec.distortion import psnr
from latentcodec.pictures.read import luma
from latentcodec.settings import Settings, steps
from latentcodec.targets import Target
from latentcodec.transform.networks import Networks
from latentcodec.transform.quantisers import GAINED, LOSSLESS, dequantise, quantise
from latentcodec.transform.windows import Box

Write = Callable[[Settings, NDArray[np.int16], NDArray[np.float32]], bytes]
"""A whole file from settings, symbols (N, C, h, w) and side information."""


class Transforms:
    """Pixels to latents to symbols, and back, with one bundle. Threads may share it."""

    def __init__(self, bundle: Bundle, *, provider: str = "auto", threads: int = 0) -> None:
        self.bundle = bundle
        self._networks = Networks(bundle, provider, threads)

    def __repr__(self) -> str:
        return f"<Codec {self.bundle.name} {self.bundle.model_id.hex()}>"

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks; "cpu" for a lossless bundle, which has none."""
        return "cpu" if self.bundle.lossless else self._networks.provider

    def symbols(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.int16]:
        """What a file decodes to before the networks: int16 (C, h, w), of a pack (N, C, h, w). Raises as ``decode``."""
        return read_symbols(parse(data, max_pixels), self.bundle)

    def analyse(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures uint8 (N, H, W, 3) or (N, H, W) -> latents float32 (N, C, h, w), h = ceil(H / stride).

        A bundle for RGB sees grey pictures (N, H, W) as three equal planes.

        Raises:
            ValueError: an array that does not suit the bundle, or a lossless bundle: it has no networks.
            BundleError: the network gives something else than finite latents of that shape.
        """
        return self._networks.analyse(pictures)

    def synthesise(self, latents: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """Latents float32 (N, C, h, w) -> pictures uint8 (N, height, width, 3), of a grey bundle (N, height, width).

        Raises:
            ValueError: latents whose shape is not that of such pictures, or a lossless bundle: it has no networks.
            BundleError: the network gives something else than finite pictures of that shape.
        """
        expected = self.bundle.latent_shape(height, width)
        if latents.ndim != 4 or latents.shape[1:] != expected:
            raise ValueError(
                f"latents of {width}x{height} pictures have shape (N, C, h, w) = (N, {expected[0]}, {expected[1]}, "
                f"{expected[2]}), not {latents.shape}"
            )
        return self._networks.synthesise(latents, (0, 0, width, height))

    def _symbols_of(
        self, pictures: NDArray[np.uint8], settings: Settings, side: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Symbols (N, C, h, w) and side information of pictures uint8 (N, H, W[, 3])."""
        if settings.quantiser == LOSSLESS:
            return pictures[:, None].astype(np.int16), np.zeros(0, np.float32)
        return self._quantise(settings, self.analyse(pictures), side)

    def _pixels_of(
        self, file: _core.ImageFile | _core.PackFile, symbols: NDArray[np.int16], box: Box
    ) -> NDArray[np.uint8]:
        """The pixels of a box, on those that a file's symbols (N, C, h, w) stand for: uint8 (N, H, W[, 3])."""
        if self.bundle.lossless:
            left, top, right, bottom = box
            return symbols[:, 0, top:bottom, left:right].astype(np.uint8)
        latents = self._restored(file, symbols)
        del symbols  # they can be large
        return self._networks.synthesise(latents, box)

    def _coded(self, pictures: NDArray[np.uint8], settings: Settings, target: Target | None, write: Write) -> bytes:
        """The file of pictures uint8 (N, H, W[, 3]) with these settings, or with those that the target asks for.

        Raises:
            ValueError: no quality meets the target.
        """
        if target is None:
            return write(settings, *self._symbols_of(pictures, settings))
        latents = self.analyse(pictures)
        settings = self._aim(target, settings.entropy, latents, pictures, write)
        return write(settings, *self._quantise(settings, latents))

    def _quantise(
        self, settings: Settings, latents: NDArray[np.float32], side: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        if settings.quantiser == GAINED:
            return self.bundle.gains.quantise(settings.bits, latents), np.zeros(0, np.float32)
        codebook = self.bundle.codebook(settings.quantiser, settings.bits)
        return quantise(settings.quantiser, settings.bits, latents, codebook, side)

    def _dequantise(
        self, settings: Settings, symbols: NDArray[np.int16], side: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if settings.quantiser == GAINED:
            return self.bundle.gains.dequantise(settings.bits, symbols)
        codebook = self.bundle.codebook(settings.quantiser, settings.bits)
        return dequantise(settings.quantiser, settings.bits, symbols, side, codebook)

    def _restored(self, file: _core.ImageFile | _core.PackFile, symbols: NDArray[np.int16]) -> NDArray[np.float32]:
        """The latents that a file's symbols stand for."""
        return self._dequantise(Settings.of(file), symbols, file.side)

    def _aim(
        self,
        target: Target,
        entropy: str,
        latents: NDArray[np.float32],
        pictures: NDArray[np.uint8],
        write: Write,
    ) -> Settings:
        """The settings that a target asks for, from the latents (N, C, h, w) of pictures uint8 (N, H, W[, 3])."""

        def size(settings: Settings) -> int:
            return len(write(settings, *self._quantise(settings, latents)))

        def fidelity(settings: Settings) -> float:
            restored = self._dequantise(settings, *self._quantise(settings, latents))
            decoded = self.synthesise(restored, *pictures.shape[1:3])
            if decoded.ndim > pictures.ndim:
                decoded = np.stack([luma(picture) for picture in decoded])
            return psnr(pictures, decoded)

        return target.search(steps(self.bundle.facts, entropy), size, fidelity, math.prod(pictures.shape[:3]))
