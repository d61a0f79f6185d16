"""Training: it learns, it keeps the best epoch, it survives a kill, and it says clearly what it cannot do."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from stages.bits.train import Trainer, augmented, latent_noise, train
from stages.training.checkpoint import Checkpoint
from stages.training.device import autocast, choose_device

ROOT = Path(__file__).parents[3]

# noise, crops and batch normalisation: all that a resumed training could draw or keep differently
PHOTO = {
    "network": {"name": "residual", "activation": "relu"},
    "data": "photos",
    "noise": {"low": -1.0, "high": 1.0, "bits": 2},
    "epochs": 4,
    "batch": 4,
    "crop": 8,
    "learning_rate": 0.001,
    "precision": "float32",
    "seed": 1,
}
DIGITS = PHOTO | {
    "network": {"name": "digits", "latent_dim": 8},
    "data": "digits",
    "noise": None,
    "crop": None,
    "epochs": 8,
}


def params(**train: dict) -> dict:
    return {"device": "cpu", "train": train}


pytestmark = pytest.mark.usefixtures("one_thread")


def write_data(root: Path) -> None:
    """Gradients to learn from, of 16x16 RGB and 28x28 grey."""
    rng = np.random.default_rng(0)
    for kind, channels, size in (("photos", 3, 16), ("digits", 1, 28)):
        folder = root / "build/data" / kind
        folder.mkdir(parents=True)
        for part, count in (("train", 8), ("holdout", 4)):
            slopes = rng.uniform(0, 255 / size, (count, channels, 1, 1))
            np.save(folder / f"{part}.npy", (slopes * np.arange(size)[:, None] * np.ones(size)).astype(np.uint8))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_data(tmp_path)
    return tmp_path


def history(root: Path, codec: str, metric: str) -> list[float]:
    lines = (root / f"build/{codec}/live/plots/metrics/{metric}.tsv").read_text().splitlines()[1:]
    return [float(line.split("\t")[1]) for line in lines]


def same_weights(one: Path, other: Path) -> bool:
    a, b = (torch.load(path / "weights.pt", weights_only=True) for path in (one, other))
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_training_reduces_the_loss(root):
    train("digits", params(digits=DIGITS | {"epochs": 20, "learning_rate": 0.01}), root)
    losses = history(root, "digits", "train_loss")
    assert len(losses) == 20
    assert losses[-1] < losses[0] / 2


def test_a_killed_and_resumed_training_gives_the_weights_of_an_uninterrupted_one(root, tmp_path_factory):
    # SIGKILL in the middle of writing the third epoch's checkpoint, which is left half-written
    killed = f"""
import os, signal, torch
from pathlib import Path
from stages.bits.train import train

saves, save = [], torch.save

def save_or_die(state, path):
    saves.append(path)
    save(state, path)
    if len(saves) == 3:
        os.truncate(path, 1000)
        os.kill(os.getpid(), signal.SIGKILL)

