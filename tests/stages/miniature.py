"""Whole studies in miniature, on small pictures: a base autoencoder, and one trained for rate and distortion."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.bits.fit import fit
from stages.bits.train import train
from stages.datasets.training_set import load_training_set
from stages.export import export
from stages.rate_distortion import fit as fit_rd
from stages.rate_distortion import trainer
from stages.training.device import choose_device


@dataclass(frozen=True)
class Miniature:
    """Where it was made (``root`` has build/ and exports/), with which parameters, from which test pictures."""

    root: Path
    params: dict
    pictures: np.ndarray  # (N, H, W, 3) uint8

    @property
    def bundle(self) -> Path:
        return self.root / "exports/study/tiny"


def smooth_pictures(count: int, side: int, seed: int) -> np.ndarray:
    """(count, 3, side, side) uint8: colour gradients, which a network can learn a little of in a second."""
    corners = np.random.default_rng(seed).integers(0, 256, (count, 3, 2, 2)).astype(float)
    ramp = np.stack([np.linspace(1, 0, side), np.linspace(0, 1, side)])
    return np.einsum("ncij,ih,jw->nchw", corners, ramp, ramp).round().astype(np.uint8)


def prepare(root: Path) -> np.ndarray:
    """build/data/photos; returns the test pictures (N, H, W, 3)."""
    data = root / "build/data/photos"
    data.mkdir(parents=True)
    for part, count in (("train", 8), ("holdout", 4), ("test", 3)):
        np.save(data / f"{part}.npy", smooth_pictures(count, 48, seed=count))
    (data / "source.json").write_text(json.dumps({"name": "gradients", "terms": "made by the tests"}))
    return np.ascontiguousarray(np.load(data / "test.npy").transpose(0, 2, 3, 1))


def make(root: Path) -> Miniature:
    pictures = prepare(root)
    settings = {
        "network": {"name": "base"}, "data": "photos", "noise": {"low": -1.0, "high": 1.0, "bits": 2}, "epochs": 1,
        "batch": 4, "crop": 32, "learning_rate": 0.001, "precision": "float32", "seed": 1,
    }  # fmt: skip
    quantise = {
        "quantisers": ["max", "min_max", "vector", "vector_shared"],
        "bits": [1, 2, 3],
        "entropy": ["adaptive", "static", "context"],
        "default": "min_max",
    }
    params = {
        "device": "cpu",
        "train": {"tiny": settings},
        "quantise": {"photos": quantise},
        "fit": {"pictures": 100, "kmeans_values": 1000, "seed": 0},
    }
    train("tiny", params, root)
    export("tiny", params, root)
    fit("tiny", params, root)
    return Miniature(root, params, pictures)


RATE_DISTORTION = {
    "network": {"name": "photo", "levels": 4, "lambdas": [0.001, 0.1], "widths": [16, 32], "eight_bits": True},
    "pictures": None, "terms": None, "start": None, "dead_zones": None, "steps": 4, "minutes": None, "batch": 2,
    "crop": 32, "scales": None, "learning_rate": 0.0006, "fixed_gains": False, "structure": None, "warm_up": 2,
    "average": 0.99, "precision": "float32", "holdout": False, "seed": 1,
}  # fmt: skip


def make_variable_rate(root: Path) -> Miniature:
    pictures = prepare(root)
    params = {
        "device": "cpu",
        "data": {"mirror": None},
        "train": {},
        "rate_distortion": {"tiny": RATE_DISTORTION},
        "fit_rate_distortion": {
            "pixels": 4096,
            "megapixels": 0.2,
            "dead_zone": {"count": 1, "pixels": 1024},
            "seed": 0,
        },
    }
    trainer.train("tiny", RATE_DISTORTION, choose_device("cpu"), load_training_set(RATE_DISTORTION, None, root), root)
    export("tiny", params, root)
    fit_rd.fit("tiny", params, root)
    return Miniature(root, params, pictures)
