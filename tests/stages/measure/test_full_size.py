"""Whole photographs: real files, curves against the classical codecs, and every quality's length."""

import json
from pathlib import Path

import numpy as np
import pytest
from miniature import Miniature
from PIL import Image

import latentcodec
from latentcodec.rivals import RIVALS, Rival
from stages.measure import full_size


@pytest.fixture(scope="module")
def folder(variable_rate: Miniature, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures, one wide and one high."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name, size in (("wide", (224, 208)), ("high", (208, 224))):
        coarse = Image.fromarray(rng.integers(0, 256, (7, 7, 3), dtype=np.uint8))
        coarse.resize(size, Image.Resampling.BICUBIC).save(folder / f"{name}.png")
    return folder


@pytest.fixture(scope="module")
def out(variable_rate: Miniature, folder: Path) -> Path:
    params = {"full_size": {"jpeg": [5, 50, 90], "webp": [5, 90]}, "evaluate": {"qualities": [5, 50, 95]}}
    out = folder.parent / "out/measured.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(full_size, "load_params", lambda: params)
        patch.setattr(full_size, "CACHE", folder.parent / "cache")
        full_size.main(str(variable_rate.bundle), folder, out, ["wide:10,5"])
    return out


def test_the_curve_is_that_of_files_that_the_codec_writes(out: Path, folder: Path, variable_rate: Miniature):
    found = json.loads(out.read_text())
    codec = latentcodec.open(variable_rate.bundle)
    assert found["pictures"] == ["high.png", "wide.png"] and found["model"] == codec.bundle.model_id.hex()
    (row,) = (row for row in found["rows"] if (row.get("entropy"), row["quality"]) == ("static", 50))
    files = [codec.encode(folder / name, quality=50, entropy="static") for name in found["pictures"]]
    assert row["bpp"] == pytest.approx(8 * sum(map(len, files)) / 2 / (208 * 224))
    pairs = [(codec.decode_array(file), np.asarray(Image.open(folder / name)))
             for file, name in zip(files, found["pictures"], strict=True)]  # fmt: skip
    psnrs = [10 * np.log10(255**2 / np.square(a.astype(float) - b).mean()) for a, b in pairs]
    assert row["psnr"] == pytest.approx(np.mean(psnrs), rel=1e-4)


def test_every_rival_and_measure_has_a_row_and_every_quality_a_length(out: Path):
    found = json.loads(out.read_text())
    assert [row["against"] for row in found["bd_rates"][::5]] == ["static", "jpeg", "webp"]
    assert [row["measure"] for row in found["bd_rates"][:5]] == [
        "ssimulacra2",
        "butteraugli",
        "ms_ssim",
        "psnr",
        "ssim",
    ]
    assert len(found["bpp_of_every_quality"]) == 100
    assert found["bpp_of_every_quality"][0] < found["bpp_of_every_quality"][-1]


def test_a_file_that_is_longer_by_as_much_at_every_quality_needs_as_much_more_rate_over_every_measure():
    rising = {"bpp": [0.2, 0.4, 0.8, 1.6], "ssimulacra2": [20, 40, 60, 80], "butteraugli": [4, 2, 1, 0.5]}
    steps = [dict(zip(rising, values, strict=True)) for values in zip(*rising.values(), strict=True)]
    others = dict.fromkeys(("ms_ssim", "psnr", "ssim"))
    own = {
        (name, quality): [{**step, **others, "bpp": share * step["bpp"]}] * 2
        for name, share in (("context", 1.0), ("static", 2.0))
        for quality, step in enumerate(steps)
    }
    rival = {("jpeg", quality): [{**step, **others, "bpp": 4 * step["bpp"]}] * 2 for quality, step in enumerate(steps)}
    found = {(row["against"], row["measure"]): row["bd_rate_percent"] for row in full_size.deltas(own, rival)}
    assert {key: pytest.approx(value) for key, value in found.items()} == {
        ("static", "ssimulacra2"): -50, ("static", "butteraugli"): -50,
        ("jpeg", "ssimulacra2"): -75, ("jpeg", "butteraugli"): -75,
    }  # fmt: skip


def test_a_kept_curve_that_lacks_a_measure_is_measured_anew(tmp_path: Path):
    picture = np.random.default_rng(0).integers(0, 256, (3, 200, 200), dtype=np.uint8)
    settings = {"jpeg": [50]}
    curves = full_size.Classical(settings, tmp_path)
    whole = curves.measure(picture)
    (key,) = curves.cached
    for kept, expected in (({**whole["jpeg", 50], "bpp": 9.0}, 9.0), ({"bpp": 9.0}, whole["jpeg", 50]["bpp"])):
        (tmp_path / "classical.json").write_text(json.dumps({key: kept}))
        found = full_size.Classical(settings, tmp_path).measure(picture)["jpeg", 50]
        assert found["bpp"] == expected and found["ssimulacra2"] == whole["jpeg", 50]["ssimulacra2"]


def test_a_codec_that_pillow_lacks_is_left_out_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(RIVALS, "jpegxl", Rival("NO SUCH", [0], lambda _: {}))
    assert full_size.Classical({"jpegxl": [50], "jpeg": [50]}, tmp_path).settings == [("jpeg", 50)]
    assert "jpegxl" in capsys.readouterr().out


def test_the_curves_and_the_crop_are_drawn(out: Path):
    for name in ("measured.webp", "measured_wide.webp"):
        assert Image.open(out.with_name(name)).width > 300


def test_a_quality_whose_file_is_smaller_than_the_one_before_is_named():
    sizes = np.array([[1.0, 2.0, 3.0], [1.0, 0.5, 0.5]])
    assert full_size.not_rising(sizes, ["a.png", "b.png"]) == [["b.png", 2]]
