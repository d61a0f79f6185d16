"""Train ``photo``: ``python -m stages.train_photo FOLDER``, FOLDER holding the folders that params.yaml: photo names.

Writes build/photo/weights.pt (the average of the weights, in half precision) and build/photo/history.json at every
checkpoint. Kill it whenever you like: the next run goes on from the last checkpoint, exactly as if it had not been
killed. More ``steps`` lengthen a training that is running or finished. Several GPUs: ``torchrun --nproc-per-node 4 -m
stages.train_photo FOLDER``; each takes ``batch`` crops a step.
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

from stages.checkpoint import Checkpoint
from stages.datasets.random_crops import Folders, RandomCrops
from stages.device import choose_device
from stages.networks.photo import HIGHEST_QUALITY, PhotoAutoencoder
from stages.optimiser import Optimiser
from stages.params import load_params
from stages.rate_distortion import RateDistortion
from stages.replacing import replacing
from stages.replicas import Replicas

CHECKPOINT_SECONDS = 180
HISTORY_STEPS = 100


class PhotoTrainer:
    """The network with its rate model, their average, the optimiser and the crops, a step at a time."""

    def __init__(self, settings: dict, crops: RandomCrops, device: torch.device, replicas: Replicas) -> None:
        self.settings, self.crops, self.device, self.replicas = settings, crops, device, replicas
        torch.manual_seed(settings["seed"])
        model = RateDistortion(PhotoAutoencoder(**settings["network"]), settings["precision"], settings["structure"])
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
        x = self.crops.draw(self.settings["batch"], rng)
        x = x.to(self.device, torch.float32, memory_format=torch.channels_last) / 255
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


def train(settings: dict, device: torch.device, folder: Path, root: Path = Path()) -> None:
    torch.backends.cudnn.benchmark = True
    replicas = Replicas.launched(device)
    pictures = Folders([folder / name for name in settings["pictures"]])
    trainer = PhotoTrainer(settings, RandomCrops(pictures, settings["crop"]), device, replicas)
    # More steps are the same training, longer.
    checkpoint = Checkpoint.of("photo", {k: v for k, v in settings.items() if k != "steps"}, pictures.paths, root)
    history: list[dict[str, float]] = []
    if saved := checkpoint.load():
        history = saved["history"]
        trainer.restore(saved["trainer"])
    out = root / "build/photo"
    out.mkdir(parents=True, exist_ok=True)

    def save() -> None:
        if replicas.rank == 0:
            checkpoint.save({"trainer": trainer.state(), "history": history})
            with replacing(out / "weights.pt") as beside:
                torch.save(trainer.weights(), beside)
            with replacing(out / "history.json") as beside:
                beside.write_text(json.dumps(history))

    minutes_before = history[-1]["minutes"] if history else 0.0
    started = saved_at = time.monotonic()
    losses: list[float] = []
    with tqdm(total=settings["steps"], initial=trainer.step_number, unit="step", mininterval=10) as progress:
        while trainer.step_number < settings["steps"]:
            losses.append(trainer.step())
            if not np.isfinite(losses[-1]):
                raise SystemExit(f"photo: the loss is no longer finite at step {trainer.step_number}")
            progress.update()
            if trainer.step_number % HISTORY_STEPS == 0:
                minutes = minutes_before + (time.monotonic() - started) / 60
                history.append({"step": trainer.step_number, "minutes": minutes, "loss": float(np.mean(losses))})
                progress.set_postfix(loss=f"{history[-1]['loss']:.4f}")
                losses = []
                if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                    save()
                    saved_at = time.monotonic()
    save()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m stages.train_photo FOLDER")
    everything = load_params()
    train(everything["photo"], choose_device(everything["device"]), Path(sys.argv[1]))
