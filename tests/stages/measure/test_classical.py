"""Classical codecs through Pillow: whole files, JPEG of a wanted length, lossless digits."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentcodec.rivals import RIVALS, Rival
from stages import lossless_files, metrics
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
    strokes = [Image.fromarray(digit) for digit in digits[:, 0]]
    for files in classical.measure_lossless("digits", {"strokes": strokes}):
        row = metrics.lossless_point(files)
        assert (row["quantiser"], row["mse"], row["ssim"], row["psnr"]) == ("lossless", 0, 1, None)
        assert 0 < row["bpp"] < 8 and row["images"] == 3


@pytest.mark.parametrize("name", lossless_files.CLASSICAL)
def test_a_rival_gives_back_every_kind_of_picture_or_has_nothing_for_it(name: str, photos: np.ndarray):
    colour = Image.fromarray(channels_last(photos[0]))
    hidden = colour.copy()
    hidden.putalpha(Image.fromarray((photos[0, 1] > 128).astype(np.uint8)))
    images = [colour, colour.convert("L"), hidden, colour.convert("1"), colour.quantize(9)]
    measured = lossless_files.measure(name, lossless_files.CLASSICAL[name], "kinds", images)
    assert measured["raw"] == [3 * 4096, 4096, 4 * 4096, 4096 // 8, 4096]
    assert measured["pixels"] == [4096] * 5 and measured["encode_ms"] > 0
    deep = np.ascontiguousarray(channels_last(photos[0]), np.uint16) * 250
    of_16_bits = lossless_files.measure(name, lossless_files.CLASSICAL[name], "deep", [deep, deep[..., 0].copy()])
    assert (of_16_bits == {}) == (name == "webp")


def test_a_codec_that_changes_a_digit_is_no_lossless_one(digits: np.ndarray, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(RIVALS, "webp-lossless", Rival("WEBP", [0], lambda _: {"quality": 1}))
    webp = lossless_files.through_pillow("webp-lossless")
    with pytest.raises(SystemExit, match="webp: a picture of strokes came back changed: the codec is not lossless"):
        lossless_files.measure("webp", webp, "strokes", [Image.fromarray(digit) for digit in digits[:, 0]])


def test_the_stage_writes_rows_and_pictures(
    tmp_path: Path, photos: np.ndarray, digits: np.ndarray, monkeypatch: pytest.MonkeyPatch
):
    for kind, stack in (("photos", photos), ("digits", digits)):
        (tmp_path / "build/data" / kind).mkdir(parents=True)
        np.save(tmp_path / f"build/data/{kind}/test.npy", stack)
        (tmp_path / f"build/data/{kind}/source.json").write_text(json.dumps({"name": f"some {kind}"}))
    sets = classical.lossless_sets
    few = ("some digits", "some photos", "some photos, 16 bits")
    monkeypatch.setattr(
        classical, "lossless_sets", lambda *of: {n: found for n, found in sets(*of).items() if n in few}
    )
    data = {"lossless": None, "drawn": [160, 120], "mirror": None}
    classical.main({"classical": {"jpeg": [20, 80], "webp": [50]}, "data": data}, tmp_path)
    rows, pictures, lossless, exact, files = (
        json.loads((tmp_path / f"build/classical/{name}.json").read_text())
        for name in ("photos", "pictures", "digits", "lossless", "files")
    )
    assert [(row["codec"], row["quality"]) for row in rows] == [("jpeg", 20), ("jpeg", 80), ("webp", 50)]
    assert [row["bpp"] for row in rows] == [8 * sum(of["bytes"]) / 2 / 64**2 for of in pictures]
    assert [row["codec"] for row in lossless] == [*lossless_files.CLASSICAL]
    of_photos = [row["codec"] for row in exact if row["set"] == "some photos"]
    assert of_photos == [*lossless_files.CLASSICAL]
    assert [row["codec"] for row in exact if row["set"] == "some photos, 16 bits"] == [
        name for name in of_photos if name != "webp"
    ]
    rates = [8 * sum(of["bytes"]) / sum(of["pixels"]) for of in files]
    assert [row["bpp"] for row in lossless + exact] == pytest.approx(rates)
