"""A size, a rate, a PSNR or SSIMULACRA2 instead of a quality: the one chosen meets it, and the next one does not."""

import math
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from make_golden import digits, picture
from PIL import Image

import latentcodec
import latentcodec.pillow
from latentcodec import Codec
from latentcodec.distortion import psnr, ssimulacra2

NOISE = np.random.default_rng(0).normal(0, 5, (100, 130, 3))
ORIGINAL = (picture(100, 130) + NOISE).clip(0, 255).astype(np.uint8)
STEPS = {"variable_rate": [tenths / 10 for tenths in range(10, 1001)], "rgb": [33, 66, 99, 100]}


@pytest.fixture(params=STEPS)
def codec(request: pytest.FixtureRequest) -> Codec:
    """One coded at qualities in tenths, and one whose qualities stand for four settings."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> list[float]:
    """The qualities that make a difference."""
    return STEPS[request.node.callspec.params["codec"]]


def chosen(codec: Codec, steps: list[float], data: bytes) -> int:
    """Which step a file of ``ORIGINAL`` was coded at."""
    if codec.bundle.facts.variable_rate:
        return steps.index(latentcodec.info(data)["quality"])
    return [codec.encode(ORIGINAL, quality=quality) for quality in steps].index(data)


def test_a_size_or_a_rate_is_met_by_the_best_file_that_is_no_larger(codec: Codec, steps: list[float]) -> None:
    smallest, largest = (len(codec.encode(ORIGINAL, quality=steps[place])) for place in (0, -1))
    for limit in (smallest, (smallest + largest) // 2, largest - 1, largest, 10**9):
        data = codec.encode(ORIGINAL, target_size=limit)
        assert data == codec.encode(ORIGINAL, target_bpp=8 * limit / 13_000)
        assert len(data) <= limit
        step = chosen(codec, steps, data)
        if step + 1 < len(steps):
            assert len(codec.encode(ORIGINAL, quality=steps[step + 1])) > limit
    assert codec.encode(ORIGINAL, target_size=10**9) == codec.encode(ORIGINAL, quality=100)


@pytest.mark.parametrize(("name", "measure"), [("target_psnr", psnr), ("target_ssimulacra2", ssimulacra2)])
def test_a_fidelity_is_met_by_the_smallest_quality_that_reaches_it(
    codec: Codec, steps: list[float], name: str, measure: Callable[..., float]
) -> None:
    def reached(step: int) -> float:
        return measure(ORIGINAL, codec.decode_array(codec.encode(ORIGINAL, quality=steps[step])))

    lowest, best = reached(0), reached(-1)
    for wanted in (max(lowest, 1e-3), (lowest + best) / 2, best):
        if wanted > 0:
            step = chosen(codec, steps, codec.encode(ORIGINAL, **{name: wanted}))
            assert reached(step) >= wanted
            assert step == 0 or reached(step - 1) < wanted


def test_what_no_quality_meets_is_refused_with_what_there_is(codec: Codec) -> None:
    files = [codec.encode(ORIGINAL, quality=quality) for quality in (1, 100)]
    smallest, best = len(files[0]), psnr(ORIGINAL, codec.decode_array(files[-1]))
    best_seen = ssimulacra2(ORIGINAL, codec.decode_array(files[-1]))
    with pytest.raises(ValueError, match=f"even quality 1 has {smallest} bytes, the target is 30$"):
        codec.encode(ORIGINAL, target_size=30)
    with pytest.raises(ValueError, match=f"even quality 1 has {8 * smallest / 13_000:.6g} bpp, the target is 0.01$"):
        codec.encode(ORIGINAL, target_bpp=0.01)
    with pytest.raises(ValueError, match=f"even quality 100 has {best:.6g} dB, the target is 60$"):
        codec.encode(ORIGINAL, target_psnr=60)
    with pytest.raises(ValueError, match=f"even quality 100 has {best_seen:.6g} SSIMULACRA2, the target is 99$"):
        codec.encode(ORIGINAL, target_ssimulacra2=99)


def test_the_whole_file_counts_with_tiles_alpha_and_entropy_model(variable_rate: Codec) -> None:
    transparent = np.dstack([ORIGINAL, ORIGINAL[..., 0]])
    for options in ({"tile": 16}, {"entropy": "static"}):
        limit = len(variable_rate.encode(transparent, quality=70, **options))
        assert limit > len(variable_rate.encode(ORIGINAL, quality=70)) + 100
        data = variable_rate.encode(transparent, target_size=limit, **options)
        assert limit - 20 < len(data) <= limit
        assert data == variable_rate.encode(transparent, quality=latentcodec.info(data)["quality"], **options)


def test_a_grey_picture_s_psnr_is_that_of_its_grey(variable_rate: Codec) -> None:
    grey = ORIGINAL[..., 0]
    data = variable_rate.encode(grey, target_psnr=22)
    quality = latentcodec.info(data)["quality"]
    assert psnr(grey, variable_rate.decode_array(data)) >= 22
    assert psnr(grey, variable_rate.decode_array(variable_rate.encode(grey, quality=round(quality - 0.1, 1)))) < 22


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (9, 60), (40, 50)])
def test_pictures_smaller_than_what_ssimulacra2_looks_at_have_it_too(
    variable_rate: Codec, size: tuple[int, int]
) -> None:
    for pixels in (ORIGINAL[: size[0], : size[1]], ORIGINAL[: size[0], : size[1], 0]):
        best = ssimulacra2(pixels, variable_rate.decode_array(variable_rate.encode(pixels, quality=100)))
        wanted = max(best - 5, 0.1)
        if best >= wanted:
            assert (
                ssimulacra2(pixels, variable_rate.decode_array(variable_rate.encode(pixels, target_ssimulacra2=wanted)))
                >= wanted
            )


def test_a_quality_may_have_hundredths_and_the_file_keeps_them(variable_rate: Codec, rgb: Codec) -> None:
    files = [variable_rate.encode(ORIGINAL, quality=quality) for quality in (60, 60.25, 60.5, 61)]
    assert [latentcodec.info(data)["quality"] for data in files] == [60, 60.25, 60.5, 61]
    assert sorted(files, key=len) == files
    assert len({variable_rate.decode_array(data).tobytes() for data in files}) == 4
    assert variable_rate.encode(ORIGINAL, quality=60.254) == files[1]
    assert variable_rate.encode(ORIGINAL, quality=60.0) == files[0]
    assert rgb.encode(ORIGINAL, quality=66.5) == rgb.encode(ORIGINAL, quality=67)


def test_the_picture_goes_through_the_analysis_once(variable_rate: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    analyse = Mock(side_effect=variable_rate.transform.analyse)
    monkeypatch.setattr(variable_rate.transform, "analyse", analyse)
    variable_rate.encode(ORIGINAL, target_size=1000)
    variable_rate.encode(ORIGINAL, target_psnr=24)
    assert analyse.call_count == 2


def test_a_pack_as_a_whole_meets_a_target(variable_rate: Codec) -> None:
    drawn = digits(12)

    photos = np.stack([picture(60, 60 + left)[:, left:] for left in (0, 30, 60)])

    def just_below(pictures: np.ndarray, pack: bytes) -> bytes:
        return variable_rate.encode_pack(pictures, quality=round(latentcodec.info(pack)["quality"] - 0.1, 1))

    def seen(pack: bytes) -> float:
        return float(np.mean(list(map(ssimulacra2, photos, variable_rate.decode_pack(pack)))))

    assert 0.28 * drawn.size < 8 * len(variable_rate.encode_pack(drawn, target_bpp=0.3)) <= 0.3 * drawn.size
    data = variable_rate.encode_pack(drawn, target_psnr=14.5)
    assert (
        psnr(drawn, variable_rate.decode_pack(data))
        >= 14.5
        > psnr(drawn, variable_rate.decode_pack(just_below(drawn, data)))
    )
    wanted = seen(variable_rate.encode_pack(photos, quality=60))
    data = variable_rate.encode_pack(photos, target_ssimulacra2=wanted)
    assert seen(data) >= wanted > seen(just_below(photos, data))


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
        ({"target_psnr": 30, "target_ssimulacra2": 70}, "give one target, or a quality"),
        ({"target_ssimulacra2": 0}, "target_ssimulacra2 is a positive number, not 0"),
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
