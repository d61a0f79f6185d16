"""Checkpoints that a training resumes from after a kill.

They are no DVC outputs (DVC deletes outputs before a run). They live in .checkpoints/, named by the digest of the
codec's parameters and its data, so that other parameters or data never resume from them. A finished training leaves
its history and its best weights there.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from stages.atomic_write import atomic_write


@dataclass(frozen=True)
class Checkpoint:
    path: Path

    @classmethod
    def of(cls, codec: str, settings: Mapping[str, Any], data: list[Path], root: Path = Path()) -> "Checkpoint":
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        for file in data:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        return cls(root / ".checkpoints" / f"{codec}-{digest.hexdigest()[:16]}.pt")

    def load(self) -> dict | None:
        """What ``save`` was given last, or None."""
        if not self.path.exists():
            return None
        return torch.load(self.path, map_location="cpu", weights_only=True)

    def save(self, state: dict) -> None:
        """Written beside and renamed, so that a kill in the middle leaves the old one whole."""
        with atomic_write(self.path) as beside:
            torch.save(state, beside)
