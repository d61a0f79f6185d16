"""A bundle's networks in torch, to look into, to learn from, and to train further.

    model = latentcodec.torch.load("photo-v3")                # an nn.Module; or a bundle's folder
    coded = model(pictures, quality=50)                       # pictures: float32 (N, 3, H, W) in [0, 1]
    loss = coded.bits.sum() / pixels + 500 * (coded.pictures - pictures).square().mean()
    loss.backward()

    latents = model.analyse(pictures)                         # as ONNX Runtime has them, within 1e-4 of the largest
    data = latentcodec.torch.Latents("digits.ltcp")           # of a pack or of .ltc files: learning without pixels

Everything is read from the bundle itself, so any bundle that has networks will do. Needs the extra
``latentcodec[torch]``; nothing else of the package imports torch.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from latentcodec import api
from latentcodec.bundle.bundle import Bundle, load_bundle
from latentcodec.bundle.find import Name, find_bundle
from latentcodec.container.read import MAX_PIXELS, Data, read_file
from latentcodec.settings import DEFAULT_QUALITY, check_quality
from latentcodec.torch.graph import Graph
from latentcodec.torch.rate import StaticRate
from latentcodec.transform.gains import Gains

__all__ = ["Coded", "Latents", "Model", "load"]


class Coded(NamedTuple):
    """What became of pictures."""

    pictures: Tensor
    """As decoded: float32 (N, C, H, W) in [0, 1]."""
    symbols: Tensor
    """float32 (N, c, h, w), whole numbers, as the deployed quantiser gives them."""
    bits: Tensor
    """float32 (N,): what they cost with the entropy model ``static``, without header and checksum."""


def load(name: Name) -> "Model":
    """The networks of a bundle.

    Args:
        name: as for ``latentcodec.open``: of a bundle that is installed, its id, or its folder.

    Raises:
        BundleError: there is no such bundle, it is damaged, or its networks have operators that are unknown here.
        ValueError: it is lossless and has no networks.
    """
    return Model(load_bundle(find_bundle(name)))


class Model(nn.Module):
    """Encoder, quantiser, entropy model and decoder of one bundle.

    Gradients flow through all of it: through the quantiser as if it did not round, through the rate by what the
    neighbouring symbols would cost. The state is that of the networks; gains and tables stay as the bundle has them.
    It can be copied, pickled and saved as a whole.
    """

    def __init__(self, bundle: Bundle) -> None:
        super().__init__()
        if bundle.facts.lossless:
            raise ValueError(f"bundle {bundle.name} is lossless: it has no networks")
        self.bundle = bundle
        self.encoder = Graph(bundle.networks["encoder.onnx"])
        self.decoder = Graph(bundle.networks["decoder.onnx"])
        self._rates: dict[int, StaticRate] = {}

    def forward(self, pictures: Tensor, quality: float = DEFAULT_QUALITY) -> Coded:
        """Pictures float32 (N, C, H, W) in [0, 1], coded with a quality of 1 to 100 and decoded.

        Raises:
            ValueError: the bundle has no variable rate, or these are no such pictures or quality.
        """
        symbols = self.quantise(self.analyse(pictures), quality)
        decoded = self.synthesise(self.dequantise(symbols, quality), *pictures.shape[-2:])
        return Coded(decoded, symbols, self.bits(symbols, quality))

    def analyse(self, pictures: Tensor) -> Tensor:
        """Pictures float32 (N, C, H, W) in [0, 1] -> latents float32 (N, c, h, w), h = ceil(H / stride)."""
        stride, channels = self.bundle.facts.stride, len(self.bundle.facts.colour)
        if pictures.ndim != 4 or pictures.shape[1] != channels or not pictures.is_floating_point():
            shape = tuple(pictures.shape)
            raise ValueError(f"pictures are float (N, {channels}, H, W) in [0, 1], not {pictures.dtype} {shape}")
        down, across = (-side % stride for side in pictures.shape[-2:])
        return self.encoder(functional.pad(pictures, (0, across, 0, down), mode="replicate"))

    def synthesise(self, latents: Tensor, height: int, width: int) -> Tensor:
        """Latents float32 (N, c, h, w) -> pictures float32 (N, C, height, width) in [0, 1]."""
        return self.decoder(latents)[..., :height, :width]

    def quantise(self, latents: Tensor, quality: float) -> Tensor:
        """Latents (N, c, h, w) -> the symbols that the deployed codec gives them, as float32 of the same shape: those
        of a file coded with ``static``; in place of some, ``context`` takes the next one nearer to zero."""
        scaled = latents / self._steps(quality).to(latents.device)
        symbols = self._gains.quantise(quality, latents.detach().float().cpu().numpy())
        return torch.from_numpy(symbols).to(scaled) + (scaled - scaled.detach())

    def dequantise(self, symbols: Tensor, quality: float) -> Tensor:
        """Symbols (N, c, h, w) -> latents of the same shape."""
        return symbols * self._steps(quality).to(symbols.device)

    def bits(self, symbols: Tensor, quality: float) -> Tensor:
        """Of symbols (N, c, h, w), whole numbers: their cost (N,) with the entropy model ``static``."""
        return self.costs(symbols, quality).sum((1, 2, 3))

    def costs(self, symbols: Tensor, quality: float) -> Tensor:
        """The same of each symbol, in bits: float32 (N, c, h, w)."""
        check_quality(quality)
        rate = self._rate(round(quality))
        whole = symbols.detach().round()
        slope = (rate.bits(whole + 1) - rate.bits(whole - 1)) / 2
        return rate.bits(whole) + slope * (symbols - symbols.detach())

    @cached_property
    def _gains(self) -> Gains:
        if not self.bundle.facts.variable_rate:
            raise ValueError(f"bundle {self.bundle.name} has no variable rate: only its networks can be run here")
        return Gains(*self.bundle.tables.gains())

    def _steps(self, quality: float) -> Tensor:
        """The distance between the latents of neighbouring symbols, by channel: (c, 1, 1)."""
        check_quality(quality)
        ones = np.ones((self.bundle.facts.latent_channels, 1, 1), np.int16)
        return torch.from_numpy(self._gains.dequantise(quality, ones))

    def _rate(self, quality: int) -> StaticRate:
        if quality not in self._rates:
            self._rates[quality] = StaticRate(self.bundle.tables.rate_frequencies(quality))
        return self._rates[quality]


class Latents(torch.utils.data.Dataset[Tensor]):
    """The latents of coded pictures, as a data set: float32 (c, h, w) each. No decoder network runs.

    Args:
        source: a .ltcp file (a path, bytes or an open binary file), or a sequence of .ltc files.
        bundle: where the bundle is, if it is not among those that are found by their id.
        max_pixels: refuse a file that declares more.

    Raises:
        FormatError, TruncatedError, ChecksumError: no such file, or a damaged one; of a sequence when it is read.
        UnknownModelError: the bundle was not found.
        ValueError: the bundle is lossless: there are no latents.
    """

    def __init__(
        self, source: Data | Sequence[Data], *, bundle: Name | None = None, max_pixels: int = MAX_PIXELS
    ) -> None:
        self._bundle, self._max_pixels = bundle, max_pixels
        self._items: Sequence[Any] | NDArray[np.float32] = source if _are_several(source) else self._latents(source)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> Tensor:
        item = self._items[index]
        return torch.from_numpy(item if isinstance(item, np.ndarray) else self._latents(item))

    def _latents(self, data: Any) -> NDArray[np.float32]:
        file = read_file(data, self._max_pixels)
        return api.decoder(file, self._bundle, "auto", 0).latents(file)


def _are_several(source: Any) -> TypeGuard[Sequence[Data]]:
    return isinstance(source, Sequence) and not isinstance(source, str | bytes | bytearray | memoryview)
