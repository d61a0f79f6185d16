"""What several tests of the command line share."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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
def shell() -> Run:
    """Runs a line of sh in which "latentcodec" is this one."""

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        function = f'latentcodec() {{ "{sys.executable}" -m latentcodec "$@"; }}\n'
        return subprocess.run(
            ["sh", "-c", function + line], env={**os.environ, **environment}, capture_output=True, text=True, timeout=60
        )

    return run
