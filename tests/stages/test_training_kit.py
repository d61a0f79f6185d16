"""The kit trains where torch, NumPy and Pillow are all there is."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from miniature import RATE_DISTORTION
from PIL import Image

from stages.datasets.dataset import DataError
from stages.training_kit import coded, pack, parts, scaled

# What the machine that the kit is made for lacks cannot be imported.
SITECUSTOMIZE = "import sys; sys.modules.update(dict.fromkeys({missing!r}))"
MISSING = {
    "latentcodec",
    "omegaconf",
    "onnx",
    "onnxruntime",
    "scipy",
    "skimage",
    "sklearn",
    "torchmetrics",
    "tqdm",
    "yaml",
}


@pytest.fixture
def params(tmp_path: Path) -> dict:
    """A mirror with three pictures, and a tiny codec to train on them."""
    rng = np.random.default_rng(0)
    (tmp_path / "mirror/some").mkdir(parents=True)
    for name in ("a.png", "b.png", "c.png"):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
        coarse.resize((96, 64), Image.Resampling.BICUBIC).save(tmp_path / "mirror/some" / name)
    return {
        "data": {"mirror": str(tmp_path / "mirror")},
        "rate_distortion": {"tiny": RATE_DISTORTION | {"pictures": ["some"], "terms": "made up"}},
        "training_kit": {"codec": "tiny", "settings": {"batch": 2}, "pixels": 4000, "megabytes": 1},
    }


def test_it_trains_for_its_minutes_with_torch_numpy_and_pillow_alone(params, tmp_path):
    pack(tmp_path / "kit", params)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare/sitecustomize.py").write_text(SITECUSTOMIZE.format(missing=MISSING))
    command = [sys.executable, "kit/train.py", "--minutes", "0.05", "--out", "out", "--device", "cpu"]
    bare = {"PYTHONPATH": str(tmp_path / "bare"), "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=bare, cwd=tmp_path)
    last = json.loads((tmp_path / "out/history.json").read_text())[-1]
    weights = torch.load(tmp_path / "out/weights.pt", weights_only=True)
    assert last["minutes"] >= 0.05 and all(value.isfinite().all() for value in weights.values())


def test_pictures_are_scaled_to_so_many_pixels_at_most_and_keep_their_colours():
    picture = np.zeros((3, 60, 90), np.uint8)
    picture[0, :, 45:] = 255
    image = scaled(picture, 600)
    assert image.size == (30, 20)
    assert scaled(picture, 6000).size == (90, 60)
    assert len(coded(image, 90)) < 1800


def test_files_are_parted_in_order_and_none_is_lost():
    files = [bytes(size) for size in (5, 4, 3, 9, 12, 1)]
    found = list(parts(iter(files), 10))
    assert [[len(file) for file in part] for part in found] == [[5, 4], [3], [9], [12], [1]]


def test_what_does_not_fit_is_refused(params, tmp_path):
    with pytest.raises(DataError, match="3 pictures do not fit"):
        pack(tmp_path / "kit", params | {"training_kit": params["training_kit"] | {"megabytes": 0.0001}})
    (tmp_path / "there").mkdir()
    with pytest.raises(DataError, match="is there already"):
        pack(tmp_path / "there", params)


def test_the_kit_holds_no_weights_that_the_training_does_not_start_from(params, tmp_path):
    pack(tmp_path / "kit", params)
    with zipfile.ZipFile(tmp_path / "kit/code.zip") as archive:
        names = set(archive.namelist())
    assert {"settings.json", "stages/rate_distortion/trainer.py"} <= names and "start.pt" not in names
