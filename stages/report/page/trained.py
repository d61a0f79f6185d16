"""How long the networks were trained, on what, and how their losses fell."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from latentcodec.cli.messages import count
from stages.params import Params, Train


def trainings(params: Params, root: Path) -> list[dict[str, Any]]:
    """Of every network its codec, family, seconds of training, and the ``losses`` of the pictures held out."""
    fixed = [of_epochs(codec, block, root / "build") for codec, block in params["train"].items()]
    return fixed + [of_steps(codec, root / "build") for codec in params["rate_distortion"]]


def of_epochs(codec: str, block: Train, build: Path) -> dict[str, Any]:
    """Of a network that is trained by epochs: its log has a row for each."""
    items = len(np.load(build / f"data/{block['data']}/train.npy", mmap_mode="r"))
    speeds, losses = (logged(build / codec, name) for name in ("items_per_second", "holdout_loss"))
    return {
        "codec": codec,
        "family": block["data"],
        "items": items,
        "length": count(len(losses), "epoch"),
        "seconds": sum(items / speed for speed in speeds),
        "losses": list(enumerate(losses, 1)),
    }


def logged(folder: Path, name: str) -> list[float]:
    """What ``stages.bits.train`` logged under a name, epoch by epoch."""
    with (folder / f"live/plots/metrics/{name}.tsv").open(newline="") as file:
        return [float(row[name]) for row in csv.DictReader(file, delimiter="\t")]


def of_steps(codec: str, build: Path) -> dict[str, Any]:
    """Of a network that is trained for rate and distortion: with all trainings that led to its weights."""
    history = json.loads((build / codec / "history.json").read_text())
    last = history[-1] if history else {"step": 0, "minutes": 0.0}
    measure = "holdout_loss" if any("holdout_loss" in row for row in history) else "loss"
    return {
        "codec": codec,
        "family": "rate_distortion",
        "items": None,
        "length": count(last["step"], "step"),
        "seconds": 60 * last["minutes"],
        "losses": [(row["step"], row[measure]) for row in history if measure in row],
    }


def in_words(seconds: float) -> str:
    """ "43 seconds", "12 minutes", "3.4 hours"."""
    if seconds < 100:
        return count(round(seconds), "second")
    return count(round(seconds / 60), "minute") if seconds < 5400 else f"{seconds / 3600:.1f} hours"
