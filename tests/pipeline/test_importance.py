"""Importance maps: where in a picture the quality is higher or lower."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from make_golden import digits, picture, with_extras
from PIL import Image

import latentcodec
from latentcodec import Codec, FormatError, importance
from latentcodec.container import chunks
from latentcodec.distortion import psnr

ORIGINAL = picture(100, 256)
HALVES = np.repeat(np.array([[0, 255]], np.uint8), 128, axis=1)  # dark on the left, light on the right


def halves(codec: Codec, data: bytes) -> tuple[float, float]:
    """PSNR of the left and the right half."""
    decoded = codec.decode_array(data)
    return psnr(ORIGINAL[:, :128], decoded[:, :128]), psnr(ORIGINAL[:, 128:], decoded[:, 128:])


@pytest.mark.parametrize("entropy", ["static", "context"])
def test_what_is_light_comes_out_finer_and_what_is_dark_coarser(variable_rate: Codec, entropy: str) -> None:
    plain = halves(variable_rate, variable_rate.encode(ORIGINAL, quality=50, entropy=entropy))
    data = variable_rate.encode(ORIGINAL, quality=50, entropy=entropy, importance=HALVES)
    left, right = halves(variable_rate, data)
    assert left < plain[0] - 2 and right > plain[1] + 2
    # Far from the seam each half is as if the whole picture had its quality.
    for quality, part in ((1, np.s_[:, :40]), (100, np.s_[:, 216:])):
        whole = variable_rate.decode_array(variable_rate.encode(ORIGINAL, quality=quality, entropy=entropy))
        assert np.array_equal(variable_rate.decode_array(data)[part], whole[part])
    facts = latentcodec.info(data)
    assert facts["importance"] and facts["bytes"]["chunks"] < 30


def test_a_map_of_any_kind_and_size_lies_over_the_whole_picture(variable_rate: Codec, tmp_path: Path) -> None:
    expected = variable_rate.encode(ORIGINAL, importance=HALVES)
    small = Image.fromarray(np.array([[0, 255]], np.uint8))
    small.convert("RGB").save(tmp_path / "small.png")
    for other in (small, tmp_path / "small.png", (tmp_path / "small.png").read_bytes(), small.resize((512, 7), 0)):
        assert variable_rate.encode(ORIGINAL, importance=other) == expected
    assert importance.offsets_of(HALVES, 256, 100).tolist() == [[-50, -50, 50, 50]] * 2


def test_a_map_of_128_changes_nothing(variable_rate: Codec) -> None:
    flat = np.full((3, 5), 128, np.uint8)
    assert variable_rate.encode(ORIGINAL, quality=30, importance=flat) == variable_rate.encode(ORIGINAL, quality=30)


def test_a_region_of_tiles_is_the_crop_of_the_whole(variable_rate: Codec) -> None:
    whole = variable_rate.encode(ORIGINAL, importance=HALVES)
    tiled = variable_rate.encode(ORIGINAL, importance=HALVES, tile=64)
    pixels = variable_rate.decode_array(whole)
    assert np.array_equal(variable_rate.decode_array(tiled), pixels)
    for left, top, right, bottom in ((0, 0, 1, 1), (120, 40, 137, 90), (65, 0, 256, 100)):
        part = variable_rate.decode_array(tiled, (left, top, right, bottom))
        assert np.abs(part - pixels[top:bottom, left:right].astype(int)).max() <= 1


def test_a_thumbnail_is_as_light_as_the_picture(variable_rate: Codec) -> None:
    data = variable_rate.encode(ORIGINAL, importance=HALVES)
    whole = np.asarray(variable_rate.decode(data).reduce(8), int)
    assert np.abs(np.asarray(variable_rate.thumbnail(data), int) - whole).mean() < 4


def test_a_target_is_met_with_the_map(variable_rate: Codec) -> None:
    data = variable_rate.encode(ORIGINAL, target_size=900, importance=HALVES)
    assert len(data) <= 900 and latentcodec.info(data)["importance"]
    left, right = halves(variable_rate, data)
    assert right > left
    better = variable_rate.encode(ORIGINAL, target_psnr=12, importance=HALVES)
    assert psnr(ORIGINAL, variable_rate.decode_array(better)) >= 12


@given(data=st.binary(max_size=40), compressed=st.booleans())
def test_any_other_content_of_the_chunk_is_refused(variable_rate: Codec, data: bytes, compressed: bool) -> None:
    content = zlib.compress(data) if compressed else data
    file = with_extras(variable_rate.encode(ORIGINAL), variable_rate, chunks=[(chunks.IMPORTANCE, content)])
    if compressed and len(data) == 8:
        assert variable_rate.decode(file).size == (256, 100)
    else:
        with pytest.raises(FormatError, match="the importance map"):
            variable_rate.decode(file)


def test_no_more_is_decompressed_than_the_picture_accounts_for(variable_rate: Codec) -> None:
    bomb = with_extras(variable_rate.encode(ORIGINAL), variable_rate, chunks=[(13, zlib.compress(bytes(10**8), 9))])
    with pytest.raises(FormatError, match=r"the importance map: .* too long"):
        variable_rate.decode(bomb)


def test_files_that_have_no_quality_have_no_map(rgb: Codec, variable_rate: Codec, exact: Codec) -> None:
    content = importance.chunk(importance.offsets_of(HALVES, 256, 100))
    with pytest.raises(FormatError, match="no quality for it to change"):
        rgb.decode(with_extras(rgb.encode(ORIGINAL), rgb, chunks=content))
    with pytest.raises(ValueError, match=r"chunk of kind 13 .* has no place"):
        with_extras(variable_rate.encode_pack(digits(3)), variable_rate, chunks=content)
    for codec in (rgb, exact):
        with pytest.raises(ValueError, match="has no variable rate: it takes no importance map"):
            codec.encode(ORIGINAL, importance=HALVES)
