"""Train one codec's network: ``python -m stages.bits.train ae2``.

Reads build/data/<photos|digits>/{train,holdout}.npy, writes build/<codec>/weights.pt (the epoch that did best on the
pictures held out, in half precision) and build/<codec>/live/ (the history that ``dvc plots`` draws). It minimises the
mean squared error of decode(encode(x) + noise). Kill it whenever you like: the next run goes on from the last whole
epoch.
"""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from dvclive import Live
from torch import Tensor, nn
from tqdm import tqdm

from stages import networks
from stages.atomic_write import atomic_write
from stages.params import Noise, Params, Train, load_params
from stages.training.checkpoint import Checkpoint
from stages.training.device import autocast, choose_device
from stages.training.schedule import one_cycle


def latent_noise(y: Tensor, noise: Noise | None) -> Tensor:
    """U[low, high) in units of half a quantisation bin of the batch, shaped like ``y`` (B, C, h, w).

    The gradient flows through the maximum: it is what keeps single latents from stretching everybody's bins.
    """
    if noise is None:
        return torch.zeros_like(y)
    half_bin = y.amax() / 2 ** (noise["bits"] + 1)
    return (noise["low"] + (noise["high"] - noise["low"]) * torch.rand_like(y)) * half_bin


def augmented(batch: Tensor, crop: int | None) -> Tensor:
    """Photographs are cropped at one random place and mirrored one by one; digits (crop null) stay as they are."""
    if crop is None:
        return batch
    if crop > min(batch.shape[-2:]):
        raise SystemExit(f"params.yaml: crop: {crop} is larger than the pictures, {tuple(batch.shape[-2:])}")
    top, left = (int(torch.randint(side - crop + 1, ())) for side in batch.shape[-2:])
    batch = batch[..., top : top + crop, left : left + crop]
    mirrored = torch.rand(len(batch), device=batch.device) < 0.5
    return torch.where(mirrored[:, None, None, None], batch.flip(-1), batch)


class Trainer:
    """One network, its optimiser and its data, stepped an epoch at a time."""

    def __init__(self, settings: Train, data: dict[str, Tensor], device: torch.device) -> None:
        self.settings, self.data, self.device = settings, data, device
        torch.manual_seed(settings["seed"])
        self.network = networks.build(**settings["network"]).to(device)
        self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.optimiser = torch.optim.Adam(self.network.parameters(), settings["learning_rate"], fused=True)
        self.steps = -(-len(data["train"]) // settings["batch"])
        self.schedule = one_cycle(self.optimiser, settings["learning_rate"], self.steps * settings["epochs"])

    def loss(self, batch: Tensor) -> Tensor:
        """Mean squared error in [0, 1]^2 of a batch (B, C, H, W) uint8 coded with noise."""
        x = batch.to(self.device, torch.float32, memory_format=torch.channels_last) / 255
        with autocast(self.device, self.settings["precision"]):
            y = self.network.encode(x)
            decoded = self.network.decode(y + latent_noise(y, self.settings["noise"]))
        return nn.functional.mse_loss(decoded.float(), x)

    def epoch(self, number: int) -> dict[str, float]:
        """Train for one epoch. Seeded by its number, so that a resumed run repeats an uninterrupted one."""
        started = time.perf_counter()
        torch.manual_seed(self.settings["seed"] * 1_000_003 + number)
        self.network.train()
        order = torch.randperm(len(self.data["train"])).split(self.settings["batch"])
        total = 0.0
        for indices in order:
            loss = self.loss(augmented(self.data["train"][indices], self.settings["crop"]))
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
            self.schedule.step()
            total += loss.item() * len(indices)
        items = len(self.data["train"])
        return {
            "train_loss": total / items,
            "holdout_loss": self.holdout_loss(),
            "items_per_second": items / (time.perf_counter() - started),
        }

    @torch.inference_mode()
    def holdout_loss(self) -> float:
        self.network.eval()
        batches = self.data["holdout"].split(self.settings["batch"])
        return sum(self.loss(batch).item() * len(batch) for batch in batches) / len(self.data["holdout"])

    def weights(self) -> dict[str, Tensor]:
        """A copy in half precision, which is what is exported: half the bytes for no visible loss."""
        state = self.network.state_dict()
        return {
            key: (value.half() if value.is_floating_point() else value.clone()).cpu() for key, value in state.items()
        }

    def state(self) -> dict:
        parts: dict[str, Any] = {"network": self.network, "optimiser": self.optimiser, "schedule": self.schedule}
        return {name: part.state_dict() for name, part in parts.items()}

    def restore(self, state: dict) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])


def train(codec: str, params: Params, root: Path = Path()) -> None:
    if codec not in params["train"]:
        raise SystemExit(f"params.yaml: train: {codec!r} is none of {', '.join(params['train'])}")
    settings = params["train"][codec]
    files = {part: root / f"build/data/{settings['data']}/{part}.npy" for part in ("train", "holdout")}
    if missing := [str(file) for file in files.values() if not file.exists()]:
        raise SystemExit(f"{codec}: no {' nor '.join(missing)}: run python -m stages.prepare {settings['data']} first")
    data = {part: torch.from_numpy(np.load(file)) for part, file in files.items()}
    device = choose_device(params["device"])
    trainer = Trainer(settings, data, device)
    checkpoint = Checkpoint.of(codec, settings, list(files.values()), root)
    history: list[dict[str, float]] = []
    best: dict[str, Any] = {"holdout_loss": float("inf")}
    if saved := checkpoint.load():
        history, best = saved["history"], saved["best"]
        if "trainer" in saved:
            trainer.restore(saved["trainer"])

    out = root / "build" / codec
    with Live(str(out / "live"), dvcyaml=None, report=None, save_dvc_exp=False) as live:
        for row in history:
            log(live, row)
        epochs = range(settings["epochs"])
        with tqdm(epochs, codec, initial=len(history), unit="epoch", mininterval=1) as progress:
            for number in epochs[len(history) :]:
                row = trainer.epoch(number)
                if not np.isfinite([row["train_loss"], row["holdout_loss"]]).all():
                    raise SystemExit(
                        f"{codec}: the loss is no longer finite in epoch {number}: lower its learning_rate"
                    )
                if row["holdout_loss"] < best["holdout_loss"]:
                    best = {"holdout_loss": row["holdout_loss"], "epoch": number, "weights": trainer.weights()}
                history.append(row)
                checkpoint.save({"trainer": trainer.state(), "history": history, "best": best})
                log(live, row)
                progress.set_postfix(loss=f"{row['train_loss']:.5f}", holdout=f"{row['holdout_loss']:.5f}")
                progress.update()
        live.summary = {"best_epoch": best["epoch"], "best_holdout_loss": best["holdout_loss"]}
        live.make_summary()
    checkpoint.save({"history": history, "best": best})  # finished: the optimiser's state is not needed again
    with atomic_write(out / "weights.pt") as beside:
        torch.save(best["weights"], beside)


def log(live: Live, row: dict[str, float]) -> None:
    for name in ("train_loss", "holdout_loss", "items_per_second"):
        live.log_metric(name, row[name])
    live.next_step()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m stages.bits.train CODEC")
    train(sys.argv[1], load_params())
