"""What all tests share: the golden bundles, a codec with each, and the synthetic pictures they were made from."""

import os
import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import settings

import latentcodec
from latentcodec import Codec, search
from latentcodec._core import Tables
from latentcodec.bundle import read_facts
from latentcodec.gains import Gains

GOLDEN = Path(__file__).parent / "golden"
settings.register_profile("tests", deadline=None)  # a busy machine is no failure
settings.load_profile("tests")

sys.path.insert(0, str(GOLDEN))  # for `from make_golden import picture, digits, graph`

from make_golden import picture  # noqa: E402


@pytest.fixture(scope="session")
def bundles() -> Path:
    """The folder of the golden bundles tiny_rgb (any size) and tiny_l (28x28)."""
    return GOLDEN / "bundles"


@pytest.fixture(scope="session")
def rgb(bundles: Path) -> Codec:
    """A codec with tiny_rgb: RGB, stride 8, 6 latent channels."""
    return latentcodec.open(bundles / "tiny_rgb", provider="cpu")


@pytest.fixture(scope="session")
def grey(bundles: Path) -> Codec:
    """A codec with tiny_l: grey, 28x28 only, 16 latent channels at one position."""
    return latentcodec.open(bundles / "tiny_l", provider="cpu")


@pytest.fixture(scope="session")
def gained(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Codec:
    """A codec with tiny_gained: the networks of tiny_rgb, coded at any quality by three levels of gains."""
    source = bundles / "tiny_rgb"
    kept = {key: value for key, value in read_facts(source).items() if key not in ("schema", "files")}
    logarithms = np.log([[2], [8], [60]] * np.array([1, 1, 1, 1, 0.7, 0.7])).astype(np.float32)
    rounding = np.repeat(np.array([[90], [110], [128]], np.uint8), 6, axis=1)
    latents = latentcodec.open(source, provider="cpu").analyse(
        np.stack([picture(64, 64, seed) for seed in range(1, 5)])
    )
    gains = Gains(logarithms, rounding)
    streams = [(quality, gains.quantise(quality, latents)) for quality in range(5, 101, 10)]
    folder = tmp_path_factory.mktemp("gained") / "tiny_gained"
    latentcodec.write_bundle(
        folder,
        {**kept, "name": "tiny_gained", "quantisers": {"gained": []}, "entropy": ["static", "context"], "quality": []},
        encoder=source / "encoder.onnx",
        decoder=source / "decoder.onnx",
        tables=Tables.build([], gained=(logarithms, rounding, streams, 5, 4)),
        card={"licence": "MIT"},
    )
    return latentcodec.open(folder, provider="cpu")


class Remake(Protocol):
    def __call__(self, *, facts: dict[str, Any] | None = None, **networks: Path) -> Path: ...


@pytest.fixture
def remake(bundles: Path, tmp_path: Path) -> Remake:
    """A copy of tiny_rgb with some facts or a network (encoder=, decoder=: paths) replaced; returns its folder."""

    def make(*, facts: dict[str, Any] | None = None, **networks: Path) -> Path:
        original = bundles / "tiny_rgb"
        kept = {key: value for key, value in read_facts(original).items() if key not in ("schema", "files")}
        parts = {"encoder": original / "encoder.onnx", "decoder": original / "decoder.onnx", **networks}
        folder = tmp_path / "remade"
        tables = (original / "tables.bin").read_bytes()
        latentcodec.write_bundle(folder, {**kept, **(facts or {})}, **parts, tables=tables, card={})
        return folder

    return make


@pytest.fixture
def no_bundles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No bundle is found by name or id: nothing released, no LATENTCODEC_BUNDLES, nothing added by a user."""
    monkeypatch.setattr(search, "_RELEASED", tmp_path / "released")
    monkeypatch.delenv(search.VARIABLE, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def golden_found(no_bundles: None, bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden bundles, and no others, are found by name and id."""
    monkeypatch.setenv(search.VARIABLE, str(bundles))


@pytest.fixture
def gained_found(golden_found: None, bundles: Path, gained: Codec, monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden bundles and tiny_gained, and no others, are found by name and id."""
    monkeypatch.setenv(search.VARIABLE, f"{bundles}{os.pathsep}{gained.bundle.path.parent}")
