"""What a rate-distortion trained or lossless codec learns from: the study's training items, or folders of pictures."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from stages.channels import channels_first
from stages.datasets.dataset import DataError
from stages.datasets.random_crops import Folders
from stages.params import Lossless, RateDistortionTraining


@dataclass(frozen=True)
class TrainingSet:
    """``pictures``: each (C, H, W) uint8, of any size. ``holdout``: (N, C, H, W); of folders nothing is held out."""

    pictures: Sequence[NDArray[np.uint8]]
    holdout: NDArray[np.uint8] | None
    files: list[Path]
    name: str
    terms: str

    def spread(self, count: int) -> list[NDArray[np.uint8]]:
        """So many of the pictures, spread evenly over their order."""
        return [self.pictures[index] for index in np.linspace(0, len(self.pictures) - 1, count).astype(int)]

    @property
    def held_out(self) -> list[NDArray[np.uint8]]:
        return [] if self.holdout is None else list(self.holdout)

    def card(self) -> dict:
        """For the card of what has learnt from it."""
        digest = hashlib.sha256()
        for file in self.files:
            digest.update(hashlib.sha256(file.read_bytes()).digest())
        count = len(self.pictures) + len(self.held_out)
        return {"name": self.name, "terms": self.terms, "pictures": count, "sha256": digest.hexdigest()}


def cropped(picture: NDArray[np.uint8], pixels: int, stride: int) -> NDArray[np.uint8]:
    """The middle of (C, H, W) with at most so many pixels, its sides multiples of ``stride``."""
    height, width = picture.shape[1:]
    share = min(1.0, (pixels / (height * width)) ** 0.5)
    rows, columns = (max(stride, int(side * share) // stride * stride) for side in (height, width))
    top, left = (height - rows) // 2, (width - columns) // 2
    return picture[:, top : top + rows, left : left + columns]


def drawn_to_learn_from(size: list[int] | None) -> list[NDArray[np.uint8]]:
    """(3, H, W) each: drawn pictures of a width and height, other ones than those that codecs are tested on. Alpha is
    left out: whoever has learnt those of icons, which are hard-edged, takes a fifth more for soft ones.
    """
    if size is None:
        return []
    from stages.datasets.drawn import SEEDED  # Matplotlib, which a training kit lacks

    pictures = [draw((size[0], size[1]), 1) for draw in SEEDED.values()]
    return [channels_first(np.asarray(picture.convert("RGB"))) for picture in pictures]


def load_training_set(
    settings: RateDistortionTraining | Lossless, mirror: str | None, root: Path = Path()
) -> TrainingSet:
    """``settings`` is a block of params.yaml: rate_distortion or lossless.

    Its ``pictures`` are folders in the mirror, or null for the study's photographs, or its digits where ``data`` says
    so; with ``count`` so many of the folders' pictures are taken, spread evenly over their names. Drawn pictures of the
    size ``drawn`` come before those of folders, in lossless blocks alone.

    Raises DataError: no mirror, no such folder, no picture in it, no prepared data.
    """
    if settings["pictures"] is not None:
        folders = Folders.in_mirror(mirror, settings["pictures"], cast(int | None, settings.get("count")))
        drawn = drawn_to_learn_from(cast(list[int] | None, settings.get("drawn")))
        pictures: Sequence[NDArray[np.uint8]] = [*drawn, *folders] if drawn else folders
        name = ", ".join([*(["the project's drawings"] if drawn else []), *settings["pictures"]])
        return TrainingSet(pictures, None, folders.paths, name, settings["terms"] or "not stated")
    kind = str(settings.get("data", "photos"))
    data = root / "build/data" / kind
    files = [data / "train.npy", data / "holdout.npy"]
    if missing := [str(file) for file in files if not file.exists()]:
        raise DataError(f"no {' nor '.join(missing)}: run python -m stages.prepare {kind} first")
    source = json.loads((data / "source.json").read_text())
    train, holdout = (np.load(file) for file in files)
    return TrainingSet(train, holdout, files, source["name"], source["terms"])
