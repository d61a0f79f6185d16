"""Packs: many small pictures in one file, any of them at the price of its block."""

import io

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
from latentcodec import ChecksumError, Codec, FormatError, LimitError

DIGITS = digits(10)
SETTINGS = {"quantiser": "min_max", "bits": 3, "block": 4}


@pytest.fixture(scope="module")
def pack(grey: Codec) -> bytes:
    return grey.encode_pack(DIGITS, **SETTINGS)


def test_all_pictures_come_back_in_their_order(grey: Codec, pack: bytes) -> None:
    decoded = grey.decode_pack(pack)
    assert decoded.shape == DIGITS.shape
    assert decoded.dtype == np.uint8
    means = grey.synthesise(grey.analyse(DIGITS), 28, 28)  # what the networks alone do
    assert np.abs(decoded.astype(int) - means).max() <= 256 / 8 / 2 + 1


def test_pictures_are_picked_in_any_order_and_more_than_once(grey: Codec, pack: bytes) -> None:
    everything = grey.decode_pack(pack)
    for wanted in ([7], [9, 0, 3, 3], range(2, 6), np.array([4, 8]), []):
        assert np.array_equal(grey.decode_pack(pack, wanted), everything[list(wanted)])


def test_only_the_blocks_that_are_wanted_are_read(grey: Codec, pack: bytes) -> None:
    damaged = bytearray(pack)
    damaged[-1] ^= 1  # the checksum of the last block, pictures 8 and 9
    assert np.array_equal(grey.decode_pack(damaged, range(8)), grey.decode_pack(pack, range(8)))
    with pytest.raises(ChecksumError):
        grey.decode_pack(damaged, [8])


def test_a_picture_that_is_not_there_is_an_index_error(grey: Codec, pack: bytes) -> None:
    for index in (10, -1):
        with pytest.raises(IndexError, match=f"pictures 0 to 9, there is no picture {index}"):
            grey.decode_pack(pack, [index])


def test_symbols_of_a_pack_are_those_of_the_pack_quantised_as_one(grey: Codec, pack: bytes) -> None:
    expected, _ = latentcodec.quantisers.quantise("min_max", 3, grey.analyse(DIGITS))
    assert np.array_equal(grey.symbols(pack), expected)


@pytest.mark.parametrize("block", [1, 3, 10, 64])
def test_the_block_size_changes_nothing_but_the_file(grey: Codec, pack: bytes, block: int) -> None:
    other = grey.encode_pack(DIGITS, **{**SETTINGS, "block": block})
    assert np.array_equal(grey.symbols(other), grey.symbols(pack))
    assert latentcodec.info(other)["block"] == block


def test_a_pack_is_smaller_than_its_pictures_as_files(grey: Codec) -> None:
    files = [grey.encode(digit, quantiser="min_max", bits=3) for digit in DIGITS]
    assert len(grey.encode_pack(DIGITS, quantiser="min_max", bits=3)) < 0.6 * sum(map(len, files))


def test_pictures_of_any_kind_and_size_make_a_pack_if_they_are_alike(rgb: Codec) -> None:
    first, second = picture(11, 23), picture(11, 23, seed=5)
    file = io.BytesIO()
    Image.fromarray(second).save(file, "PNG")
    pack = rgb.encode_pack([first, file], quality=100)
    assert rgb.encode_pack(np.stack([first, second]), quality=100) == pack
    assert rgb.decode_pack(pack).shape == (2, 11, 23, 3)
    with pytest.raises(ValueError, match="one size"):
        rgb.encode_pack([first, second[1:]])


def test_wrong_arguments_are_value_errors(grey: Codec) -> None:
    with pytest.raises(ValueError, match="block"):
        grey.encode_pack(DIGITS, quality=50, block=0)
    with pytest.raises(ValueError, match="no L pictures"):
        grey.encode_pack(DIGITS[:0])
    with pytest.raises(ValueError, match="28x28 only"):
        grey.encode_pack(DIGITS[:, 1:])


def test_the_limit_counts_the_pixels_of_all_pictures(grey: Codec, pack: bytes) -> None:
    assert len(grey.decode_pack(pack, max_pixels=10 * 28 * 28)) == 10
    with pytest.raises(LimitError):
        grey.decode_pack(pack, [0], max_pixels=10 * 28 * 28 - 1)


def test_a_pack_is_no_picture_and_a_picture_is_no_pack(grey: Codec, pack: bytes) -> None:
    with pytest.raises(FormatError, match="a pack of 10 pictures"):
        grey.decode(pack)
    with pytest.raises(FormatError, match="single picture"):
        grey.decode_pack(grey.encode(DIGITS[0]))
