"""Train a codec for rate and distortion together: ``python -m stages.rate_distortion.train photo``.

``photo`` is a block of params.yaml: rate_distortion.

Writes build/<codec>/weights.pt (network and rate model, the average of the weights, in half precision) and history.json
at every checkpoint. Kill it whenever you like: the next run goes on from the last checkpoint, exactly as if it had not
been killed. More ``steps`` lengthen a training that is running or finished; a ``start`` from finished weights goes on
with their history. Several GPUs: ``torchrun --nproc-per-node 4 -m stages.rate_distortion.train photo``; each takes
``batch`` crops.
"""

import copy
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from stages.datasets.dataset import DataError
from stages.datasets.random_crops import RandomCrops
from stages.datasets.training_set import LearntFrom, learnt_from
from stages.networks.layers.gained import HIGHEST_QUALITY
from stages.params import load_params
from stages.rate_distortion.loss import RateDistortion
from stages.rate_distortion.optimiser import Optimiser
from stages.replacing import replacing
from stages.training.checkpoint import Checkpoint
from stages.training.device import choose_device
from stages.training.replicas import Replicas

CHECKPOINT_SECONDS = 180
HISTORY_STEPS = 100


class Trainer:
    """The network with its rate model, their average, the optimiser and the crops, a step at a time."""

    def __init__(self, settings: dict, crops: RandomCrops, device: torch.device, replicas: Replicas) -> None:
        self.settings, self.crops, self.device, self.replicas = settings, crops, device, replicas
        torch.manual_seed(settings["seed"])
        model = RateDistortion.of(settings)
        if settings["start"]:
            model.load_state_dict(torch.load(settings["start"], weights_only=True))
        self.model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.loss = replicas.wrap(self.model)
        self.optimiser = Optimiser(self.model, settings["learning_rate"])
        self.step_number = 0

    def step(self) -> float:
        """One step, seeded by its number, so that a resumed run repeats an uninterrupted one. Returns the loss."""
        rng = np.random.default_rng([self.settings["seed"], self.step_number, self.replicas.rank])
        torch.manual_seed(int(rng.integers(2**62)))
        x = self._pixels(self.crops.draw(self.settings["batch"], rng))
        quality = torch.from_numpy(rng.uniform(1, HIGHEST_QUALITY, len(x))).to(self.device, torch.float32)
        loss = self.loss(x, quality)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step(self.pace())
        self.step_number += 1
        self._update_average()
        return loss.item()

    def pace(self) -> float:
        """The share of the learning rate at this step: rising at first, constant, falling in the last third."""
        done = self.step_number / self.settings["steps"]
        return min(1.0, (self.step_number + 1) / self.settings["warm_up"], max(0.02, (1 - done) * 3))

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.settings["average"], self.step_number / (self.step_number + 10))
        for average, now in zip(self.average.parameters(), self.model.parameters(), strict=True):
            average.lerp_(now, 1 - keep)

    @torch.no_grad()
    def holdout_loss(self, pictures: np.ndarray) -> float:
        """Of the average, on pictures (N, 3, H, W): each at qualities and with noise that are always the same."""
        losses = []
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.settings["seed"])
            for part in torch.from_numpy(pictures).split(self.settings["batch"]):
                quality = torch.linspace(1, HIGHEST_QUALITY, len(part), device=self.device)
                losses += [self.average(self._pixels(part), quality).item()] * len(part)
        return float(np.mean(losses))

    def weights(self) -> dict[str, Tensor]:
        """The average, in half precision: network and rate model."""
        return {key: value.half().cpu() for key, value in self.average.state_dict().items()}

    def state(self) -> dict:
        parts: dict[str, Any] = {"model": self.model, "average": self.average, "optimiser": self.optimiser}
        return {name: part.state_dict() for name, part in parts.items()} | {"step": self.step_number}

    def restore(self, state: dict) -> None:
        for name, part in (("model", self.model), ("average", self.average), ("optimiser", self.optimiser)):
            part.load_state_dict(state[name])
        self.step_number = state["step"]

    def _pixels(self, pictures: Tensor) -> Tensor:
        return pictures.to(self.device, torch.float32, memory_format=torch.channels_last) / 255


