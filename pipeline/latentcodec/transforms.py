"""What coding a picture and coding a pack share: a bundle's networks and quantisers between pixels and symbols."""

import numpy as np
from numpy.typing import NDArray

from latentcodec import _core
from latentcodec.bundle import Bundle
from latentcodec.formats import MAX_PIXELS, Data, parse
from latentcodec.networks import Networks
from latentcodec.quantisers import QUANTISERS, dequantise, quantise
from latentcodec.reading import read_symbols
from latentcodec.settings import Settings


class Transforms:
    """Pixels to latents to symbols, and back, with one bundle. Threads may share it."""

    def __init__(self, bundle: Bundle, *, provider: str = "auto", threads: int = 0) -> None:
        self.bundle = bundle
        self._networks = Networks(bundle, provider, threads)

    def __repr__(self) -> str:
        return f"<Codec {self.bundle.name} {self.bundle.model_id.hex()}>"

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks."""
        return self._networks.provider

    def symbols(self, data: Data, *, max_pixels: int = MAX_PIXELS) -> NDArray[np.int16]:
        """What a file decodes to before the networks: int16 (C, h, w), of a pack (N, C, h, w). Raises as ``decode``."""
        return read_symbols(parse(data, max_pixels), self.bundle)

    def analyse(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Pictures uint8 (N, H, W, 3) or (N, H, W) -> latents float32 (N, C, h, w), h = ceil(H / stride).

        A bundle for RGB sees grey pictures (N, H, W) as three equal planes.

        Raises:
            ValueError: an array that does not suit the bundle.
            BundleError: the network gives something else than finite latents of that shape.
        """
        return self._networks.analyse(pictures)

    def synthesise(self, latents: NDArray[np.float32], height: int, width: int) -> NDArray[np.uint8]:
        """Latents float32 (N, C, h, w) -> pictures uint8 (N, height, width, 3), of a grey bundle (N, height, width).

        Raises:
            ValueError: latents whose shape is not that of such pictures.
            BundleError: the network gives something else than finite pictures of that shape.
        """
        expected = self.bundle.latent_shape(height, width)
        if latents.ndim != 4 or latents.shape[1:] != expected:
            raise ValueError(
                f"latents of {width}x{height} pictures have shape (N, C, h, w) = (N, {expected[0]}, {expected[1]}, "
                f"{expected[2]}), not {latents.shape}"
            )
        return self._networks.synthesise(latents, (0, 0, width, height))

    def _quantise(
        self, settings: Settings, latents: NDArray[np.float32], side: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        codebook = self.bundle.codebook(settings.quantiser, settings.bits)
        return quantise(settings.quantiser, settings.bits, latents, codebook, side)

    def _dequantise(self, file: _core.ImageFile | _core.PackFile, symbols: NDArray[np.int16]) -> NDArray[np.float32]:
        name = QUANTISERS[file.quantiser]
        return dequantise(name, file.bits, symbols, file.side, self.bundle.codebook(name, file.bits))
