"""The quality that a target asks for: the best one within a size, or the smallest one that reaches a PSNR."""

import bisect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

from latentcodec.settings import Settings

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
        """The settings that meet the target, found by bisection: seven of a hundred are tried.

        Args:
            steps: what there is, by quality, ascending; files and PSNR are taken to grow with it.
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
            extreme = qualities[0 if index < 0 else -1]
            unit = _UNITS[self.name]
            raise ValueError(
                f"quality {extreme} has {measure(extreme):.5g} {unit}, the target is {self.value:.5g} {unit}"
            )
        return steps[qualities[index]]


def target(bpp: float | None, psnr: float | None, size: float | None, *others: object) -> Target | None:
    """The target that is given, None if none is.

    Args:
        bpp, psnr, size: of which one may be given.
        others: what must be None then.

    Raises:
        ValueError: more than one thing is given, or a target that is no positive number.
    """
    values = {"bpp": bpp, "psnr": psnr, "size": size}
    given = [Target(name, value) for name, value in values.items() if value is not None]
    if not given:
        return None
    if len(given) + sum(other is not None for other in others) > 1:
        raise ValueError("give one target (bpp, psnr or size), or a quality, or a quantiser with its bits")
    (found,) = given
    if not isinstance(found.value, Real) or not 0 < found.value < math.inf:
        raise ValueError(f"the target, {found.name}, is a positive number, not {found.value!r}")
    return found
