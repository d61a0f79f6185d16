"""Classical codecs through Pillow: whole files, JPEG of a wanted length, lossless digits."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentcodec.rivals import RIVALS, Rival
from stages import metrics
from stages.channels import channels_last
from stages.measure import classical


@pytest.fixture
def photos() -> np.ndarray:
    """(2, 3, 64, 64) uint8 with texture."""
    random = np.random.default_rng(0)
    coarse = random.normal(128, 50, (2, 3, 16, 16)).repeat(4, -1).repeat(4, -2)
    return (coarse + random.normal(0, 6, coarse.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture
def digits() -> np.ndarray:
    strokes = np.zeros((3, 1, 28, 28), np.uint8)
    strokes[:, :, 6:22, 10:14] = 220
    strokes[1, :, 6:10, 6:20] = 255
    return strokes


@pytest.mark.parametrize(
    ("codec", "low", "high"), [("jpeg", 10, 90), ("webp", 10, 90), ("avif", 20, 90), ("jpeg2000", 80, 12)]
)
def test_more_bytes_buy_more_quality(codec: str, low: float, high: float, photos: np.ndarray):
    cheap, dear = (classical.measure_lossy(codec, quality, photos) for quality in (low, high))
    assert sum(cheap["bytes"]) < sum(dear["bytes"])
    assert np.mean(cheap["psnr"]) < np.mean(dear["psnr"])
    assert cheap["bytes"] == [len(RIVALS[codec].encode(channels_last(photo), low)) for photo in photos]


def test_files_are_what_they_are_called(photos: np.ndarray):
    kinds = {"jpeg": "JPEG", "webp": "WEBP", "avif": "AVIF", "jpeg2000": "JPEG2000"}
    for codec, kind in kinds.items():
        assert Image.open(io.BytesIO(RIVALS[codec].encode(channels_last(photos[0]), 30))).format == kind


def test_decoding_gives_channels_first(photos: np.ndarray):
    photos[0, 0, :32] = 250
    decoded = classical.decode(RIVALS["jpeg"].encode(channels_last(photos[0]), 95), 3)
    assert decoded.shape == (3, 64, 64)
    assert np.abs(decoded.mean(axis=2) - photos[0].mean(axis=2)).mean() < 5


@pytest.mark.parametrize("size", [1, 800, 1500, 10**6])
def test_a_matched_jpeg_is_as_near_as_any_quality(size: int, photos: np.ndarray):
    lengths = [len(RIVALS["jpeg"].encode(channels_last(photos[0]), quality)) for quality in range(1, 96)]
    found = len(RIVALS["jpeg"].match(channels_last(photos[0]), size)[1])
    assert found in lengths
    # Lengths do not grow strictly with quality, so that bisection may miss the very nearest by a few bytes.
    assert abs(found - size) <= min(abs(length - size) for length in lengths) + 8


def test_lossless_rows_are_exact(digits: np.ndarray):
    for codec in ("png", "webp", "jpegxl"):
        row = metrics.exact_point(classical.measure_lossless(codec, "strokes", list(digits[:, 0])))
        assert (row["codec"], row["quantiser"], row["mse"], row["ssim"], row["psnr"]) == (codec, "lossless", 0, 1, None)
        assert 0 < row["bpp"] < 8 and row["images"] == 3


def test_a_codec_that_changes_a_digit_is_no_lossless_one(digits: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(classical.LOSSLESS, "webp", Rival("WEBP", [0], lambda _: {"quality": 1}))
    with pytest.raises(SystemExit, match="webp is not lossless"):
        classical.measure_lossless("webp", "strokes", list(digits[:, 0]))


def test_the_stage_writes_rows_and_pictures(tmp_path: Path, photos: np.ndarray, digits: np.ndarray):
    for kind, stack in (("photos", photos), ("digits", digits)):
        (tmp_path / "build/data" / kind).mkdir(parents=True)
        np.save(tmp_path / f"build/data/{kind}/test.npy", stack)
        (tmp_path / f"build/data/{kind}/source.json").write_text(json.dumps({"name": f"some {kind}"}))
    classical.main({"classical": {"jpeg": [20, 80], "webp": [50]}, "data": {"grey": None, "mirror": None}}, tmp_path)
    rows, pictures, lossless, grey, files = (
        json.loads((tmp_path / f"build/classical/{name}.json").read_text())
        for name in ("photos", "pictures", "digits", "grey", "lossless")
    )
    assert [(row["codec"], row["quality"]) for row in rows] == [("jpeg", 20), ("jpeg", 80), ("webp", 50)]
    assert [row["bpp"] for row in rows] == [8 * sum(of["bytes"]) / 2 / 64**2 for of in pictures]
    assert [row["codec"] for row in lossless] == ["png", "webp", "jpegxl"]
    assert [(row["codec"], row["set"]) for row in grey] == [(row["codec"], "some photos") for row in lossless]
    rates = [8 * sum(of["bytes"]) / sum(of["pixels"]) for of in files]
    assert [row["bpp"] for row in lossless + grey] == pytest.approx(rates)
