"""The training of a rate-distortion trained codec: torch, NumPy and Pillow are all that it needs.

``train`` leaves weights.pt (network and rate model, the average of the weights, in half precision) and history.json at
every checkpoint. On CUDA it asks the device for nothing between two rows of the history.
"""

import copy
import json
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stages.atomic_write import atomic_write
from stages.datasets.random_crops import RandomCrops
from stages.datasets.training_set import TrainingSet
from stages.networks.layers.variable_rate import HIGHEST_QUALITY
from stages.params import RateDistortionTraining
from stages.rate_distortion.loss import RateDistortion
from stages.rate_distortion.optimiser import Optimiser
from stages.training.checkpoint import Checkpoint
from stages.training.replicas import Replicas

CHECKPOINT_SECONDS = 60
HISTORY_STEPS = 100  # from a row of the history to the next, unless a checkpoint comes before
AHEAD = 4  # steps that a GPU may be behind: else the clock would tell nothing


class Budget:
    """How much a training may take: so many steps, or ``minutes`` in their place."""

    def __init__(self, settings: RateDistortionTraining, minutes_spent: float = 0.0) -> None:
        """``minutes_spent``: before a kill."""
        self.steps, self.minutes = settings["steps"], settings["minutes"]
        self.started = time.monotonic() - 60 * minutes_spent

    def spent(self) -> float:
        """Minutes."""
        return (time.monotonic() - self.started) / 60

    def done(self, step_number: int) -> float:
        """The share of it that is spent."""
        if self.minutes is not None:
            return self.spent() / self.minutes if self.minutes > 0 else 1.0
        return step_number / self.steps if self.steps else 1.0


class Trainer:
    """The network with its rate model, their average, the optimiser and the crops, a step at a time."""

    def __init__(
        self, settings: RateDistortionTraining, crops: RandomCrops, device: torch.device, replicas: Replicas
    ) -> None:
        self.settings, self.crops, self.device, self.replicas = settings, crops, device, replicas
        torch.manual_seed(settings["seed"])
        model = RateDistortion.of(settings)
        if settings["start"]:
            model.load_state_dict(torch.load(settings["start"], weights_only=True))
        if settings["fixed_gains"]:
            model.network.gains.requires_grad_(False)
        self.model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.model).requires_grad_(False)
        self.loss = _compiled(replicas.wrap(self.model), device)
        self.optimiser = Optimiser(self.model, settings["learning_rate"])
        self.step_number = 0

    def step(self, done: float) -> Tensor:
        """One step where ``done`` of the training is past, seeded by its number, so that a resumed run repeats an
        uninterrupted one. Returns the loss, where the device has it.
        """
        rng = np.random.default_rng([self.settings["seed"], self.step_number, self.replicas.rank])
        torch.manual_seed(int(rng.integers(2**62)))
        x = self.crops.draw(self.settings["batch"], rng).contiguous(memory_format=torch.channels_last)
        quality = torch.from_numpy(rng.uniform(1, HIGHEST_QUALITY, len(x)).astype(np.float32)).to(self.device)
        loss = self.loss(x, quality)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step(self.pace(done))
        self.step_number += 1
        self._update_average()
        return loss.detach()

    def pace(self, done: float) -> float:
        """The share of the learning rate: rising at first, constant, falling in the last third of the training."""
        return min(1.0, (self.step_number + 1) / self.settings["warm_up"], max(0.02, (1 - done) * 3))

    @torch.no_grad()
    def _update_average(self) -> None:
        keep = min(self.settings["average"], self.step_number / (self.step_number + 10))
        torch._foreach_lerp_(list(self.average.parameters()), list(self.model.parameters()), 1 - keep)

    @torch.no_grad()
    def holdout_loss(self, pictures: np.ndarray) -> float:
        """Of the average, on pictures (N, 3, H, W): each at qualities and with noise that are always the same."""
        losses = []
        with torch.random.fork_rng(devices=[self.device] if self.device.type == "cuda" else []):
            torch.manual_seed(self.settings["seed"])
            for part in torch.from_numpy(pictures).split(self.settings["batch"]):
                x = part.to(self.device, torch.float32, memory_format=torch.channels_last) / 255
                quality = torch.linspace(1, HIGHEST_QUALITY, len(part), device=self.device)
                losses += [self.average(x, quality).item()] * len(part)
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


def _compiled(model: nn.Module, device: torch.device) -> nn.Module:
    """On CUDA its operations are fused, where torch can; elsewhere it stays as it is."""
    if device.type != "cuda":
        return model
    torch._dynamo.config.suppress_errors = True
    return torch.compile(model, dynamic=False)  # type: ignore[return-value]


