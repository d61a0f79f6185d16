"""How a picture is to be coded: from a quality, or from a quantiser and its bits, to what a file's header says."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

from latentcodec._core import ImageFile, PackFile
from latentcodec.bundle.facts import is_gained, is_lossless
from latentcodec.container.read import ENTROPIES
from latentcodec.transform.gains import HIGHEST_QUALITY
from latentcodec.transform.quantisers import GAINED, LOSSLESS, QUANTISERS

DEFAULT_QUALITY = 50

TILE = 512
"""Pixels along a tile's side, in pictures of more than ``UNTILED`` pixels, unless told."""
UNTILED = 2**20


@dataclass(frozen=True)
class Settings:
    """A quantiser, its bits (1 to 8; the quality of ``gained``; 0 for ``lossless``) and an entropy model, which the
    bundle offers."""

    quantiser: str
    bits: int
    entropy: str

    @classmethod
    def of(cls, file: ImageFile | PackFile) -> "Settings":
        """Those that a file's header says."""
        return cls(QUANTISERS[file.quantiser], file.bits, ENTROPIES[file.entropy])

    @property
    def numbers(self) -> tuple[int, int, int]:
        """Quantiser, bits and entropy model as a file's header has them."""
        return QUANTISERS.index(self.quantiser), self.bits, ENTROPIES.index(self.entropy)


def settle(
    facts: dict[str, Any], quality: int | None, quantiser: str | None, bits: int | None, entropy: str | None
) -> Settings:
    """Check what was asked for against a bundle's facts.

    Args:
        facts: ``Bundle.facts``.
        quality: 1 (smallest file) to 100 (best picture); the bundle has gains for it, or maps it to a quantiser and
            bits. None with no quantiser means ``DEFAULT_QUALITY``; a lossless bundle takes neither.
        quantiser, bits: both, instead of a quality.
        entropy: "static", "adaptive" or "context"; None means "context" where it is offered, else "static".

    Raises:
        ValueError: a quality and a quantiser, half a quantiser, or something that the bundle does not offer.
    """
    name, offered = facts["name"], facts["quantisers"]
    if is_lossless(facts):
        if (quality, quantiser, bits) != (None, None, None):
            raise ValueError(f"bundle {name} is lossless: it takes no quality and no quantiser")
        quantiser, bits = LOSSLESS, 0
    elif quantiser is None and bits is None:
        quality = DEFAULT_QUALITY if quality is None else quality
        if not isinstance(quality, Integral) or isinstance(quality, bool) or not 1 <= quality <= HIGHEST_QUALITY:
            raise ValueError(f"quality is 1 to 100, not {quality!r}")
        if is_gained(facts):
            quantiser, bits = GAINED, int(quality)
        else:
            quantiser, bits = next((row[1], row[2]) for row in facts["quality"] if quality <= row[0])
    elif is_gained(facts):
        raise ValueError(f"bundle {name} takes a quality, 1 to 100: its quantiser, {GAINED}, has no bits to choose")
    elif quality is not None:
        raise ValueError("give either a quality or a quantiser with its bits, not both")
    elif quantiser is None or bits is None:
        raise ValueError("a quantiser and its bits belong together: give both")
    elif quantiser not in offered:
        raise ValueError(f"bundle {name} offers the quantisers {', '.join(sorted(offered))}, not {quantiser!r}")
    elif bits not in offered[quantiser]:
        choices = ", ".join(map(str, offered[quantiser]))
        raise ValueError(f"bundle {name} offers {quantiser} with {choices} bits, not {bits}")
    if entropy is None:
        entropy = "context" if "context" in facts["entropy"] else "static"
    if entropy not in facts["entropy"]:
        raise ValueError(f"bundle {name} offers the entropy models {', '.join(facts['entropy'])}, not {entropy!r}")
    return Settings(quantiser, bits, entropy)


def steps(facts: dict[str, Any], entropy: str) -> dict[int, Settings]:
    """All that a bundle's qualities stand for, in their order, each under the highest quality that stands for it."""
    qualities = range(1, HIGHEST_QUALITY + 1) if is_gained(facts) else [row[0] for row in facts["quality"]]
    return {quality: settle(facts, quality, None, None, entropy) for quality in qualities}


def quality_of(facts: dict[str, Any], settings: Settings) -> int:
    """The highest quality that stands for settings that one of them stands for."""
    return max(quality for quality, step in steps(facts, settings.entropy).items() if step == settings)


def tile_side(stride: int, tile: int | None, pixels: int) -> int:
    """The side of a tile in latents, 0 for a file without tiles.

    Args:
        stride: the bundle's.
        tile: side in pixels, 0 for none, or None: ``TILE`` where the picture has more than ``UNTILED`` pixels.
        pixels: of the picture.

    Raises:
        ValueError: a side that is no multiple of the stride.
    """
    if tile is None:
        return max(1, TILE // stride) if pixels > UNTILED else 0
    if not isinstance(tile, Integral) or tile < 0 or tile % stride:
        raise ValueError(f"tile is 0 (none) or a multiple of {stride} pixels, the bundle's stride, not {tile!r}")
    return int(tile) // stride
