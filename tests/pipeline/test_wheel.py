"""The wheel is all that a user needs: it is opened, then installed in a clean environment and used there, offline."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

from latentcodec.bundle.find import DEFAULT_BUNDLE

ROOT = Path(__file__).parents[2]
RELEASED = {folder.parent for folder in (ROOT / "exports/release").glob("*/codec.json")}
IN_WHEEL = {
    Path(named).parent.name
    for named in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["maturin"]["include"]
}
TOOLS = Path(sys.executable).parent  # maturin and uv

# Python runs this at its start: nothing may look up or call another machine.
OFFLINE = """
import sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        raise PermissionError(f"{event} {arguments}")

sys.addaudithook(refuse)
"""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a command prints, without this environment's variables; it must end well."""
    foreign = ("PYTHONPATH", "VIRTUAL_ENV", "LATENTCODEC_BUNDLES")
    environment = {name: value for name, value in os.environ.items() if name not in foreign}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(TOOLS / "maturin", "build", "--release", "--quiet", "--out", folder, cwd=ROOT)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a new environment that holds the wheel and its dependencies, as requirements.txt pins them."""
    environment = tmp_path_factory.mktemp("clean")
    run(TOOLS / "uv", "venv", "--python", sys.executable, environment)
    programs = environment / TOOLS.name
    pins = ROOT / "requirements.txt"
    run(TOOLS / "uv", "pip", "install", "--python", programs / "python", "--constraint", pins, wheel)
    (site,) = environment.rglob("site-packages")
    (site / "sitecustomize.py").write_text(OFFLINE)
    return programs


def test_the_wheel_is_small(wheel: Path) -> None:
    assert wheel.stat().st_size <= 20e6


def test_the_wheel_holds_the_bundles_that_others_may_use_and_nothing_of_the_study(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
        for name in IN_WHEEL:
            for file in (ROOT / "exports/release" / name).iterdir():
                assert opened.read(f"latentcodec/bundles/{name}/{file.name}") == file.read_bytes()
    assert DEFAULT_BUNDLE in IN_WHEEL
    assert {name.split("/")[2] for name in names if name.startswith("latentcodec/bundles/")} == IN_WHEEL
    assert "-abi3-" in wheel.name and {
        "latentcodec/py.typed",
        "latentcodec/cli/compare.html",
        "latentcodec/desktop/latentcodec.xml",
    } <= set(names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"latentcodec"}


TORCH_FROM_THE_WHEEL = """
import sys, pathlib, latentcodec.torch
assert pathlib.Path(latentcodec.__file__).is_relative_to(sys.argv[1]), latentcodec.__file__
for name in sys.argv[2:]:
    if not latentcodec.open(name).bundle.facts.lossless:
        coded = latentcodec.torch.load(name)(latentcodec.torch.torch.rand(1, 3, 32, 48), quality=50)
        print(name, *coded.pictures.shape, float(coded.bits) > 0, *sorted({"stages"} & {*sys.modules}))
"""


def test_networks_in_torch_come_from_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    program = [sys.executable, "-c", TORCH_FROM_THE_WHEEL, tmp_path / "installed", *sorted(IN_WHEEL)]
    (tmp_path / "elsewhere").mkdir()
    printed = run("env", f"PYTHONPATH={tmp_path / 'installed'}", *program, cwd=tmp_path / "elsewhere")
    assert printed == f"{DEFAULT_BUNDLE} 1 3 32 48 True\n"


@pytest.mark.parametrize("bundle", RELEASED, ids=lambda bundle: bundle.name)
def test_only_bundles_with_known_terms_are_in_the_wheel(bundle: Path) -> None:
    terms = json.loads((bundle / "card.json").read_text())["terms"]
    assert (bundle.name in IN_WHEEL) == ("not stated" not in terms)


@pytest.mark.parametrize("bundle", RELEASED, ids=lambda bundle: bundle.name)
def test_a_released_bundle_is_small_and_has_a_card(bundle: Path) -> None:
    assert sum(file.stat().st_size for file in bundle.iterdir()) <= 12e6
    card = json.loads((bundle / "card.json").read_text())
    assert card["name"] == bundle.name
    assert {"terms", "data", "training", "measured_on", "quality"} <= card.keys()


def test_a_photograph_goes_through_the_installed_codec(clean: Path, tmp_path: Path) -> None:
    Image.fromarray(picture(120, 200)).save(tmp_path / "photo.jpg")
    run(clean / "latentcodec", "encode", "photo.jpg", cwd=tmp_path)
    (tmp_path / "photo.jpg").unlink()
    run(clean / "latentcodec", "decode", "photo.ltc", cwd=tmp_path)
    with Image.open(tmp_path / "photo.png") as decoded:
        assert decoded.size == (200, 120)


def test_torch_is_not_there_and_the_import_is_quick(clean: Path, tmp_path: Path) -> None:
    assert "torch" not in run(TOOLS / "uv", "pip", "list", "--python", clean / "python")
    program = "import time, {}; print(time.process_time())"
    ours, libraries = (
        min(float(run(clean / "python", "-c", program.format(names), cwd=tmp_path)) for _ in range(3))
        for names in ("latentcodec", "numpy, PIL.Image")
    )
    assert ours < 2.5 * libraries  # a slow machine is no failure: what it is built on is slow there too


def test_the_installed_codec_cannot_reach_another_machine(clean: Path, tmp_path: Path) -> None:
    """So what is shown above was shown offline."""
    with pytest.raises(AssertionError, match="PermissionError"):
        run(clean / "python", "-c", "import socket; socket.create_connection(('127.0.0.1', 9))", cwd=tmp_path)
