"""A whole study in miniature: one base autoencoder, trained for one epoch on small pictures, exported and fitted."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stages.export import export
from stages.fit import fit
from stages.train import train


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


def make(root: Path) -> Miniature:
    data = root / "build/data/photos"
    data.mkdir(parents=True)
    for part, count in (("train", 8), ("holdout", 4), ("test", 3)):
        np.save(data / f"{part}.npy", smooth_pictures(count, 48, seed=count))
    (data / "source.json").write_text(json.dumps({"name": "gradients", "terms": "made by the tests"}))
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
    pictures = np.load(data / "test.npy").transpose(0, 2, 3, 1)
    return Miniature(root, params, np.ascontiguousarray(pictures))
