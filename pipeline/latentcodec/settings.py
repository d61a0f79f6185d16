"""How a picture is to be coded: the options of ``encode``, and the settings or the target that they ask for."""

import math
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Literal, TypedDict, get_type_hints

import numpy as np
from numpy.typing import NDArray

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.facts import Facts
from latentcodec.container.header import (
    ENTROPIES,
    HIGHEST_QUALITY,
    LOSSLESS,
    PLANES,
    QUANTISERS,
    VARIABLE_RATE,
    quality_of,
)
from latentcodec.container.write import HeaderFields
from latentcodec.importance import Offsets
from latentcodec.pictures.metadata import Keep
from latentcodec.pictures.read import Picture

DEFAULT_QUALITY = 50

TILE, LOSSLESS_TILE = 512, 1024
"""Pixels along a tile's side, in pictures of more than ``UNTILED`` pixels, unless told; the latter for bundles without
loss, which learn from a tile anew and share tiles among cores."""
UNTILED = 2**20
_LARGEST_TILE = 2**32  # pixels along a side, where it is no tile any more


class CodingOptions(TypedDict, total=False):
    """What decides how pixels are coded. At most one of a quality, a quantiser with its bits, and a target."""

    quality: float | None
    """1 (smallest file) to 100 (best picture), 50 unless told; rounded to hundredths. A lossless bundle takes neither
    this nor a quantiser nor a target."""
    quantiser: str | None
    """Instead of a quality: "max", "min_max", "vector" or "vector_shared", together with ``bits``."""
    bits: int | None
    """1 to 8, among those that the bundle offers for the quantiser."""
    target_bpp: float | None
    """Instead of a quality: the best one whose whole file takes no more bits per pixel."""
    target_size: float | None
    """Instead of a quality: the best one whose whole file takes no more bytes."""
    target_psnr: float | None
    """Instead of a quality: the smallest one whose decoded picture has so many dB over all samples of its colours."""
    target_ssimulacra2: float | None
    """Instead of a quality: the smallest one whose decoded picture has so much SSIMULACRA2 (100: equal, 90: no
    difference is seen side by side, 70: high quality); of a pack the mean of its pictures."""
    entropy: str | None
    """"static" (tables fitted on training pictures), "adaptive" (learns from the picture itself) or "context" (does
    both, looking at neighbours and earlier channels). None means the one with the smallest files: "context" where the
    bundle offers it, else "static"."""


class EncodeOptions(CodingOptions, total=False):
    """What ``encode`` takes besides the picture."""

    tile: int | None
    """Side in pixels, a multiple of the bundle's stride, of the tiles that ``decode_region`` can read one by one; 0 for
    none; None for 512, or 1024 without loss, in pictures of more than 2**20 pixels."""
    metadata: Keep
    """"all" (unless told), "icc" (what says how colours look: ICC profile, CICP, gamma, chromaticities) or "none". An
    alpha channel is kept in any case, without loss."""
    importance: Picture | None
    """Where in the picture the quality is higher or lower: a grey picture of any size, laid over it. 128 leaves the
    quality as it is, 255 raises it by 50, 0 lowers it by 50, in cells of 64x64 pixels. A variable rate alone has it."""
    alpha_only_visible: bool | None
    """Whether colours where alpha is 0, which nobody sees, become 0, which makes smaller files; False unless told. Of a
    bundle without loss for any picture."""
    origin: bytes | None
    """A few bytes that the file keeps for its writer, and that no reader heeds: the command line tells by them whether
    it would write the same file again."""


def check_names(options: CodingOptions | EncodeOptions, known: type) -> None:
    """TypeError, as Python raises it for arguments, if there is an option of another name."""
    names = get_type_hints(known)
    for name in options.keys() - names.keys():
        raise TypeError(f"there is no option {name!r}: there are {', '.join(sorted(names))}")


