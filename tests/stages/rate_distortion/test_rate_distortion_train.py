"""Training for rate and distortion: it learns, it resumes, and it leaves weights that load."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from miniature import RATE_DISTORTION, Miniature, smooth_pictures
from PIL import Image

import latentcodec
from stages import networks
from stages.datasets.dataset import DataError
from stages.datasets.random_crops import Folders, RandomCrops
from stages.datasets.training_set import TrainingSet, load_training_set
from stages.rate_distortion import trainer as training
from stages.rate_distortion.deployed import DeployedQuantiser
from stages.rate_distortion.loss import RateDistortion
from stages.rate_distortion.optimiser import orthogonalised
from stages.rate_distortion.trainer import Trainer, train
from stages.training.replicas import Replicas

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = RATE_DISTORTION | {"pictures": ["some"], "terms": "made up", "steps": 6}
CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mirror with a folder of pictures."""
    (tmp_path / "some").mkdir()
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.webp"):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((64, 48), Image.Resampling.BICUBIC).save(tmp_path / "some" / name, lossless=True)
    return tmp_path


@pytest.fixture
def save_every_step(monkeypatch):
    monkeypatch.setattr(training, "CHECKPOINT_SECONDS", -1)


@pytest.fixture
def data(folder: Path) -> TrainingSet:
    return load_training_set(SETTINGS, str(folder))


def weights(root: Path) -> dict[str, torch.Tensor]:
    return torch.load(root / "build/mine/weights.pt", weights_only=True)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.usefixtures("save_every_step")
def test_a_killed_training_ends_as_an_uninterrupted_one(data, tmp_path, monkeypatch):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    train("mine", SETTINGS, CPU, data, whole)

    step = Trainer.step

    def killed_in_the_sixth(trainer: Trainer, done: float) -> torch.Tensor:
        if trainer.step_number == 5:
            raise KeyboardInterrupt
        return step(trainer, done)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "step", killed_in_the_sixth)
        with pytest.raises(KeyboardInterrupt):
            train("mine", SETTINGS, CPU, data, killed)
    assert not same(weights(whole), weights(killed))
    train("mine", SETTINGS, CPU, data, killed)
    assert same(weights(whole), weights(killed))
    rows = json.loads((killed / "build/mine/history.json").read_text())
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("save_every_step")
def test_more_steps_lengthen_a_finished_training_and_other_settings_start_anew(data, tmp_path, monkeypatch):
    root = tmp_path / "root"
    train("mine", SETTINGS | {"steps": 2}, CPU, data, root)
    first = []
    step = Trainer.step
    monkeypatch.setattr(
        Trainer, "step", lambda trainer, done: (first.append(trainer.step_number), step(trainer, done))[1]
    )
    train("mine", SETTINGS | {"steps": 4}, CPU, data, root)
    train("mine", SETTINGS | {"steps": 2, "seed": 2}, CPU, data, root)
    assert first == [2, 3, 0, 1]


