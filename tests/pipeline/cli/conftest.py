"""What several tests of the command line share."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from make_golden import picture
from PIL import Image
from stores import new_bucket, s3_server

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


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture(params=["folder", "memory", "s3"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where files can lie: a folder, or a URL."""
    if request.param == "folder":
        return str(tmp_path)
    pytest.importorskip("fsspec", reason="fsspec, of the extra latentcodec[remote], is not installed")
    if request.param == "s3":
        request.getfixturevalue("s3")
        return new_bucket()
    return f"memory://{uuid4().hex}"
