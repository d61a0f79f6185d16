"""A damaged file is never a picture: every cut and every changed byte of real files is a typed error."""

from pathlib import Path

import pytest

import latentcodec
from latentcodec import ChecksumError, Codec, FormatError, LatentCodecError, TruncatedError

V1 = Path(__file__).parents[2] / "golden" / "v1"
IMAGES = ["vector_static_53x37.ltc", "min_max_adaptive_8x20.ltc", "max_static_1x1.ltc", "tiled_static_53x37.ltc"]
PACKS = ["min_max_static_10.ltcp", "vector_adaptive_10.ltcp", "names_10.ltcp"]


def read(name: str, rgb: Codec, grey: Codec, data: bytes) -> None:
    """Decode all of it."""
    if name in PACKS:
        grey.decode_pack(data)
    else:
        rgb.decode(data)


@pytest.mark.parametrize("name", IMAGES + PACKS)
def test_every_prefix_is_a_typed_error(name: str, rgb: Codec, grey: Codec) -> None:
    data = (V1 / name).read_bytes()
    for length in range(len(data)):
        with pytest.raises((TruncatedError, ChecksumError)):
            read(name, rgb, grey, data[:length])


@pytest.mark.parametrize("name", IMAGES + PACKS)
def test_every_changed_byte_is_a_typed_error(name: str, rgb: Codec, grey: Codec) -> None:
    data = (V1 / name).read_bytes()
    for place in range(len(data)):
        for change in (*(1 << bit for bit in range(8)), 0xFF):
            damaged = bytearray(data)
            damaged[place] ^= change
            with pytest.raises(LatentCodecError):
                read(name, rgb, grey, bytes(damaged))


@pytest.mark.parametrize("name", IMAGES + PACKS)
def test_a_byte_too_many_is_a_typed_error(name: str, rgb: Codec, grey: Codec) -> None:
    with pytest.raises(LatentCodecError):
        read(name, rgb, grey, (V1 / name).read_bytes() + b"\0")


@pytest.mark.parametrize("data", [b"", b"L", b"\x89PNG\r\n\x1a\n" + bytes(40), b"LTC\x02" + bytes(40)])
def test_foreign_bytes_and_newer_versions_are_format_errors(data: bytes, rgb: Codec) -> None:
    for function in (rgb.decode, rgb.decode_pack, rgb.symbols, latentcodec.info):
        with pytest.raises((FormatError, TruncatedError)):
            function(data)


def test_verify_finds_what_info_does_not_read(golden_found: None) -> None:
    damaged = bytearray((V1 / PACKS[0]).read_bytes())
    damaged[-1] ^= 1
    assert latentcodec.info(damaged)["count"] == 10
    with pytest.raises(ChecksumError):
        latentcodec.verify(damaged)
