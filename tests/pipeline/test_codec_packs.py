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
    for indices in ([7], [9, 0, 3, 3], range(2, 6), np.array([4, 8]), []):
        assert np.array_equal(grey.decode_pack(pack, indices), everything[list(indices)])


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
    expected, _ = latentcodec.transform.quantisers.quantise("min_max", 3, grey.analyse(DIGITS))
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


NAMES = [f"digit {number}" for number in range(10)]


@pytest.fixture(scope="module")
def named(grey: Codec) -> bytes:
    return grey.encode_pack(DIGITS, names=NAMES, **SETTINGS)


def test_pictures_are_found_by_their_names(grey: Codec, pack: bytes, named: bytes) -> None:
    assert latentcodec.pack_names(named) == NAMES
    assert latentcodec.info(named)["names"] == NAMES
    assert np.array_equal(grey.decode_pack(named), grey.decode_pack(pack))
    assert np.array_equal(grey.decode_pack(named, ["digit 7", 2]), grey.decode_pack(pack, [7, 2]))
    with pytest.raises(IndexError, match="no picture called 'digit 10'"):
        grey.decode_pack(named, ["digit 10"])
    assert latentcodec.pack_names(pack) is None
    with pytest.raises(IndexError, match="no picture called 'digit 1'"):
        grey.decode_pack(pack, ["digit 1"])


@pytest.mark.parametrize("first", [1, 3, 4, 8])
def test_a_pack_that_grew_decodes_as_one_that_was_made_at_once(grey: Codec, first: int) -> None:
    begun = grey.encode_pack(DIGITS[:first], quantiser="vector_shared", bits=3, block=4)
    grown = grey.append_pack(begun, DIGITS[first:])
    assert grown == grey.encode_pack(DIGITS, quantiser="vector_shared", bits=3, block=4)


def test_appending_keeps_what_is_there_and_the_range_of_it(grey: Codec, named: bytes) -> None:
    bright = np.full((3, 28, 28), 255, np.uint8)
    dark = grey.encode_pack(DIGITS[:2] // 4, names=NAMES[:2], **SETTINGS)
    grown = grey.append_pack(dark, bright, names=["x", "y", "z"])
    assert latentcodec.pack_names(grown) == [*NAMES[:2], "x", "y", "z"]
    assert np.array_equal(grey.decode_pack(grown, [0, 1]), grey.decode_pack(dark))
    assert grey.decode_pack(grown, ["z"]).max() <= grey.decode_pack(dark).max()  # as the documentation says


def test_appending_what_does_not_fit_is_refused(grey: Codec, rgb: Codec, pack: bytes, named: bytes) -> None:
    with pytest.raises(ValueError, match="has names: give one per picture"):
        grey.append_pack(named, DIGITS[:1])
    with pytest.raises(ValueError, match="has no names"):
        grey.append_pack(pack, DIGITS[:1], names=["a"])
    with pytest.raises(ValueError, match="two pictures are called 'digit 3'"):
        grey.append_pack(named, DIGITS[:1], names=["digit 3"])
    colours = rgb.encode_pack([picture(8, 8)])
    with pytest.raises(ValueError, match="8x8, not 9x8"):
        rgb.append_pack(colours, [picture(8, 9)])
    grey_ones = rgb.encode_pack([picture(8, 8)[..., 0]])
    with pytest.raises(ValueError, match="the pack is grey"):
        rgb.append_pack(grey_ones, [picture(8, 8)])


def test_grey_pictures_stay_grey_and_join_coloured_ones_as_rgb(rgb: Codec) -> None:
    colours, shades = picture(8, 8), picture(8, 8, seed=3)[..., 0]
    assert rgb.decode_pack(rgb.encode_pack([shades, shades])).shape == (2, 8, 8)
    assert rgb.decode_pack(rgb.encode_pack([colours, shades])).shape == (2, 8, 8, 3)
    assert rgb.decode_pack(rgb.append_pack(rgb.encode_pack([colours]), [shades])).shape == (2, 8, 8, 3)
    assert rgb.decode_pack(rgb.append_pack(rgb.encode_pack([shades]), [shades])).shape == (2, 8, 8)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a"], "1 names for 2 pictures"),
        (["a", "a"], "two pictures are called 'a'"),
        (["a", ""], "not empty"),
        (["a", "b\nc"], "no newline"),
        (["a", 3], "a text"),
        (["a", "b" * 2**24], "at most 16777216"),
    ],
)
def test_names_that_no_file_can_hold_are_refused(grey: Codec, names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        grey.encode_pack(DIGITS[:2], names=names)
