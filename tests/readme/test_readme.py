"""The README's commands run, and print what it says. A golden bundle stands in for the study's ``ae2``."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

README = (Path(__file__).parents[2] / "README.md").read_text()
SECTION = README.split("## Use the codec")[1].split("## Track experiments")[0]
CONSOLE, PYTHON = (re.search(rf"```{kind}\n(.*?)```", SECTION, re.DOTALL)[1] for kind in ("", "python"))  # type: ignore[index]


def numbers_aside(text: str) -> str:
    """Sizes, rates and model ids are those of one picture and one training."""
    return re.sub(r"[0-9a-f]{8}|\d+(\.\d+)?", "N", text)


@pytest.fixture
def folder(tmp_path: Path, bundles: Path) -> Path:
    """Where the user stands: a photograph, and the study's bundles below exports/."""
    Image.fromarray(picture(64, 64)).save(tmp_path / "photo.png")
    (tmp_path / "exports/study").mkdir(parents=True)
    (tmp_path / "exports/study/ae2").symlink_to(bundles / "tiny_rgb")
    return tmp_path


def test_the_commands_print_what_the_readme_says(folder: Path) -> None:
    steps = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", CONSOLE, re.MULTILINE)
    commands = [(command, output) for command, output in steps if command.startswith("latentcodec")]
    assert len(commands) >= 4
    environment = os.environ | {"LATENTCODEC_BUNDLES": "exports/study"}
    for command, output in commands:
        arguments = command.replace("ae2", "tiny_rgb").split()[1:]
        done = subprocess.run(
            [sys.executable, "-m", "latentcodec", *arguments],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert numbers_aside((done.stdout + done.stderr).replace("tiny_rgb", "ae2")) == numbers_aside(output)


def test_the_python_example_runs(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(folder)
    found: dict = {}
    exec(PYTHON, found)
    assert float(capsys.readouterr().out) > 0
    assert found["picture"].size == (64, 64)
