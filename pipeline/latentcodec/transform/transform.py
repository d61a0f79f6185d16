"""The transform of one bundle: pixels to latents to symbols, and back.

    pixels uint8 (N, H, W[, 3]) -> analyse -> latents float32 (N, C, h, w) -> quantise -> symbols int16 (N, C, h, w)
    symbols -> dequantise -> latents -> synthesise -> pixels

A lossless bundle has ``Identity`` in its place: the pixels are the symbols, and no float is computed. They stay as they
are until a part of them is coded, and the pixels of a picture's file are decoded to their places
(``ImageFile.pixels``), since symbols of a large picture would take twice the memory.
"""

from functools import cached_property
from numbers import Integral
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from latentcodec.bundle.bundle import Bundle
from latentcodec.container.header import QUANTISERS, VARIABLE_RATE, planes_and_depth
from latentcodec.container.write import Quantised
from latentcodec.pictures.write import Box
from latentcodec.progress import Progress, unheard
from latentcodec.settings import Settings
from latentcodec.transform.gains import Gains
from latentcodec.transform.networks import Networks
from latentcodec.transform.quantisers import dequantise, quantise
from latentcodec.transform.sessions import check_provider

MAX_THREADS = 256
"""Of one operator: more of them wait for each other, and take seconds to start."""

Latents = NDArray[Any]
"""float32 (N, C, h, w); of a lossless bundle the samples themselves, (N, H, W, C)."""


class Transform(Protocol):
    """What a ``Codec`` asks of a transform."""

    @property
    def provider(self) -> str:
        """ "cuda" or "cpu": what in fact runs the networks."""

    def analyse(self, pixels: NDArray[np.uint8], progress: Progress = unheard) -> Latents:
        """Pixels to latents."""

    def quantise(
        self, settings: Settings, latents: Latents, side_information: NDArray[np.float32] | None = None
    ) -> Quantised:
        """Latents to symbols; ``side_information``: what is settled already, as that of a pack which grows."""

    def dequantise(
        self, settings: Settings, symbols: NDArray[np.int16], side_information: NDArray[np.float32]
    ) -> Latents:
        """Symbols to latents."""

    def synthesise(self, latents: Latents, box: Box, progress: Progress = unheard) -> NDArray[np.uint8]:
        """Latents to the pixels of a box on those that they stand for."""


def open_transform(bundle: Bundle, provider: str, threads: int) -> Transform:
    """The transform of a bundle.

    Raises:
        ValueError: another provider, or another number of threads than 0 to ``MAX_THREADS``.
        LatentCodecError: "cuda" on a machine that has none.
    """
    check_runtime(provider, threads)
    return Identity() if bundle.facts.lossless else LearnedTransform(bundle, Networks(bundle, provider, threads))


def check_runtime(provider: str, threads: int) -> None:
    """ValueError unless networks can be run so."""
    check_provider(provider)
    if not isinstance(threads, Integral) or not 0 <= threads <= MAX_THREADS:
        raise ValueError(f"threads is 0 (all cores) to {MAX_THREADS}, not {threads!r}")


class LearnedTransform:
    """A bundle's networks and its quantisers. Threads may share it."""

    def __init__(self, bundle: Bundle, networks: Networks) -> None:
        self._networks = networks
        self._tables = bundle.tables

    @property
    def provider(self) -> str:
        return self._networks.provider

    def analyse(self, pixels: NDArray[np.uint8], progress: Progress = unheard) -> Latents:
        return self._networks.analyse(pixels, progress)

    def quantise(
        self, settings: Settings, latents: Latents, side_information: NDArray[np.float32] | None = None
    ) -> Quantised:
        if settings.quantiser == VARIABLE_RATE:
            symbols = self.gains.quantise(settings.qualities, latents)
            return Quantised(symbols, remainders=self.gains.remainders(settings.qualities, latents, symbols))
        codebook = self._codebook(settings)
        return Quantised(*quantise(settings.quantiser, settings.parameter, latents, codebook, side_information))

    def dequantise(
        self, settings: Settings, symbols: NDArray[np.int16], side_information: NDArray[np.float32]
    ) -> Latents:
        if settings.quantiser == VARIABLE_RATE:
            return self.gains.dequantise(settings.qualities, symbols)
        return dequantise(settings.quantiser, settings.parameter, symbols, side_information, self._codebook(settings))

    def synthesise(self, latents: Latents, box: Box, progress: Progress = unheard) -> NDArray[np.uint8]:
        return self._networks.synthesise(latents, box, progress)

    @cached_property
    def gains(self) -> Gains:
        """The gains of the variable rate; BundleError if the bundle has none."""
        return Gains(*self._tables.gains())

    def _codebook(self, settings: Settings) -> NDArray[np.float32] | None:
        """Centroids (2^b,) for ``vector_shared``, None for the others; BundleError if there is none of so many bits."""
        if settings.quantiser != "vector_shared":
            return None
        return self._tables.codebook(QUANTISERS.index(settings.quantiser), settings.parameter)


class Identity:
    """No transform: pixels (N, H, W[, C]) are coded as they are; the symbols of a pack, (N, C, H, W), are their
    samples, those of 16 bits as int16."""

    provider = "cpu"

    def analyse(self, pixels: NDArray[Any], progress: Progress = unheard) -> Latents:
        return pixels[..., None] if pixels.ndim == 3 else pixels

    def quantise(
        self, settings: Settings, latents: Latents, side_information: NDArray[np.float32] | None = None
    ) -> Quantised:
        return Quantised(latents)

    def dequantise(
        self, settings: Settings, symbols: NDArray[np.int16], side_information: NDArray[np.float32]
    ) -> Latents:
        _, depth = planes_and_depth(QUANTISERS.index(settings.quantiser), settings.parameter)
        samples = symbols.view(np.uint16) if depth == 16 else symbols.astype(np.uint8)
        return samples.transpose(0, 2, 3, 1)

    def synthesise(self, latents: Latents, box: Box, progress: Progress = unheard) -> NDArray[Any]:
        left, top, right, bottom = box
        pixels = latents[:, top:bottom, left:right]
        return np.ascontiguousarray(pixels if pixels.shape[3] > 1 else pixels[..., 0])
