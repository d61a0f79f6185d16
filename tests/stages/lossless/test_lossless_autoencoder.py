"""The autoencoder that codes digits without loss: its integers are the deployed ones, and every digit comes back."""

from pathlib import Path

import latentcodec_study
import numpy as np
import pytest
import torch

from latentcodec import errors
from stages.lossless import autoencoder as lossless_autoencoder
from stages.networks import digits_lossless
from stages.networks.digits_lossless import LosslessDigitsAutoencoder

pytestmark = pytest.mark.usefixtures("one_thread")
SETTINGS = {"latent_dims": [4], "epochs": 8, "batch": 8, "learning_rate": 0.01, "block": 16, "seed": 1}


def strokes(count: int, seed: int) -> np.ndarray:
    """(count, 1, 28, 28) uint8: a bar with a soft edge, upright or lying, on a background of 0."""
    random = np.random.default_rng(seed)
    pictures = np.zeros((count, 28, 28), np.uint8)
    for picture in pictures:
        start = random.integers(4, 20)
        picture[4:24, start : start + 3], picture[4:24, start + 3] = 255, random.integers(1, 255, 20)
        if random.random() < 0.5:
            picture[:] = picture.T.copy()
    return pictures[:, None]


@pytest.fixture(scope="module")
def network() -> LosslessDigitsAutoencoder:
    return lossless_autoencoder.train(4, SETTINGS, strokes(64, seed=0), torch.device("cpu"))


def test_rust_predicts_what_the_network_was_trained_to_on_every_pixel(network: LosslessDigitsAutoencoder) -> None:
    y = np.random.default_rng(1).integers(-8, 8, (200, 4)).astype(np.int8)
    with torch.inference_mode():
        trained = network.decode(torch.from_numpy(y).float())[:, 0].numpy()
    assert np.array_equal(latentcodec_study.predict(digits_lossless.to_bytes(network), y), trained)
    assert len(np.unique(trained)) > 50, "hardly a prediction"


def test_latents_are_nibbles_and_training_makes_digits_cheaper(network: LosslessDigitsAutoencoder) -> None:
    digits = strokes(32, seed=2)
    y = lossless_autoencoder.latents(network, digits)
    assert y.shape == (32, 4)
    assert y.dtype == np.int8
    assert y.min() >= -8
    assert y.max() <= 7
    x = torch.from_numpy(digits).float() / 255
    untrained = LosslessDigitsAutoencoder(4).eval()
    before, after = (digits_lossless.bits(each.decode(each.encode(x)), x) for each in (untrained, network))
    assert after < before / 2


def test_every_row_is_of_digits_that_came_back(tmp_path: Path) -> None:
    data = tmp_path / "build/data/digits"
    data.mkdir(parents=True)
    for part, count in (("train", 64), ("test", 40)):
        np.save(data / f"{part}.npy", strokes(count, seed=count))
    rows = lossless_autoencoder.measure({"lossless_autoencoder": SETTINGS, "device": "cpu"}, tmp_path)
    assert [(row["codec"], row["knows"]) for row in rows] == [
        ("handwriting", "handwriting"),
        ("digits_lossless_ae", "prediction"),
        ("digits_lossless_ae", "prediction and handwriting"),
    ]
    assert all(row["quantiser"] == "lossless" and row["images"] == 40 and 0 < row["bpp"] < 8 for row in rows)
    assert rows[1]["latent_dim"] == 4
    assert 0 < rows[1]["latent_bpp"] < 16 / 784
    assert 0 < rows[1]["mse_predicted"] < 0.2


@pytest.mark.parametrize("handwriting", [False, True])
def test_digits_come_back_and_damaged_ones_are_refused(network: LosslessDigitsAutoencoder, handwriting: bool) -> None:
    learnt, digits = strokes(64, seed=3), strokes(20, seed=4)
    y = lossless_autoencoder.latents(network, digits)
    of_learnt = lossless_autoencoder.latents(network, learnt)
    coder = latentcodec_study.PredictedDigits.train(
        digits_lossless.to_bytes(network), handwriting, of_learnt, learnt[:, 0]
    )
    stream = coder.encode(y, digits[:, 0])
    again, decoded = coder.decode(20, stream)
    assert np.array_equal(again, y)
    assert np.array_equal(decoded, digits[:, 0])
    for damaged in (stream[:-1], stream[:20], stream[:2], stream + b"\0", stream[:9] + b"\x55" + stream[10:]):
        with pytest.raises(errors.LatentCodecError):
            coder.decode(20, damaged)


def test_what_is_no_predictor_or_no_digits_is_refused(network: LosslessDigitsAutoencoder) -> None:
    predictor, y, pixels = digits_lossless.to_bytes(network), np.zeros((2, 4), np.int8), strokes(2, seed=5)[:, 0]
    with pytest.raises(errors.TruncatedError):
        latentcodec_study.predict(predictor[:-1], y)
    with pytest.raises(errors.FormatError, match="follow after the end"):
        latentcodec_study.predict(predictor + b"\0", y)
    with pytest.raises(errors.FormatError, match="a bias of"):
        latentcodec_study.predict(predictor[:-1] + b"\x7f", y)
    with pytest.raises(ValueError, match="5 latents, 4 expected"):
        latentcodec_study.predict(predictor, np.zeros((2, 5), np.int8))
    with pytest.raises(ValueError, match="no whole digits"):
        latentcodec_study.PredictedDigits.train(predictor, True, y, pixels[:1])
    with pytest.raises(ValueError, match="latent 8 is outside"):
        latentcodec_study.PredictedDigits.train(predictor, True, y + np.int8(8), pixels)
