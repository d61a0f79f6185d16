"""Whole photographs: real files, curves against the classical codecs, and every quality's length."""

import json
from pathlib import Path

import numpy as np
import pytest
from miniature import Miniature
from PIL import Image

import latentcodec
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
    params = {"classical": {"jpeg": [5, 50, 90], "webp": [5, 90]}, "evaluate": {"qualities": [5, 50, 95]}}
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
    assert [row["against"] for row in found["bd_rates"][::3]] == ["static", "jpeg", "webp"]
    assert len(found["bpp_of_every_quality"]) == 100
    assert found["bpp_of_every_quality"][0] < found["bpp_of_every_quality"][-1]


def test_the_curves_and_the_crop_are_drawn(out: Path):
    for name in ("measured.webp", "measured_wide.webp"):
        assert Image.open(out.with_name(name)).width > 300


def test_a_quality_whose_file_is_smaller_than_the_one_before_is_named():
    sizes = np.array([[1.0, 2.0, 3.0], [1.0, 0.5, 0.5]])
    assert full_size.not_rising(sizes, ["a.png", "b.png"]) == [["b.png", 2]]
