"""The steps of the Dockerfile, run without Docker: a wheel is built of what is copied, then installed with extras."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
TOOLS = Path(sys.executable).parent


@pytest.fixture
def image(tmp_path: Path) -> dict[str, str]:
    """The environment of commands in the image's place, where its steps have been run, but those of the system's
    packages: pip is uv where it installs, from what this machine has."""
    subprocess.run([TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, tmp_path / "usr"], check=True)
    path = f"{tmp_path}/usr/bin{os.pathsep}{os.environ['PATH']}"
    foreign = ("PYTHONPATH", "VIRTUAL_ENV", "LATENTCODEC_BUNDLES")
    environment = {name: value for name, value in os.environ.items() if name not in foreign} | {"PATH": path}
    for step in re.findall(r"^RUN (.*)$", TEXT, re.MULTILINE):
        if not step.startswith("apt-get"):
            subprocess.run(["bash", "-ec", here(step, tmp_path)], env=environment, check=True)
    return environment


def here(step: str, folder: Path) -> str:
    """A step with this machine's programs and places for those of the image."""
    names = {"/wheels": f"{folder}/wheels", "/requirements.txt": str(ROOT / "requirements.txt"), "/source": str(ROOT)}
    names |= {"pip wheel": f"{TOOLS}/pip wheel --quiet"}
    names |= {"pip install --no-cache-dir": f"{TOOLS}/uv pip install --quiet --python {folder}/usr/bin/python"}
    return re.sub("|".join(map(re.escape, names)), lambda name: names[name[0]], step)


def test_the_steps_end_in_a_command_that_has_ray_and_object_stores(image: dict[str, str]) -> None:
    entry = re.findall(r'"(.+?)"', re.findall(r"^ENTRYPOINT (.*)$", TEXT, re.MULTILINE)[0])
    said = subprocess.run([*entry, "doctor"], env=image, check=True, capture_output=True, text=True).stdout
    assert "photo-v3" in said
    subprocess.run(["python", "-c", "import latentcodec.ray, ray, pyarrow, s3fs"], env=image, check=True)


def test_what_is_copied_is_in_the_repository_and_not_left_out_of_the_context() -> None:
    left_out = (ROOT / ".dockerignore").read_text().split()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", TEXT, re.MULTILINE):
        assert (ROOT / source).exists() and source not in left_out
    included = re.findall(r'path = "(\w+)', (ROOT / "pyproject.toml").read_text())
    assert not {"codec_rs", "pipeline", "pyproject.toml", "README.md", *included} & set(left_out)
