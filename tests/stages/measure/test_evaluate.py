"""Evaluating the deployed codec: real files, real pictures, one row per setting."""

import json
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import numpy as np
import pytest

import latentcodec
from stages.measure import digits as evaluate_digits
from stages.measure import photos as evaluate_photos


@pytest.fixture(scope="module")
def evaluated(miniature) -> Path:
    """build/tiny/evaluation of the miniature study."""
    evaluate_photos.main("tiny", {**miniature.params, "evaluate": {"samples": [2, 0], "qualities": []}}, miniature.root)
    return miniature.root / "build/tiny/evaluation"


def read(path: Path) -> list[dict]:
    return json.loads(path.read_text())


def test_every_setting_of_the_bundle_has_a_row(evaluated: Path):
    rows = read(evaluated / "points.json")
    settings = {(row["quantiser"], row["bits"], row["entropy"]) for row in rows}
    assert len(rows) == len(settings) == 4 * 3 * 3
    assert {row["images"] for row in rows} == {3}


def test_rates_are_the_lengths_of_the_files_that_the_codec_writes(evaluated: Path, miniature):
    codec = latentcodec.open(miniature.bundle)
    for coded, row in zip(read(evaluated / "pictures.json"), read(evaluated / "points.json"), strict=True):
        setting = {key: coded[key] for key in ("quantiser", "bits", "entropy")}
        assert coded["bytes"] == [len(codec.encode(picture, **setting)) for picture in miniature.pictures]
        assert row["bpp"] * 48 * 48 * 3 == pytest.approx(8 * sum(coded["bytes"]), abs=1e-6)


def test_distortions_are_those_of_the_decoded_files(evaluated: Path, miniature):
    codec = latentcodec.open(miniature.bundle)
    coded = read(evaluated / "pictures.json")[-1]
    picture = miniature.pictures[1]
    data = codec.encode(picture, **{key: coded[key] for key in ("quantiser", "bits", "entropy")})
    error = (codec.decode_array(data).astype(float) - picture) / 255
    assert coded["mse"][1] == pytest.approx(np.mean(error**2), rel=1e-5)


def test_samples_are_kept_in_the_order_asked_for(evaluated: Path, miniature):
    kept = np.load(evaluated / "reconstructions.npz")
    assert kept["sample"].tolist() == [2, 0]
    assert np.array_equal(kept["original"], miniature.pictures[[2, 0]].transpose(0, 3, 1, 2))
    codec = latentcodec.open(miniature.bundle)
    decoded = codec.decode_array(codec.encode(miniature.pictures[2], quantiser="vector", bits=2))
    assert np.array_equal(kept["vector_2"][0], decoded.transpose(2, 0, 1))


def test_a_sample_that_is_not_there_is_named(miniature):
    with pytest.raises(SystemExit, match=r"evaluate.samples: \[0, 3\] .* the 3 test pictures"):
        evaluate_photos.main("tiny", {"evaluate": {"samples": [0, 3]}}, miniature.root)


def test_every_quantiser_and_entropy_model_is_timed(evaluated: Path):
    rows = read(evaluated / "timings.json")
    assert len(rows) == 4 * 3
    assert all(row["encode_ms"] > 0 and row["decode_ms"] > 0 and row["bits"] == 2 for row in rows)


def test_the_networks_run_once_for_a_picture_and_once_for_its_symbols(miniature):
    codec, caching = latentcodec.open(miniature.bundle), latentcodec.open(miniature.bundle)
    caching.transform = evaluate_photos.CachingTransform(caching.transform)
    runs = Mock(side_effect=caching.transform._transform._networks._run)
    caching.transform._transform._networks._run = runs
    for picture in (*miniature.pictures, miniature.pictures[0]):
        for entropy in ("static", "adaptive"):
            data = caching.encode(picture, quantiser="min_max", bits=2, entropy=entropy)
            assert data == codec.encode(picture, quantiser="min_max", bits=2, entropy=entropy)
            assert np.array_equal(caching.decode_array(data), codec.decode_array(data))
    names = [call.args[0] for call in runs.call_args_list]
    assert names.count("encoder.onnx") == len(miniature.pictures)
    assert names.count("decoder.onnx") == len(miniature.pictures) + 1  # only the last picture is kept


