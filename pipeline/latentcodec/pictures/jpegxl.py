"""What the header of a JPEG XL file says of its samples (ISO/IEC 18181-1, annex D), which Pillow's plugin does not tell
once it has made 8 bits of them."""

import re

_CODESTREAM = re.compile(rb"(?:\A|jxlc|jxlp....)\xff\x0a", re.DOTALL)
_LONGEST = 64  # bytes, more than all that stands before the depth


def read_depth(head: bytes) -> int:
    """Bits a sample, by a file's first bytes; 8 for what is no JPEG XL, animations, and files with a preview."""
    start = _CODESTREAM.search(head)
    return _read_depth(_Bits(head[start.end() : start.end() + _LONGEST])) if start else 8


class _Bits:
    """Numbers of so many bits, the lowest first."""

    def __init__(self, data: bytes) -> None:
        self._left = int.from_bytes(data, "little")

    def take(self, bits: int) -> int:
        number = self._left & ((1 << bits) - 1)
        self._left >>= bits
        return number

    def choose(self, *distributions: tuple[int, int]) -> int:
        """By one of four distributions: its offset, and a number of so many bits."""
        offset, bits = distributions[self.take(2)]
        return offset + self.take(bits)


def _read_depth(bits: _Bits) -> int:
    _skip_size(bits)
    if bits.take(1):  # all is as by default
        return 8
    if bits.take(1):  # there is more than the depth
        bits.take(3)  # the orientation
        if bits.take(1):  # the size that is meant
            _skip_size(bits)
        if bits.take(2):  # a preview, an animation
            return 8
    if bits.take(1):  # floats
        return bits.choose((32, 0), (16, 0), (24, 0), (1, 6))
    return bits.choose((8, 0), (10, 0), (12, 0), (1, 6))


def _skip_size(bits: _Bits) -> None:
    small = bits.take(1)
    _skip_length(bits, small)  # the height
    if not bits.take(3):  # no ratio tells the width
        _skip_length(bits, small)


def _skip_length(bits: _Bits, small: int) -> None:
    if small:
        bits.take(5)
    else:
        bits.choose((1, 9), (1, 13), (1, 18), (1, 30))
