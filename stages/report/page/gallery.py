"""Some test photographs as every codec gives them back at every rate, for two of them to be laid over each other.

Ours are what the evaluation decoded. The classical ones are the files themselves, which the browser decodes.
"""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from latentcodec import distortion
from latentcodec.container.header import VARIABLE_RATE
from latentcodec.rivals import RIVALS, decode
from stages.channels import channels_last
from stages.figures.rows import select
from stages.measure.photos import key_of
from stages.params import Quoted
from stages.report.page.pictures import data_url, exact
from stages.report.page.rates import rounded, setting

SHOWN_BY_BROWSERS = ("jpeg", "webp", "avif")
CAPTIONED = ("ssimulacra2", "psnr", "ssim")  # metrics that stand beside a picture
EVERY = 5  # of the classical codecs' settings, which are about a hundred


def gallery(codecs: list[str], rivals: Iterable[str], quoted: Quoted, root: Path) -> list[dict[str, Any]]:
    """Of each sample its ``original`` and, by codec, its ``files``, the shortest first; ``rivals``: classical ones."""
    evaluations = {codec: Evaluation(root / f"build/{codec}/evaluation", quoted["quantiser"]) for codec in codecs}
    originals = next(iter(evaluations.values())).stacks["original"]
    samples = []
    for number, original in enumerate(tqdm(originals, "gallery", unit="picture")):
        ours = {codec: evaluation.files(number) for codec, evaluation in evaluations.items()}
        longest = max(file["bpp"] for files in ours.values() for file in files)
        theirs = {
            name: classical(name, channels_last(original), longest) for name in rivals if name in SHOWN_BY_BROWSERS
        }
        samples.append({"original": exact(original), "files": ours | theirs})
    return samples


class Evaluation:
    """What the evaluation of a codec left behind. One of b bits is shown with one quantiser and ``static`` tables, one
    of variable rate with ``context``."""

    def __init__(self, folder: Path, quantiser: str) -> None:
        self.stacks = np.load(folder / "reconstructions.npz")
        measured = json.loads((folder / "pictures.json").read_text())
        fixed = select(measured, quantiser=quantiser, entropy="static")
        self.points = fixed or select(measured, quantiser=VARIABLE_RATE, entropy="context")

    def files(self, number: int) -> list[dict[str, Any]]:
        """Of the sample with this number."""
        index = self.stacks["sample"][number]
        found = []
        for point in self.points:
            picture = self.stacks[key_of(point)][number]
            figures = {key: finite(point[key][index]) for key in CAPTIONED if point.get(key)}
            rate = rounded(8 * point["bytes"][index] / picture[0].size)
            coded = {"setting": setting({"codec": "", **point}), "bpp": rate, **figures}
            found.append({**coded, "source": exact(picture)})
        return sorted(found, key=lambda file: file["bpp"])


def classical(name: str, picture: np.ndarray, longest: float) -> list[dict[str, Any]]:
    """Files of a picture (H, W, 3) from the shortest on, to the first one of more than ``longest`` bits per pixel."""
    files = []
    for value in RIVALS[name].settings[::EVERY]:
        data = RIVALS[name].encode(picture, value)
        decoded = decode(data, 3)
        figures = {key: finite(getattr(distortion, key)(picture, decoded)) for key in CAPTIONED}
        rate = rounded(8 * len(data) / picture[..., 0].size)
        files.append({"setting": f"quality {value}", "bpp": rate, **figures, "source": data_url(data, name)})
        if rate > longest:
            break
    return files


def within(samples: list[dict[str, Any]], budget: int) -> list[dict[str, Any]]:
    """The first samples, as many as fit into ``budget`` bytes of the page. If not even one does, it alone, with every
    second file of each codec, or every fourth, and so on."""
    fitting = np.cumsum([len(json.dumps(sample)) for sample in samples]) <= budget
    if fitting[0]:
        return samples[: fitting.sum()]
    first = samples[0]
    while len(json.dumps(first)) > budget and any(len(files) > 1 for files in first["files"].values()):
        first = first | {"files": {codec: files[::2] for codec, files in first["files"].items()}}
    return [first]


def finite(value: float | None) -> float | None:
    return rounded(value) if value is not None and math.isfinite(value) else None
