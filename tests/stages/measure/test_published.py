"""Curves of other codecs as their authors published them, and ours against them."""

import pytest

from stages.figures import style
from stages.measure import published

CODEC = {"codec": "vtm", "source": "a paper", "decoder_kmac_per_pixel": None}


def test_every_published_curve_rises_and_has_its_source_and_a_name():
    codecs = published.load("kodak")
    assert {"vtm", "bpg", "elic", "mlic+", "cool-chic-5", "c3", "shallow-ntc-sga"} <= {row["codec"] for row in codecs}
    for codec in codecs:
        points = codec[published.measure_of(codec)]
        assert points == sorted(points) and [y for _, y in points] == sorted(y for _, y in points)
        assert codec["source"] and codec["codec"] in style.CODECS


def test_a_set_without_published_curves_has_none():
    assert published.load("my pictures") == []


def test_half_the_rate_of_a_published_curve_is_minus_fifty_per_cent():
    points = [[0.2, 28.0], [0.4, 31.0], [0.8, 34.0], [1.6, 37.0]]
    ours = [{"bpp": bpp / 2, "psnr": psnr} for bpp, psnr in points]
    (found,) = published.deltas(ours, [{**CODEC, "psnr": points}])
    assert found["against"] == "vtm" and found["measure"] == "psnr"
    assert found["bd_rate_percent"] == pytest.approx(-50)


def test_the_figures_take_points_of_the_measure_that_was_published():
    (row,) = published.rows([{**CODEC, "ms_ssim": [[0.2, 0.98]]}])
    assert (row["codec"], row["bpp"], row["ms_ssim"], row["psnr"], row["quantiser"]) == ("vtm", 0.2, 0.98, None, None)
