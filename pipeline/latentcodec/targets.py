"""The quality that a target asks for: the best one within a size, or the smallest one that reaches a PSNR."""

import bisect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from latentcodec.bundle.facts import is_lossless
from latentcodec.settings import Settings, settle

_UNITS = {"bpp": "bpp", "psnr": "dB", "size": "bytes"}


@dataclass(frozen=True)
class Target:
    """``bpp``: at most so many bits of the whole file per pixel; ``size``: bytes; ``psnr``: at least so many dB."""

    name: str
    value: float

    def search(
        self,
        steps: Mapping[int, Settings],
        size: Callable[[Settings], int],
        psnr: Callable[[Settings], float],
        pixels: int,
    ) -> Settings:
        """The settings that meet the target where those of the next quality do not, by bisection: seven of a hundred
        are tried.

        Args:
            steps: what there is, by quality, ascending.
            size: how many bytes the whole file has.
            psnr: of the decoded picture.
            pixels: of the picture.

        Raises:
            ValueError: the smallest file is too large, or the best picture not good enough; says what it has.
        """
        qualities = list(steps)

        def measure(quality: int) -> float:
            if self.name == "psnr":
                return psnr(steps[quality])
            return size(steps[quality]) if self.name == "size" else 8 * size(steps[quality]) / pixels

        if self.name == "psnr":
            index = bisect.bisect_left(qualities, self.value, key=measure)
        else:
            index = bisect.bisect_right(qualities, self.value, key=measure) - 1
        if not 0 <= index < len(qualities):
            extreme, has = (1, measure(qualities[0])) if index < 0 else (100, measure(qualities[-1]))
            unit = _UNITS[self.name]
            raise ValueError(f"even quality {extreme} has {has:.6g} {unit}, the target is {self.value:.6g}")
        return steps[qualities[index]]


def settle_or_aim(
    facts: dict[str, Any],
    *,
    quality: int | None,
    quantiser: str | None,
    bits: int | None,
    target_bpp: float | None,
    target_psnr: float | None,
    target_size: float | None,
    entropy: str | None,
) -> tuple[Settings, Target | None]:
    """``settle``, or the target that is to be met; the settings then say no more than which entropy model to use.

    Raises:
        ValueError: as ``settle``; a target beside another or beside what it stands instead of, or for a lossless
            bundle, or no positive number.
    """
    settings = settle(facts, quality, quantiser, bits, entropy)
    values = {"bpp": target_bpp, "psnr": target_psnr, "size": target_size}
    targets = [Target(name, value) for name, value in values.items() if value is not None]
    if not targets:
        return settings, None
    if is_lossless(facts):
        raise ValueError(f"bundle {facts['name']} is lossless: it takes no target")
    if len(targets) > 1 or (quality, quantiser) != (None, None):
        raise ValueError("give one target, or a quality, or a quantiser with its bits, not several of them")
    (target,) = targets
    if not isinstance(target.value, Real) or not 0 < target.value < math.inf:
        raise ValueError(f"target_{target.name} is a positive number, not {target.value!r}")
    return settings, target