def test_a_variable_rate_bundle_is_measured_at_the_qualities_asked_for(variable_rate):
    asked = {"samples": [1], "qualities": [5, 95]}
    evaluate_photos.main("tiny", {**variable_rate.params, "evaluate": asked}, variable_rate.root)
    folder = variable_rate.root / "build/tiny/evaluation"
    rows = read(folder / "points.json")
    points = [(row["quantiser"], row["bits"], row["quality"], row["entropy"]) for row in rows]
    assert points == [("gained", None, quality, entropy) for quality in (5, 95) for entropy in ("context", "static")]
    codec = latentcodec.open(variable_rate.bundle)
    files = [codec.encode(picture, quality=95) for picture in variable_rate.pictures]
    assert read(folder / "pictures.json")[2]["bytes"] == [len(file) for file in files]
    kept = np.load(folder / "reconstructions.npz")
    assert np.array_equal(kept["gained_95"][0], codec.decode_array(files[1]).transpose(2, 0, 1))
    assert [(row["quality"], row["entropy"]) for row in read(folder / "timings.json")] == [
        (95, "context"), (95, "static")]  # fmt: skip


class FakeCodec:
    """Digits as raw bytes; the adaptive model may lose something."""

    def __init__(self, loss: int) -> None:
        self.loss = loss
        facts = {"quantisers": {"min_max": [2, 3]}, "entropy": ["adaptive", "static"], "variable_rate": False}
        self.bundle = SimpleNamespace(facts=SimpleNamespace(**facts))

    def encode(self, picture: np.ndarray, *, quantiser: str, bits: int, entropy: str) -> bytes:
        changed = picture ^ np.uint8(self.loss if entropy == "adaptive" else 0)
        return bytes(picture.shape) + changed.tobytes() + bytes(bits)

    def decode_array(self, data: bytes) -> np.ndarray:
        height, width, channels = data[:3]
        return np.frombuffer(data, np.uint8, height * width * channels, 3).reshape(height, width, channels)

    def encode_pack(self, digits: np.ndarray, *, quantiser: str, bits: int, entropy: str, block: int) -> bytes:
        changed = digits ^ np.uint8(self.loss if entropy == "adaptive" else 0)
        return changed.tobytes() + bytes(len(digits) // block)

    def decode_pack(self, data: bytes) -> np.ndarray:
        return np.frombuffer(data, np.uint8, len(data) // 784 * 784).reshape(-1, 28, 28).copy()


def test_each_entropy_model_is_measured_by_what_its_own_files_decode_to():
    photos = np.full((2, 3, 16, 16), 90, np.uint8)
    rows, stacks = evaluate_photos.measure("fake", FakeCodec(1), photos, [])
    assert [(row["entropy"], row["mse"][0] > 0) for row in rows[:2]] == [("adaptive", True), ("static", False)]
    assert np.array_equal(stacks["min_max_2"], photos ^ 1)


def test_entropy_models_that_decode_to_different_digits_are_an_error():
    digits = np.full((4, 1, 28, 28), 90, np.uint8)
    with pytest.raises(SystemExit, match=r"fake: min_max b=2: the entropy models decode to different digits"):
        evaluate_digits.measure("fake", FakeCodec(1), digits, {"ssim_digits": 4, "block": 2}, {})


def test_a_pack_counts_as_one_file_and_every_digit_is_measured():
    digits = np.random.default_rng(0).integers(0, 256, (6, 1, 28, 28)).astype(np.uint8)
    settings, more = {"ssim_digits": 4, "block": 2}, {"latent_dim": 8, "mse_float": 0.25}
    rows, times, stacks = evaluate_digits.measure("fake", FakeCodec(0), digits, settings, more)
    assert [(row["bits"], row["entropy"]) for row in rows[:2]] == [(2, "adaptive"), (2, "static")]
    assert rows[0]["bpp"] == 8 * (6 * 784 + 3) / (6 * 784)
    assert (rows[0]["images"], rows[0]["latent_dim"], rows[0]["mse_float"]) == (6, 8, 0.25)
    assert rows[0]["ms_ssim"] is None and rows[0]["mse"] == 0
    assert np.array_equal(stacks["min_max_3"], digits)
    assert len(times) == 4


def test_ssim_of_digits_is_measured_on_the_first_only():
    digits = np.full((6, 1, 28, 28), 90, np.uint8)
    decoded = digits.copy()
    decoded[3:] = 200
    measured = evaluate_digits.distortions(digits, decoded, ssim_digits=3)
    assert measured["ssim"].tolist() == [1, 1, 1]
    assert measured["mse"][3:] == pytest.approx([(110 / 255) ** 2] * 3)


def test_the_error_of_the_networks_alone_rounds_nothing(miniature):
    codec = latentcodec.open(miniature.bundle)
    grey = SimpleNamespace(analyse=lambda digits: codec.analyse(np.repeat(digits[..., None], 3, axis=3)))
    digits = miniature.pictures[..., 0]
    found = evaluate_digits.float_mse(grey, miniature.bundle / "decoder.onnx", digits)
    rounded = codec.synthesise(grey.analyse(digits), 48, 48)[..., 0]
    assert found == pytest.approx(np.mean((rounded / 255 - digits / 255) ** 2), rel=1e-2)
    assert found != np.mean((rounded / 255 - digits / 255) ** 2)
