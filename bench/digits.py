"""Thousands of digits: one pack of ours, a file each of the others."""

from bench import rivals, timing
from bench.page import table
from bench.pictures import Pixels
from bench.scale import Scale
from latentcodec import Codec


def section(codec: Codec, source: str, digits: Pixels, scale: Scale) -> str:
    """``digits`` (N, 28, 28)."""
    rows = [pack(codec, digits, scale.laps), *(separate(rival, digits, scale.laps) for rival in rivals.classical())]
    return f"""## {len(digits):,} digits

{source}, from pixels in memory to bytes in memory and back: one pack of ours, a file per digit of the others; seconds
for all of them, the median of {scale.laps} laps.

{table(["codec", "setting", "bytes per digit", "encode s", "decode s"], rows)}

CompressAI's models take sides that are multiples of 64.
"""


def pack(codec: Codec, digits: Pixels, laps: int) -> list[object]:
    encode, data = timing.median(lambda: codec.encode_pack(digits), laps)
    decode, _ = timing.median(lambda: codec.decode_pack(data), laps)
    return [f"latentcodec {codec.bundle.name}, a pack", "quality 50", len(data) / len(digits), encode, decode]


def separate(rival: rivals.Rival, digits: Pixels, laps: int) -> list[object]:
    encode, files = timing.median(lambda: [rival.encode(digit) for digit in digits], laps)
    decode, _ = timing.median(lambda: [rival.decode(file) for file in files], laps)
    return [rival.name, rival.setting, sum(map(len, files)) / len(digits), encode, decode]