def test_minutes_in_place_of_steps_are_kept_and_the_learning_rate_falls_to_its_end(data, tmp_path, monkeypatch):
    done = []
    step = Trainer.step
    monkeypatch.setattr(
        Trainer, "step", lambda trainer, share: (done.append(trainer.pace(share)), step(trainer, share))[1]
    )
    train("mine", SETTINGS | {"minutes": 0.05}, CPU, data, tmp_path)
    assert len(done) > 3 and done[-1] < done[len(done) // 2]
    assert json.loads((tmp_path / "build/mine/history.json").read_text())[-1]["minutes"] == pytest.approx(
        0.05, abs=0.05
    )


def test_it_learns_and_goes_on_from_weights_in_half_precision(folder, tmp_path):
    crops = RandomCrops(Folders([folder]), 32)
    trainer = Trainer(SETTINGS | {"steps": 1000}, crops, CPU, Replicas(0, 1))
    x = crops.draw(8, np.random.default_rng(5))
    quality = torch.linspace(1, 100, 8)

    def loss(model: RateDistortion) -> float:
        torch.manual_seed(0)
        with torch.no_grad():
            return float(model(x, quality))

    before = loss(trainer.model)
    for _ in range(12):
        trainer.step(0.0)
    after = loss(trainer.average)
    assert after < 0.97 * before

    torch.save(trainer.weights(), tmp_path / "weights.pt")
    resumed = Trainer(SETTINGS | {"start": str(tmp_path / "weights.pt")}, crops, CPU, Replicas(0, 1))
    assert loss(resumed.model) == pytest.approx(after, rel=0.01)


@pytest.fixture
def dead_zones(variable_rate: Miniature, tmp_path: Path) -> Path:
    np.save(tmp_path / "dead_zones.npy", latentcodec.open(variable_rate.bundle).bundle.tables.gains()[1])
    return tmp_path / "dead_zones.npy"


def test_on_deployed_symbols_the_decoder_alone_learns(variable_rate: Miniature, dead_zones: Path):
    start = {"start": str(variable_rate.root / "build/tiny/weights.pt"), "dead_zones": str(dead_zones)}
    pictures = smooth_pictures(4, 32, seed=3)
    trainer = Trainer(SETTINGS | start, RandomCrops(pictures, 32), CPU, Replicas(0, 1))
    before = trainer.weights()
    loss = trainer.holdout_loss(pictures)
    for _ in range(12):
        trainer.step(0.0)
    changed = {name for name, value in trainer.weights().items() if not torch.equal(value, before[name])}
    parts = {name.split(".")[1] for name in changed}
    assert parts == {"lapped_synthesis", "from_latents", "from_pixels", "refine"}
    assert trainer.holdout_loss(pictures) < loss


@pytest.mark.parametrize("quality", [1, 40, 87.5, 100])
def test_the_deployed_quantiser_in_torch_is_the_codec_s(variable_rate: Miniature, dead_zones: Path, quality: float):
    transform = latentcodec.open(variable_rate.bundle).transform
    network = networks.trained(RATE_DISTORTION["network"], variable_rate.root / "build/tiny/weights.pt")
    latents = transform.analyse(variable_rate.pictures[0][None])
    symbols = transform.gains.quantise(quality, latents)
    decoded = DeployedQuantiser(dead_zones)(torch.from_numpy(latents), torch.tensor([quality]), network.gains)
    np.testing.assert_allclose(decoded.numpy(), transform.gains.dequantise(quality, symbols), rtol=1e-5)


def test_crops_come_from_every_picture_and_half_are_mirrored(folder):
    pictures = [np.full((3, 20, 30), value, np.uint8) for value in (10, 20)]
    for picture in pictures:
        picture[..., 15:] += 100
    drawn = 255 * RandomCrops(pictures, 20).draw(200, np.random.default_rng(0))
    assert drawn.shape == (200, 3, 20, 20)
    assert {round(float(crop.min())) for crop in drawn} == {10, 20}
    rising = int((drawn[:, 0, 0, 0] < drawn[:, 0, 0, -1]).sum())
    assert 70 < rising < 130
    with pytest.raises(DataError, match="a picture of 64x48 is smaller than the crops"):
        RandomCrops(Folders([folder]), 64)


@pytest.mark.parametrize("shape", [(40, 24), (24, 40)])
def test_orthogonalised_keeps_directions_and_evens_their_lengths(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape) @ torch.diag(torch.logspace(0, -1, shape[1]))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalised(matrix[None])[0]
    assert found.shape == matrix.shape
    lengths = (u.T @ found @ v.T).diagonal()
    assert 0.5 < lengths.min() and lengths.max() < 1.5


@pytest.mark.usefixtures("save_every_step")
def test_what_did_best_on_held_out_pictures_is_kept(tmp_path, monkeypatch):
    data = TrainingSet(smooth_pictures(4, 48, seed=1), smooth_pictures(2, 48, seed=2), [], "gradients", "made up")
    losses = iter([3.0, 1.0, 2.0, 2.5, 2.0, 1.5])
    monkeypatch.setattr(Trainer, "holdout_loss", lambda trainer, pictures: next(losses))
    train("mine", SETTINGS | {"holdout": True}, CPU, data, tmp_path / "six")
    rows = json.loads((tmp_path / "six/build/mine/history.json").read_text())
    assert [row["holdout_loss"] for row in rows] == [3.0, 1.0, 2.0, 2.5, 2.0, 1.5]
    train("mine", SETTINGS, CPU, data, tmp_path / "last")
    assert not same(weights(tmp_path / "six"), weights(tmp_path / "last"))


def test_the_held_out_loss_is_that_of_the_average_and_the_same_every_time():
    pictures = smooth_pictures(3, 48, seed=2)
    trainer = Trainer(SETTINGS, RandomCrops(pictures, 32), CPU, Replicas(0, 1))
    before = trainer.holdout_loss(pictures)
    assert trainer.holdout_loss(pictures) == before
    for _ in range(3):
        trainer.step(0.0)
    assert trainer.holdout_loss(pictures) != before


@pytest.mark.usefixtures("save_every_step")
def test_finished_weights_are_taken_as_they_are_with_their_history(data, tmp_path):
    train("mine", SETTINGS | {"steps": 4}, CPU, data, tmp_path / "first")
    for name in ("weights.pt", "history.json"):
        (tmp_path / "first/build/mine" / name).rename(
            tmp_path / name.replace("weights", "kept").replace("history", "kept")
        )
    start = {"start": str(tmp_path / "kept.pt")}
    train("mine", SETTINGS | start | {"steps": 0}, CPU, data, tmp_path / "as_they_are")
    assert same(weights(tmp_path / "as_they_are"), torch.load(tmp_path / "kept.pt", weights_only=True))
    train("mine", SETTINGS | start | {"steps": 2}, CPU, data, tmp_path / "longer")
    rows = json.loads((tmp_path / "longer/build/mine/history.json").read_text())
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]


def test_a_network_without_gains_is_refused():
    with pytest.raises(SystemExit, match="the network 'base' has no gains"):
        RateDistortion.of(SETTINGS | {"network": {"name": "base"}})


def test_folders_are_looked_for_in_the_mirror(folder):
    with pytest.raises(DataError, match=r"data.mirror must name the folder that holds some"):
        load_training_set(SETTINGS, None)
    with pytest.raises(DataError, match="there is no folder"):
        load_training_set(SETTINGS | {"pictures": ["none"]}, str(folder))
    assert load_training_set(SETTINGS, str(folder)).card()["pictures"] == 2
