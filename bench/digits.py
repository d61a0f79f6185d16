"""Thousands of digits: one pack of ours, a file each of the others."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench import memory, rivals, timing
from bench.page import table
from bench.pictures import Pixels
from bench.scale import Scale
from latentcodec import Codec

SHARE = 10  # the others code one digit in so many


def section(codec: Codec, source: str, digits: Pixels, scale: Scale) -> str:
    """``digits`` (N, 28, 28). A lossless bundle is measured beside lossless codecs."""
    data, encode, decode, one = pack(codec, digits, scale.laps)
    setting = "lossless" if codec.bundle.facts.lossless else "quality 50"
    figures = per_digit(len(data), encode, decode, len(digits))
    rows: list[list[object]] = [[f"latentcodec {codec.bundle.name}, a pack", setting, *figures]]
    rows += separate_files(codec, digits, scale.laps)
    held, peak = memory_of(codec, digits)
    return f"""## {len(digits):,} digits

{source}, from pixels in memory to bytes in memory and back: one pack of ours, a file per digit of the others (of every
{SHARE}th digit); microseconds per digit, the median of {scale.laps} laps.

{table(["codec", "setting", "bytes per digit", "encode µs", "decode µs"], rows)}

Our pack takes {encode:.2f} s to create and {decode:.2f} s to extract, one digit from its middle {1000 * one:.1f} ms.
A process that does both holds {peak - held:.0f} MiB more at its peak than the {held:.0f} MiB of before.
CompressAI's models take sides that are multiples of 64.
"""


def pack(codec: Codec, digits: Pixels, laps: int) -> tuple[bytes, float, float, float]:
    """A pack of the digits, and the seconds that it takes to encode it, to decode it, and to decode one of them."""
    encode, data = timing.median(lambda: codec.encode_pack(digits), laps)
    decode, _ = timing.median(lambda: codec.decode_pack(data), laps)
    one, _ = timing.median(lambda: codec.decode_pack(data, [len(digits) // 2]), laps)
    return data, encode, decode, one


def separate_files(codec: Codec, digits: Pixels, laps: int) -> list[list[object]]:
    """A row for each of the codecs that are beside this one, for some of the digits."""
    some = digits[:: min(SHARE, len(digits))]
    others = rivals.lossless() if codec.bundle.facts.lossless else rivals.classical()
    return [separate(rival, some, laps) for rival in others]


def memory_of(codec: Codec, digits: Pixels) -> tuple[float, float]:
    """MiB at most of a process of its own, before it codes the digits and in all."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "digits.npy")
        np.save(file, digits)
        found = memory.measure({"bundle": str(codec.bundle.path), "digits": str(file)})
    return found["before"] / 2**20, found["peak"] / 2**20


def separate(rival: rivals.Rival, digits: Pixels, laps: int) -> list[object]:
    encode, files = timing.median(lambda: [rival.encode(digit) for digit in digits], laps)
    decode, _ = timing.median(lambda: [rival.decode(file) for file in files], laps)
    return [rival.name, rival.setting, *per_digit(sum(map(len, files)), encode, decode, len(digits))]


def per_digit(size: int, encode: float, decode: float, count: int) -> list[float]:
    """Bytes and microseconds."""
    return [size / count, 1e6 * encode / count, 1e6 * decode / count]
