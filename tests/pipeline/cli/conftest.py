"""What several tests of the command line share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture
from PIL import Image

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def photo(golden_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photo.png (53x37) alone in the current folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    Image.fromarray(picture(37, 53)).save("photo.png")
    return folder


@pytest.fixture
def noisy_photo(golden_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """The pixels of photo.png (128x96), alone in the current folder."""
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).normal(0, 4, (96, 128, 3))
    pixels = (picture(96, 128) + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save("photo.png")
    return pixels


@pytest.fixture
def shell() -> Run:
    """Runs a line of sh in which "latentcodec" is this one."""

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        function = f'latentcodec() {{ "{sys.executable}" -m latentcodec "$@"; }}\n'
        return subprocess.run(
            ["sh", "-c", function + line], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
        )

    return run
