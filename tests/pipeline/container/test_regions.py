"""Tiles and regions: a part of a picture is what it is in the whole, and damage elsewhere does not matter to it."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_golden import picture

import latentcodec
from latentcodec import ChecksumError, Codec, LimitError
from latentcodec.settings import tile_in_latents

RGB = latentcodec.open(Path(__file__).parents[2] / "golden" / "bundles" / "tiny_rgb", provider="cpu")
ORIGINAL = picture(100, 130)


@pytest.mark.parametrize("tile", [0, 8, 32, 64, 512])
def test_tiles_change_nothing_but_the_file(rgb: Codec, tile: int) -> None:
    whole = rgb.encode(ORIGINAL, quality=90)
    data = rgb.encode(ORIGINAL, quality=90, tile=tile)
    assert np.array_equal(rgb.symbols(data), rgb.symbols(whole))
    assert np.array_equal(rgb.decode_array(data), rgb.decode_array(whole))


def test_info_tells_the_tile_s_side_in_pixels(golden_found: None, rgb: Codec) -> None:
    facts = latentcodec.info(rgb.encode(ORIGINAL, tile=32))
    assert facts["tile"] == 32
    assert facts["bytes"]["index"] == 1 + 4 * 5  # the side, and the length of each of the 4x5 tiles
    assert latentcodec.info(rgb.encode(ORIGINAL))["tile"] == 0


def test_only_large_pictures_are_tiled_unless_told() -> None:
    assert tile_in_latents(8, None, 1024 * 1024) == 0
    assert tile_in_latents(8, None, 1024 * 1024 + 1) == 64
    assert tile_in_latents(8, 64, 1) == 8
    assert tile_in_latents(8, 0, 2**28) == 0


@pytest.mark.parametrize("tile", [-8, 12, 8.0, "64"])
def test_a_tile_that_is_no_multiple_of_the_stride_is_refused(rgb: Codec, tile: object) -> None:
    with pytest.raises(ValueError, match="multiple of 8 pixels"):
        rgb.encode(ORIGINAL, tile=tile)  # type: ignore[arg-type]


@given(st.data(), st.sampled_from([0, 16, 64]))
def test_a_region_is_the_crop_of_the_whole(data: st.DataObject, tile: int) -> None:
    left, top = data.draw(st.integers(0, 129)), data.draw(st.integers(0, 99))
    box = left, top, data.draw(st.integers(left + 1, 130)), data.draw(st.integers(top + 1, 100))
    file = RGB.encode(ORIGINAL, quality=90, tile=tile)
    region = RGB.decode_region(file, box)
    expected = RGB.decode(file).crop(box)
    assert region.size == expected.size
    assert np.abs(np.asarray(region).astype(int) - np.asarray(expected)).max() <= 1


def test_a_region_keeps_grey_alpha_and_profile(rgb: Codec) -> None:
    both = np.dstack([ORIGINAL[..., 0], ORIGINAL[..., 1]])
    data = rgb.encode(both, tile=32)
    region = rgb.decode_region(data, (10, 20, 110, 90))
    assert region.mode == "LA"
    assert np.array_equal(np.asarray(region), rgb.decode_array(data)[20:90, 10:110])
    assert np.array_equal(rgb.decode_array(data, (10, 20, 110, 90)), np.asarray(region))


def test_damage_in_a_tile_matters_to_its_neighbourhood_only(rgb: Codec) -> None:
    data = bytearray(rgb.encode(ORIGINAL, quality=90, tile=32))
    expected = rgb.decode_array(bytes(data), (0, 0, 56, 56))
    data[-1] ^= 1  # the checksum of the last tile, bottom right
    assert np.array_equal(rgb.decode_array(data, (0, 0, 56, 56)), expected)
    for broken in (rgb.decode, rgb.symbols, lambda file: rgb.decode_region(file, (120, 90, 130, 100))):
        with pytest.raises(ChecksumError):
            broken(data)


@pytest.mark.parametrize(
    "box", [(0, 0, 0, 10), (5, 5, 4, 6), (-1, 0, 5, 5), (0, 0, 131, 100), (0, 0, 130, 101), (130, 100, 131, 101)]
)
def test_a_box_that_is_no_part_of_the_picture_is_refused(rgb: Codec, box: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="no part of 130x100 pixels"):
        rgb.decode_region(rgb.encode(ORIGINAL), box)


def test_the_limit_is_the_whole_picture_s(rgb: Codec) -> None:
    with pytest.raises(LimitError):
        rgb.decode_region(rgb.encode(ORIGINAL), (0, 0, 10, 10), max_pixels=12_999)


def test_a_region_through_the_module(golden_found: None, rgb: Codec) -> None:
    data = rgb.encode(ORIGINAL, tile=32)
    assert np.array_equal(
        latentcodec.decode_array(data, (3, 4, 50, 60)),
        rgb.decode_array(data, (3, 4, 50, 60)),
    )
