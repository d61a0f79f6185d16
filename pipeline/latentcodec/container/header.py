"""Names of the numbers in a file's header (docs/FORMAT.md): quantisers, entropy models, qualities."""

VARIABLE_RATE = "gained"
"""The quantiser that takes a quality instead of bits: ``latentcodec.transform.gains``."""

LOSSLESS = "lossless"
"""No quantiser at all: the symbols are grey levels of 8 bits, such as handwriting has, and come back bit for bit."""

PLANES = "planes"
"""No quantiser either: the symbols are the samples of one to four planes of 1, 8 or 16 bits, of any picture."""

LOSSLESS_QUANTISERS = (LOSSLESS, PLANES)
"""The quantisers that are none."""

QUANTISERS = ("max", "min_max", "vector", "vector_shared", VARIABLE_RATE, *LOSSLESS_QUANTISERS)
"""All quantisers, in the order of their numbers in a file: a new one goes to the end."""

BITS_QUANTISERS = tuple(name for name in QUANTISERS if name not in (VARIABLE_RATE, *LOSSLESS_QUANTISERS))
"""The quantisers that take 1 to 8 bits per latent: ``latentcodec.transform.quantisers``."""

ENTROPIES = ("adaptive", "static", "context")
"""The entropy models, in the order of their numbers in a file."""

VARIABLE_RATE_ENTROPIES = ("static", "context")
"""The entropy models for symbols of either sign and of any size, as ``VARIABLE_RATE`` makes them."""

HIGHEST_QUALITY = 100
"""Qualities are 1 (smallest file) to 100 (best picture)."""

_DEPTHS = (1, 8, 16, 16)
_KINDS = {1: 0, 8: 1, 16: 3}  # 2 was that of 16 bits in older files, whose slopes are predicted worse


def quality_of(whole: int, hundredths: int) -> float:
    """The quality that a header has: an int where there are no hundredths."""
    return (100 * whole + hundredths) / 100 if hundredths else whole


def planes_number(planes: int, depth: int) -> int:
    """What ``PLANES`` has in place of a number of bits: 1 to 4 planes of 1, 8 or 16 bits a sample."""
    return 4 * _KINDS[depth] + planes - 1


def planes_and_depth(quantiser: int, number: int) -> tuple[int, int]:
    """How many planes of how many bits a file holds that was coded without loss, by its quantiser and the latter's
    number."""
    return (number % 4 + 1, _DEPTHS[number // 4]) if QUANTISERS[quantiser] == PLANES else (1, 8)