torch.save = save_or_die
train("photo", {params(photo=PHOTO)!r}, Path({str(root)!r}))
"""
    run = subprocess.run(
        [sys.executable, "-c", killed], cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True
    )
    assert run.returncode == -signal.SIGKILL, run.stderr.decode()
    assert not (root / "build/photo/weights.pt").exists()
    train("photo", params(photo=PHOTO), root)

    uninterrupted = tmp_path_factory.mktemp("uninterrupted")
    write_data(uninterrupted)
    train("photo", params(photo=PHOTO), uninterrupted)

    assert same_weights(root / "build/photo", uninterrupted / "build/photo")
    for metric in ("train_loss", "holdout_loss"):
        assert history(root, "photo", metric) == history(uninterrupted, "photo", metric)


def test_a_resumed_training_repeats_no_epoch(root, monkeypatch):
    trained = []
    epoch = Trainer.epoch

    def interrupted(self, number):
        if number == 2 and 2 not in trained:
            trained.append(2)
            raise KeyboardInterrupt
        trained.append(number)
        return epoch(self, number)

    monkeypatch.setattr(Trainer, "epoch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train("digits", params(digits=DIGITS | {"epochs": 4}), root)
    train("digits", params(digits=DIGITS | {"epochs": 4}), root)
    assert trained == [0, 1, 2, 2, 3]
    assert len(history(root, "digits", "train_loss")) == 4


def test_a_finished_training_gives_its_outputs_again_without_training(root, monkeypatch):
    settings = params(digits=DIGITS | {"epochs": 2})
    train("digits", settings, root)
    kept = (root / "build/digits/weights.pt").rename(root / "kept.pt")
    monkeypatch.setattr(Trainer, "epoch", lambda *_: pytest.fail("trained again"))
    train("digits", settings, root)
    first, again = (torch.load(path, weights_only=True) for path in (kept, root / "build/digits/weights.pt"))
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_weights_are_those_of_the_epoch_that_did_best_on_the_pictures_held_out(root, monkeypatch):
    losses = iter([0.5, 0.2, 0.4, 0.3])
    states = []

    def holdout_loss(self):
        states.append({name: value.clone() for name, value in self.network.state_dict().items()})
        return next(losses)

    monkeypatch.setattr(Trainer, "holdout_loss", holdout_loss)
    train("digits", params(digits=DIGITS | {"epochs": 4}), root)
    weights = torch.load(root / "build/digits/weights.pt", weights_only=True)
    assert all(weights[name].dtype == torch.float16 for name in weights)
    matches = [all(torch.equal(weights[name], state[name].half()) for name in state) for state in states]
    assert matches == [False, True, False, False]


def test_only_the_same_parameters_and_data_share_a_checkpoint(tmp_path):
    data = [tmp_path / "train.npy"]
    data[0].write_bytes(b"pictures")
    own = Checkpoint.of("ae2", PHOTO, data, tmp_path)
    own.save({"history": [1]})
    assert Checkpoint.of("ae2", dict(reversed(PHOTO.items())), data, tmp_path).load() == {"history": [1]}
    others = [PHOTO | {"seed": 2}, PHOTO | {"epochs": 5}, PHOTO | {"noise": None}]
    assert [Checkpoint.of("ae2", other, data, tmp_path).load() for other in others] == [None] * 3
    assert Checkpoint.of("ae1", PHOTO, data, tmp_path).load() is None
    data[0].write_bytes(b"other pictures")
    assert Checkpoint.of("ae2", PHOTO, data, tmp_path).load() is None


def test_another_seed_trains_other_weights(root):
    for codec, seed in (("one", 1), ("two", 2)):
        train(codec, params(**{codec: DIGITS | {"epochs": 1, "seed": seed}}), root)
    assert not same_weights(root / "build/one", root / "build/two")


def test_noise_is_drawn_anew_and_stays_within_its_bounds():
    y = torch.full((2, 3, 4, 4), 8.0)
    first, second = (latent_noise(y, {"low": -1.0, "high": 0.5, "bits": 2}) for _ in range(2))
    assert first.shape == y.shape and not torch.equal(first, second)
    assert -1 <= first.min() < -0.8 and 0.3 < first.max() < 0.5  # half a bin: 8 / 2^3 = 1
    assert not latent_noise(y, None).any()


def test_photographs_are_cropped_alike_and_mirrored_one_by_one():
    batch = torch.arange(6, dtype=torch.uint8).repeat(64, 1, 6, 1)  # every row 0 1 2 3 4 5
    torch.manual_seed(0)
    cropped = augmented(batch, 4)
    assert cropped.shape == (64, 1, 4, 4)
    rows = {tuple(row) for row in cropped[:, 0, 0].tolist()}
    assert len(rows) == 2 and {row[::-1] for row in rows} == rows
    assert augmented(batch, None) is batch


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        (DIGITS | {"data": "nosuch"}, "run python -m stages.prepare nosuch first"),
        (DIGITS | {"precision": "float8"}, "precision: 'float8' is neither"),
        (PHOTO | {"crop": 17}, "crop: 17 is larger than the pictures"),
        (DIGITS | {"learning_rate": 1e30}, "no longer finite"),
    ],
)
def test_settings_that_cannot_work_are_one_clear_line(root, settings, line):
    with pytest.raises(SystemExit, match=line) as stopped:
        train("codec", params(codec=settings), root)
    assert "\n" not in str(stopped.value)
    assert not (root / "build/codec/weights.pt").exists()


def test_an_unknown_codec_is_named(root):
    with pytest.raises(SystemExit, match="'ae9' is none of ae1, ae2"):
        train("ae9", params(ae1=PHOTO, ae2=PHOTO), root)


def test_cuda_without_a_gpu_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="cuda was asked for, but torch finds none here"):
        choose_device("cuda")
    with pytest.raises(SystemExit, match="'tpu' is none of auto, cpu, cuda, mps"):
        choose_device("tpu")


def test_auto_takes_the_gpu_where_there_is_one(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for there, device in ((True, "cuda"), (False, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: there)
        assert choose_device("auto").type == device


@pytest.mark.parametrize(("processor", "computed"), [("AVX512", torch.bfloat16), ("AVX2", torch.float32)])
def test_bf16_computes_in_bfloat16_where_it_is_fast_and_keeps_float32_weights(processor, computed, monkeypatch):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: processor)
    layer = torch.nn.Conv2d(1, 1, 1)
    with autocast(torch.device("cpu"), "bf16"):
        assert layer(torch.ones(1, 1, 2, 2)).dtype == computed
    assert layer.weight.dtype == torch.float32
