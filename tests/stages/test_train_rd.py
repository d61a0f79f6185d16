"""Training ``photo``: it learns, it resumes, and it leaves weights that load."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stages import train_photo
from stages.calibrate_photo import calibrate
from stages.datasets.dataset import DataError
from stages.datasets.random_crops import Folders, RandomCrops
from stages.networks.photo import PhotoAutoencoder
from stages.optimiser import orthogonalised
from stages.rate_distortion import RateDistortion
from stages.train_photo import PhotoTrainer, train

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {
    "network": {"levels": 4, "lambdas": [0.001, 0.1], "widths": [32, 64]},
    "pictures": ["some"],
    "steps": 6,
    "batch": 1,
    "crop": 32,
    "learning_rate": 0.0006,
    "warm_up": 2,
    "average": 0.999,
    "precision": "float32",
    "seed": 1,
    "start": None,
}
CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "some").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.webp"):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((64, 48), Image.Resampling.BICUBIC).save(tmp_path / "some" / name, lossless=True)
    return tmp_path


@pytest.fixture
def save_every_second_step(monkeypatch):
    monkeypatch.setattr(train_photo, "CHECKPOINT_SECONDS", -1)
    monkeypatch.setattr(train_photo, "HISTORY_STEPS", 2)


def weights(root: Path) -> dict[str, torch.Tensor]:
    return torch.load(root / "build/photo/weights.pt", weights_only=True)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("save_every_second_step")
def test_a_killed_training_ends_as_an_uninterrupted_one(folder, tmp_path, monkeypatch):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train(SETTINGS, CPU, folder, whole)

    step = PhotoTrainer.step

    def killed_in_the_sixth(trainer: PhotoTrainer) -> float:
        if trainer.step_number == 5:
            raise KeyboardInterrupt
        return step(trainer)

    with monkeypatch.context() as patch:
        patch.setattr(PhotoTrainer, "step", killed_in_the_sixth)
        with pytest.raises(KeyboardInterrupt):
            train(SETTINGS, CPU, folder, killed)
    assert not same(weights(whole), weights(killed))
    train(SETTINGS, CPU, folder, killed)
    assert same(weights(whole), weights(killed))
    rows = json.loads((killed / "build/photo/history.json").read_text())
    assert [row["step"] for row in rows] == [2, 4, 6]


@pytest.mark.usefixtures("save_every_second_step")
def test_more_steps_lengthen_a_finished_training_and_other_settings_start_anew(folder, tmp_path, monkeypatch):
    root = tmp_path / "root"
    train(SETTINGS | {"steps": 2}, CPU, folder, root)
    first = []
    step = PhotoTrainer.step
    monkeypatch.setattr(PhotoTrainer, "step", lambda trainer: (first.append(trainer.step_number), step(trainer))[1])
    train(SETTINGS | {"steps": 4}, CPU, folder, root)
    train(SETTINGS | {"steps": 2, "seed": 2}, CPU, folder, root)
    assert first == [2, 3, 0, 1]


def test_it_learns_and_goes_on_from_weights_in_half_precision(folder, tmp_path):
    crops = RandomCrops(Folders([folder]), 32)
    trainer = PhotoTrainer(SETTINGS | {"steps": 1000}, crops, CPU, train_photo.Replicas(0, 1))
    x = crops.draw(8, np.random.default_rng(5)) / 255
    quality = torch.linspace(1, 100, 8)

    def loss(model: RateDistortion) -> float:
        torch.manual_seed(0)
        with torch.no_grad():
            return float(model(x, quality))

    before = loss(trainer.model)
    for _ in range(12):
        trainer.step()
    after = loss(trainer.average)
    assert after < 0.97 * before

    torch.save(trainer.weights(), tmp_path / "weights.pt")
    resumed = PhotoTrainer(SETTINGS | {"start": str(tmp_path / "weights.pt")}, crops, CPU, train_photo.Replicas(0, 1))
    assert loss(resumed.model) == pytest.approx(after, rel=0.01)


@torch.inference_mode()
def test_what_is_measured_is_what_a_codec_would_decode():
    model = RateDistortion(PhotoAutoencoder(), "float32").eval()
    x = torch.rand(2, 3, 32, 48)
    low, high = (model.deployed_passage(x, torch.tensor([quality] * 2)) for quality in (5.0, 95.0))
    assert low.mse.shape == low.bits_per_pixel.shape == (2,)
    assert (low.mse > high.mse).all() and (low.bits_per_pixel < high.bits_per_pixel).all()


def test_crops_come_from_every_picture_and_half_are_mirrored(folder):
    pictures = [np.full((3, 20, 30), value, np.uint8) for value in (10, 20)]
    for picture in pictures:
        picture[..., 15:] += 100
    drawn = RandomCrops(pictures, 20).draw(200, np.random.default_rng(0))
    assert drawn.shape == (200, 3, 20, 20)
    assert {int(crop.min()) for crop in drawn} == {10, 20}
    rising = int((drawn[:, 0, 0, 0] < drawn[:, 0, 0, -1]).sum())
    assert 70 < rising < 130
    with pytest.raises(DataError, match="a picture of 64x48 is smaller than the crops"):
        RandomCrops(Folders([folder]), 64).draw(1, np.random.default_rng(0))


@pytest.mark.parametrize("shape", [(40, 24), (24, 40)])
def test_orthogonalised_keeps_directions_and_evens_their_lengths(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape) @ torch.diag(torch.logspace(0, -1, shape[1]))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalised(matrix)
    assert found.shape == matrix.shape
    lengths = (u.T @ found @ v.T).diagonal()
    assert 0.5 < lengths.min() and lengths.max() < 1.5


def test_calibration_makes_rounded_symbols_cheaper_and_leaves_the_network_alone(folder):
    torch.manual_seed(0)
    model = RateDistortion(PhotoAutoencoder(widths=(32, 64)), "float32")
    crops = RandomCrops(Folders([folder]), 32)
    x, quality = crops.draw(4, np.random.default_rng(5)) / 255, torch.linspace(1, 100, 4)
    before = model.deployed_passage(x, quality)
    calibrate(model, crops, 2, 0.0006, steps=10)
    after = model.deployed_passage(x, quality)
    assert after.bits_per_pixel.mean() < 0.97 * before.bits_per_pixel.mean()
    assert torch.equal(after.mse, before.mse)