@dataclass(frozen=True)
class Settings:
    """A quantiser and an entropy model, which a bundle offers: what the header of a file says."""

    quantiser: str
    parameter: int
    """Bits per latent, 1 to 8; of a variable rate the whole number of the quality, 1 to 100; 0 without loss."""
    entropy: str
    hundredths: int = 0
    """Of the quality of a variable rate."""
    offsets: Offsets | None = field(default=None, compare=False)
    """Of the quality of each latent, (h, w); None for the same quality everywhere."""

    @classmethod
    def from_file(cls, file: ImageFile | PackFile) -> "Settings":
        return cls(QUANTISERS[file.quantiser], file.parameter, ENTROPIES[file.entropy], file.hundredths)

    @property
    def header_fields(self) -> HeaderFields:
        return {
            "quantiser": QUANTISERS.index(self.quantiser),
            "parameter": self.parameter,
            "hundredths": self.hundredths,
            "entropy": ENTROPIES.index(self.entropy),
        }

    @property
    def quality(self) -> float:
        """The quality of a variable rate."""
        return quality_of(self.parameter, self.hundredths)

    @property
    def qualities(self) -> float | NDArray[np.float64]:
        """The same for all latents, or one for each place, (h, w)."""
        return self.quality if self.offsets is None else np.clip(self.quality + self.offsets, 1, HIGHEST_QUALITY)


Quantity = Literal["bpp", "size", "psnr", "ssimulacra2"]


@dataclass(frozen=True)
class Target:
    """A file no larger than so many bits per pixel or bytes, or a picture with at least so many dB or so much
    SSIMULACRA2."""

    quantity: Quantity
    value: float
    entropy: str

    @property
    def unit(self) -> str:
        return {"bpp": "bpp", "size": "bytes", "psnr": "dB", "ssimulacra2": "SSIMULACRA2"}[self.quantity]

    @property
    def limits_size(self) -> bool:
        """Whether it asks for the best picture of a size, not for the smallest file of a picture."""
        return self.quantity in ("bpp", "size")


def resolve(facts: Facts, options: CodingOptions) -> Settings | Target:
    """What a bundle is asked to do.

    Raises:
        ValueError: more than one of a quality, a quantiser and a target; something that the bundle does not offer; a
            target that is no positive number.
    """
    entropy = _entropy(facts, options.get("entropy"))
    target = _target(facts, options, entropy)
    quality, quantiser, bits = options.get("quality"), options.get("quantiser"), options.get("bits")
    if target is not None:
        if (quality, quantiser, bits) != (None, None, None):
            raise ValueError("give one target, or a quality, or a quantiser with its bits, not several of them")
        return target
    if facts.lossless:
        if (quality, quantiser, bits) != (None, None, None):
            raise ValueError(f"bundle {facts.name} is lossless: it takes no quality and no quantiser")
        return Settings(PLANES if facts.any_picture else LOSSLESS, 0, entropy)
    if quantiser is None and bits is None:
        return _from_quality(facts, DEFAULT_QUALITY if quality is None else quality, entropy)
    if quality is not None:
        raise ValueError("give either a quality or a quantiser with its bits, not both")
    return _from_quantiser(facts, quantiser, bits, entropy)


def check_picture_options(facts: Facts, options: EncodeOptions) -> None:
    """ValueError unless the bundle offers what is asked for beside the coding: a tile that suits its stride, an
    importance map, colours dropped that nobody sees."""
    tile_in_latents(facts.stride, options.get("tile"), 0)
    if options.get("importance") is not None and not facts.variable_rate:
        raise ValueError(f"bundle {facts.name} has no variable rate: it takes no importance map")
    if options.get("alpha_only_visible") and not facts.any_picture:
        raise ValueError(
            f"bundle {facts.name} keeps no colours where alpha is 0 that could be left out (alpha_only_visible): "
            "lossless files do"
        )


