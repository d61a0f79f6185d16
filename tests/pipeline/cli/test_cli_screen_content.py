"""What a network does not suit: `encode` says so, and `--auto` goes the lossless way."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec.cli import main
from latentcodec.cli.screen_content import ReferencePsnr, guess_lossless_size, has_sharp_edges

Capture = pytest.CaptureFixture[str]
STRIPES = np.tile(np.array([0, 255], np.uint8), (64, 40))
NOISE = np.random.default_rng(0).integers(0, 2, (64, 80), np.uint8) * 255  # sharp, and of many bits without loss


@pytest.fixture(autouse=True)
def with_card(lossless_found: None, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable-rate bundle whose card promises 40 dB; stripes.png, noise.png and photo.png in the current folder."""
    folder = Path(shutil.copytree(bundles / "tiny_gained", tmp_path / "bundles/with_card"))
    card = {"quality": [{"quality": 5, "psnr": 38}, {"quality": 95, "psnr": 40}]}
    (folder / "card.json").write_text(json.dumps(card))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name, pixels in {"stripes": STRIPES, "noise": NOISE, "photo": picture(60, 80)}.items():
        Image.fromarray(pixels).save(f"{name}.png")


@pytest.fixture
def encode(tmp_path: Path) -> list[str]:
    return ["encode", "--bundle", str(tmp_path / "bundles/with_card"), "--force"]


def test_what_is_smaller_without_loss_is_said(encode: list[str], capsys: Capture) -> None:
    assert main([*encode, "stripes.png"]) == 0
    size = len(latentcodec.encode(STRIPES, lossless=True, origin=bytes(6)))
    assert f"note: stripes.png: without loss it takes {size} bytes, with loss " in capsys.readouterr().err


def test_a_quality_that_is_missed_by_far_is_said(encode: list[str], capsys: Capture) -> None:
    assert main([*encode, "noise.png", "-q", "50"]) == 0
    err = capsys.readouterr().err
    assert (
        "note: noise.png: it comes out with " in err and "dB; quality 50 means about 39.0 (--lossless or --auto)" in err
    )


@pytest.mark.parametrize("name", ["stripes", "noise"])
def test_auto_goes_the_lossless_way(name: str, encode: list[str], capsys: Capture) -> None:
    assert main([*encode, "--auto", f"{name}.png"]) == 0
    assert latentcodec.info(f"{name}.ltc")["quantiser"] == "planes"
    assert (latentcodec.decode_array(f"{name}.ltc") == np.asarray(Image.open(f"{name}.png"))).all()
    assert "--auto" not in capsys.readouterr().err


def test_of_a_photograph_nothing_is_said_and_auto_changes_nothing(encode: list[str], capsys: Capture) -> None:
    for extra in ([], ["--auto"]):
        assert main([*encode, "photo.png", *extra]) == 0
        assert latentcodec.info("photo.ltc")["quantiser"] == "gained"
        assert "dB" not in capsys.readouterr().err


def test_auto_and_lossless_contradict_each_other() -> None:
    assert main(["encode", "photo.png", "--auto", "--lossless"]) == 2


def test_a_card_without_figures_promises_nothing() -> None:
    for card in ({}, {"quality": None}, {"quality": [3, {"quality": 5}, {"quality": "x", "psnr": 3}]}):
        assert ReferencePsnr.from_card(card).is_reached(50, 1.0)
    assert not ReferencePsnr.from_card({"quality": [{"quality": 50, "psnr": 30.0}]}).is_reached(50, 24.0)


def test_the_smallest_and_the_widest_picture_are_looked_at_too() -> None:
    for shape in ((1, 1), (1, 2, 3), (1, 70_000), (70_000, 1)):
        pixels = np.zeros(shape, np.uint8)
        assert not has_sharp_edges(pixels)
        assert 0 < guess_lossless_size(pixels) < 1000