class Progress:
    """What has come of a training: a row for every HISTORY_STEPS steps, and the best weights if any are held out for.

    Steps and minutes are those of all trainings that led to these weights.
    """

    def __init__(self, settings: RateDistortionTraining) -> None:
        self.history = past(settings["start"])
        self.best: dict[str, Any] = {"holdout_loss": float("inf")}
        self.before = self.history[-1] if self.history else {"step": 0, "minutes": 0.0}

    def add(self, trainer: Trainer, minutes: float, loss: float, holdout: np.ndarray | None) -> None:
        row = {
            "step": self.before["step"] + trainer.step_number,
            "minutes": self.before["minutes"] + minutes,
            "loss": loss,
        }
        if holdout is not None:
            row["holdout_loss"] = trainer.holdout_loss(holdout)
            if row["holdout_loss"] < self.best["holdout_loss"]:
                self.best = {"holdout_loss": row["holdout_loss"], "weights": trainer.weights()}
        self.history.append(row)

    def weights(self, trainer: Trainer) -> dict[str, Tensor]:
        return self.best.get("weights") or trainer.weights()

    def __str__(self) -> str:
        return ", ".join(f"{name} {round(value, 4):g}" for name, value in self.history[-1].items())


def past(start: str | None) -> list[dict[str, float]]:
    """The history beside the weights that a training starts from, if it is known."""
    file = Path(start).with_suffix(".json") if start else None
    return json.loads(file.read_text()) if file and file.exists() else []


class Run:
    """A training with what it leaves: a checkpoint to resume from, weights and history."""

    def __init__(self, codec: str, trainer: Trainer, data: TrainingSet, root: Path, out: Path) -> None:
        self.codec, self.trainer, self.out = codec, trainer, out
        settings = trainer.settings
        self.holdout = data.holdout if settings["holdout"] else None
        # A longer training is the same one.
        same = {key: value for key, value in settings.items() if key not in ("steps", "minutes")}
        self.checkpoint = Checkpoint.of(codec, same, data.files, root)
        self.progress, self.budget = Progress(settings), Budget(settings)
        if saved := self.checkpoint.load():
            self.progress.history, self.progress.best = saved["history"], saved["best"]
            self.budget = Budget(settings, saved["minutes"])
            trainer.restore(saved["trainer"])

    def save(self) -> None:
        if self.trainer.replicas.rank != 0:
            return
        progress = {"history": self.progress.history, "best": self.progress.best}
        self.checkpoint.save({"trainer": self.trainer.state(), "minutes": self.budget.spent(), **progress})
        with atomic_write(self.out / "weights.pt") as beside:
            torch.save(self.progress.weights(self.trainer), beside)
        with atomic_write(self.out / "history.json") as beside:
            beside.write_text(json.dumps(self.progress.history))

    def losses(self) -> Iterator[Tensor]:
        """Train until the budget is spent."""
        behind: deque[torch.cuda.Event] = deque()
        while (done := self.budget.done(self.trainer.step_number)) < 1:
            yield self.trainer.step(done)
            if self.trainer.device.type == "cuda":
                behind.append(torch.cuda.Event())
                behind[-1].record()
                if len(behind) > AHEAD:
                    behind.popleft().synchronize()

    def note(self, losses: list[Tensor]) -> None:
        """Add to the history. Raises SystemExit: the loss is no longer finite."""
        loss = float(torch.stack(losses).mean())
        if not np.isfinite(loss):
            raise SystemExit(f"{self.codec}: the loss is no longer finite at step {self.trainer.step_number}")
        self.progress.add(self.trainer, self.budget.spent(), loss, self.holdout)
        print(f"{self.codec}: {self.progress}", flush=True)


def train(
    codec: str,
    settings: RateDistortionTraining,
    device: torch.device,
    data: TrainingSet,
    root: Path = Path(),
    out: Path | None = None,
) -> None:
    """``settings``: a block of params.yaml: rate_distortion. Checkpoints go below ``root``; weights and history to
    ``out``, build/<codec> below it unless told. Raises SystemExit: the loss is no longer finite.
    """
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False  # what is not in bfloat16 is meant to be exact
    crops = RandomCrops(data.pictures, settings["crop"], settings["scales"], device)
    trainer = Trainer(settings, crops, device, Replicas.launched(device))
    run = Run(codec, trainer, data, root, out or root / "build" / codec)
    losses: list[Tensor] = []
    saved_at = time.monotonic()
    for loss in run.losses():
        losses.append(loss)
        due = time.monotonic() - saved_at > CHECKPOINT_SECONDS
        if due or trainer.step_number % HISTORY_STEPS == 0:
            run.note(losses)
            losses = []
        if due:
            run.save()
            saved_at = time.monotonic()
    if losses:
        run.note(losses)
    run.save()


def largest_batch(settings: RateDistortionTraining, device: torch.device, data: TrainingSet) -> tuple[int, float]:
    """The largest batch that fits, the settings' or a power of two times smaller, and the seconds of one step.

    Raises SystemExit: the loss is not finite.
    """
    crops = RandomCrops(data.pictures, settings["crop"], settings["scales"], device)
    batch = settings["batch"]
    while True:
        trainer = Trainer(settings | {"batch": batch}, crops, device, Replicas(0, 1))
        trainer.loss = trainer.model  # as it is: compiling takes longer than all of this
        try:
            trainer.step(0.0).item()
            started = time.monotonic()
            loss = trainer.step(0.0).item()
            break
        except torch.OutOfMemoryError:
            batch //= 2
    if not np.isfinite(loss):
        raise SystemExit("the loss of the first steps is not finite")
    return batch, time.monotonic() - started