def quality_steps(facts: Facts, entropy: str, offsets: Offsets | None = None) -> list[Settings]:
    """What a target may lead to, ascending: a variable rate's qualities in tenths, or all settings that qualities stand
    for."""
    if not facts.variable_rate:
        return [_from_quality(facts, row[0], entropy) for row in facts.quality]
    tenths = range(10, 10 * HIGHEST_QUALITY + 1)
    return [Settings(VARIABLE_RATE, tenth // 10, entropy, 10 * (tenth % 10), offsets) for tenth in tenths]


def quality_for(facts: Facts, settings: Settings) -> float:
    """The highest quality that stands for settings that one of them stands for."""
    if facts.variable_rate:
        return settings.quality
    return max(row[0] for row in facts.quality if _from_quality(facts, row[0], settings.entropy) == settings)


def tile_in_latents(stride: int, tile: int | None, pixels: int) -> int:
    """The side of a tile in latents, 0 for a file without tiles.

    Args:
        stride: the bundle's.
        tile: side in pixels, 0 for none, or None: ``TILE``, of a stride of 1 ``LOSSLESS_TILE``, where the picture has
            more than ``UNTILED`` pixels.
        pixels: how many the picture has.

    Raises:
        ValueError: a side that is no multiple of the stride.
    """
    if tile is None:
        usual = LOSSLESS_TILE if stride == 1 else TILE
        return max(1, usual // stride) if pixels > UNTILED else 0
    if not isinstance(tile, Integral) or not 0 <= tile <= _LARGEST_TILE or tile % stride:
        raise ValueError(f"tile is 0 (none) or a multiple of {stride} pixels, the bundle's stride, not {tile!r}")
    return int(tile) // stride


def _entropy(facts: Facts, entropy: str | None) -> str:
    if entropy is None:
        return "context" if "context" in facts.entropy else "static"
    if entropy not in facts.entropy:
        raise ValueError(f"bundle {facts.name} offers the entropy models {', '.join(facts.entropy)}, not {entropy!r}")
    return entropy


def _target(facts: Facts, options: CodingOptions, entropy: str) -> Target | None:
    values: dict[Quantity, float | None] = {
        "bpp": options.get("target_bpp"),
        "size": options.get("target_size"),
        "psnr": options.get("target_psnr"),
        "ssimulacra2": options.get("target_ssimulacra2"),
    }
    targets = [Target(quantity, value, entropy) for quantity, value in values.items() if value is not None]
    if not targets:
        return None
    if facts.lossless:
        raise ValueError(f"bundle {facts.name} is lossless: it takes no target")
    if len(targets) > 1:
        raise ValueError("give one target, or a quality, or a quantiser with its bits, not several of them")
    value = targets[0].value
    if not isinstance(value, Real) or isinstance(value, bool) or not 0 < value < math.inf:
        raise ValueError(f"target_{targets[0].quantity} is a positive number, not {value!r}")
    return targets[0]


def check_quality(quality: float) -> None:
    """Raise ValueError unless it is one that a bundle may have."""
    if not isinstance(quality, Real) or isinstance(quality, bool) or not 1 <= quality <= HIGHEST_QUALITY:
        raise ValueError(f"quality is 1 to {HIGHEST_QUALITY}, not {quality!r}")


def _from_quality(facts: Facts, quality: float, entropy: str) -> Settings:
    check_quality(quality)
    if facts.variable_rate:
        whole, hundredths = divmod(round(100 * float(quality)), 100)
        return Settings(VARIABLE_RATE, whole, entropy, hundredths)
    quantiser, bits = next((row[1], row[2]) for row in facts.quality if quality <= row[0])
    return Settings(quantiser, bits, entropy)


def _from_quantiser(facts: Facts, quantiser: str | None, bits: int | None, entropy: str) -> Settings:
    if facts.variable_rate:
        raise ValueError(
            f"bundle {facts.name} takes a quality, 1 to 100: its quantiser, {VARIABLE_RATE}, has no bits to choose"
        )
    if quantiser is None or bits is None:
        raise ValueError("a quantiser and its bits belong together: give both")
    if quantiser not in facts.quantisers:
        offered = ", ".join(sorted(facts.quantisers))
        raise ValueError(f"bundle {facts.name} offers the quantisers {offered}, not {quantiser!r}")
    if bits not in facts.quantisers[quantiser]:
        choices = ", ".join(map(str, facts.quantisers[quantiser]))
        raise ValueError(f"bundle {facts.name} offers {quantiser} with {choices} bits, not {bits}")
    return Settings(quantiser, bits, entropy)