class Progress:
    """What has come of a training: a row for every HISTORY_STEPS steps, and the best weights if any are held out for.

    Steps and minutes are those of all trainings that led to these weights.
    """

    def __init__(self, settings: dict) -> None:
        self.history = past(settings["start"])
        self.best: dict[str, Any] = {"holdout_loss": float("inf")}
        self.before = self.history[-1] if self.history else {"step": 0, "minutes": 0.0}

    def add(self, trainer: Trainer, minutes: float, loss: float, holdout: np.ndarray | None) -> None:
        row = {"step": self.before["step"] + trainer.step_number, "minutes": minutes, "loss": loss}
        if holdout is not None:
            row["holdout_loss"] = trainer.holdout_loss(holdout)
            if row["holdout_loss"] < self.best["holdout_loss"]:
                self.best = {"holdout_loss": row["holdout_loss"], "weights": trainer.weights()}
        self.history.append(row)

    def weights(self, trainer: Trainer) -> dict[str, Tensor]:
        return self.best.get("weights") or trainer.weights()


def past(start: str | None) -> list[dict[str, float]]:
    """The history beside the weights that a training starts from, if it is known."""
    file = Path(start).with_suffix(".json") if start else None
    return json.loads(file.read_text()) if file and file.exists() else []


def train(codec: str, settings: dict, device: torch.device, data: LearntFrom, root: Path = Path()) -> None:
    torch.backends.cudnn.benchmark = True
    replicas = Replicas.launched(device)
    trainer = Trainer(settings, RandomCrops(data.pictures, settings["crop"], settings["scales"]), device, replicas)
    holdout = data.holdout if settings["holdout"] else None
    # More steps are the same training, longer.
    checkpoint = Checkpoint.of(codec, {k: v for k, v in settings.items() if k != "steps"}, data.files, root)
    progress = Progress(settings)
    if saved := checkpoint.load():
        progress.history, progress.best = saved["history"], saved["best"]
        trainer.restore(saved["trainer"])
    out = root / "build" / codec
    out.mkdir(parents=True, exist_ok=True)

    def save() -> None:
        if replicas.rank == 0:
            checkpoint.save({"trainer": trainer.state(), "history": progress.history, "best": progress.best})
            with replacing(out / "weights.pt") as beside:
                torch.save(progress.weights(trainer), beside)
            with replacing(out / "history.json") as beside:
                beside.write_text(json.dumps(progress.history))

    minutes_before = progress.history[-1]["minutes"] if progress.history else 0.0
    started = saved_at = time.monotonic()
    losses: list[float] = []
    with tqdm(total=settings["steps"], initial=trainer.step_number, desc=codec, unit="step", mininterval=10) as bar:
        while trainer.step_number < settings["steps"]:
            losses.append(trainer.step())
            if not np.isfinite(losses[-1]):
                raise SystemExit(f"{codec}: the loss is no longer finite at step {trainer.step_number}")
            bar.update()
            if trainer.step_number % HISTORY_STEPS == 0:
                minutes = minutes_before + (time.monotonic() - started) / 60
                progress.add(trainer, minutes, float(np.mean(losses)), holdout)
                bar.set_postfix({key: f"{value:.4f}" for key, value in progress.history[-1].items() if "loss" in key})
                losses = []
                if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    save()
                    saved_at = time.monotonic()
    save()


if __name__ == "__main__":
    everything = load_params()
    blocks = everything["rate_distortion"]
    if len(sys.argv) != 2 or sys.argv[1] not in blocks:
        raise SystemExit(
            f"usage: python -m stages.rate_distortion.train CODEC, one of params.yaml: {', '.join(blocks)}"
        )
    block = blocks[sys.argv[1]]
    try:
        pictures = learnt_from(block, everything["data"]["mirror"])
        train(sys.argv[1], block, choose_device(everything["device"]), pictures)
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
