"""A size, a rate or a PSNR instead of a quality: the one that is chosen meets it, and the next one does not."""

import math
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
import latentcodec.pillow
from latentcodec import Codec
from latentcodec.distortion import psnr

NOISE = np.random.default_rng(0).normal(0, 5, (100, 130, 3))
ORIGINAL = (picture(100, 130) + NOISE).clip(0, 255).astype(np.uint8)
QUALITIES = {"variable_rate": range(1, 101), "rgb": (33, 66, 99, 100)}


@pytest.fixture(params=["variable_rate", "rgb"])
def codec(request: pytest.FixtureRequest) -> Codec:
    """One coded at a hundred qualities, and one whose qualities stand for four settings."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def files(codec: Codec, request: pytest.FixtureRequest) -> list[bytes]:
    """The picture at every quality that makes a difference."""
    return [codec.encode(ORIGINAL, quality=quality) for quality in QUALITIES[request.node.callspec.params["codec"]]]


def test_a_size_or_a_rate_is_met_by_the_best_file_that_is_no_larger(codec: Codec, files: list[bytes]) -> None:
    sizes = [len(data) for data in files]
    for limit in (sizes[0], (sizes[0] + sizes[-1]) // 2, sizes[-1] - 1, sizes[-1], 10**9):
        data = codec.encode(ORIGINAL, target_size=limit)
        assert data == codec.encode(ORIGINAL, target_bpp=8 * limit / 13_000)
        chosen = files.index(data)
        assert sizes[chosen] <= limit
        assert data == files[-1] or sizes[chosen + 1] > limit
    assert codec.encode(ORIGINAL, target_size=sizes[-1]) == files[-1]


def test_a_psnr_is_met_by_the_smallest_quality_that_reaches_it(codec: Codec, files: list[bytes]) -> None:
    reached = [psnr(ORIGINAL, codec.decode_array(data)) for data in files]
    for target in (1, reached[0], 20, reached[-1]):
        chosen = files.index(codec.encode(ORIGINAL, target_psnr=target))
        assert reached[chosen] >= target
        assert chosen == 0 or reached[chosen - 1] < target


def test_what_no_quality_meets_is_refused_with_what_there_is(codec: Codec, files: list[bytes]) -> None:
    smallest, best = len(files[0]), psnr(ORIGINAL, codec.decode_array(files[-1]))
    with pytest.raises(ValueError, match=f"even quality 1 has {smallest} bytes, the target is 30$"):
        codec.encode(ORIGINAL, target_size=30)
    with pytest.raises(ValueError, match=f"even quality 1 has {8 * smallest / 13_000:.6g} bpp, the target is 0.01$"):
        codec.encode(ORIGINAL, target_bpp=0.01)
    with pytest.raises(ValueError, match=f"even quality 100 has {best:.6g} dB, the target is 60$"):
        codec.encode(ORIGINAL, target_psnr=60)


def test_the_whole_file_counts_with_tiles_alpha_and_entropy_model(variable_rate: Codec) -> None:
    transparent = np.dstack([ORIGINAL, ORIGINAL[..., 0]])
    for options in ({"tile": 16}, {"entropy": "static"}):
        limit = len(variable_rate.encode(transparent, quality=70, **options))
        assert limit > len(variable_rate.encode(ORIGINAL, quality=70)) + 100
        data = variable_rate.encode(transparent, target_size=limit, **options)
        assert data == variable_rate.encode(transparent, quality=70, **options)


def test_a_grey_picture_s_psnr_is_that_of_its_grey(variable_rate: Codec) -> None:
    grey = ORIGINAL[..., 0]
    data = variable_rate.encode(grey, target_psnr=22)
    quality = latentcodec.container.read.read_file(data, 10**6).parameter
    assert psnr(grey, variable_rate.decode_array(data)) >= 22
    assert psnr(grey, variable_rate.decode_array(variable_rate.encode(grey, quality=quality - 1))) < 22


def test_the_picture_goes_through_the_analysis_once(variable_rate: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse = Mock(side_effect=variable_rate.transform.analyse)
    monkeypatch.setattr(variable_rate.transform, "analyse", analyse)
    variable_rate.encode(ORIGINAL, target_size=1000)
    variable_rate.encode(ORIGINAL, target_psnr=24)
    assert analyse.call_count == 2


def test_a_pack_as_a_whole_meets_a_target(variable_rate: Codec) -> None:
    drawn = digits(12)
    files = {quality: variable_rate.encode_pack(drawn, quality=quality) for quality in range(1, 101)}
    best = max(quality for quality, data in files.items() if 8 * len(data) <= 0.6 * drawn.size)
    assert variable_rate.encode_pack(drawn, target_bpp=0.6) == files[best]
    data = variable_rate.encode_pack(drawn, target_psnr=14.5)
    assert psnr(drawn, variable_rate.decode_pack(data)) >= 14.5
    assert (
        psnr(drawn, variable_rate.decode_pack(files[latentcodec.container.read.read_file(data, 10**6).parameter - 1]))
        < 14.5
    )


def test_every_way_of_encoding_takes_a_target(golden_found: None, variable_rate: Codec, tmp_path: Path) -> None:
    expected = variable_rate.encode(ORIGINAL, target_size=900)
    assert latentcodec.encode(ORIGINAL, bundle="tiny_gained", target_size=900) == expected
    other = picture(70, 60)
    assert list(variable_rate.encode_batch([ORIGINAL, other], target_size=900)) == [
        expected,
        variable_rate.encode(other, target_size=900),
    ]
    Image.fromarray(ORIGINAL).save(tmp_path / "a.ltc", bundle="tiny_gained", target_size=900)
    assert (tmp_path / "a.ltc").read_bytes() == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_bpp": 1, "target_size": 900}, "give one target, or a quality"),
        ({"target_bpp": 1, "quality": 50}, "give one target, or a quality"),
        ({"target_psnr": 30, "quantiser": "max", "bits": 1}, "give one target, or a quality"),
        ({"target_psnr": -3}, "target_psnr is a positive number, not -3"),
        ({"target_bpp": math.inf}, "target_bpp is a positive number, not inf"),
        ({"target_size": math.nan}, "target_size is a positive number, not nan"),
        ({"target_size": "20k"}, "target_size is a positive number, not '20k'"),
    ],
)
def test_targets_that_make_no_sense_are_refused(rgb: Codec, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        rgb.encode(ORIGINAL, **options)
    with pytest.raises(ValueError, match=message):
        rgb.encode_batch([], **options)
