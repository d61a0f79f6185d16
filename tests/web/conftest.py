"""What the tests of web/ share: the build, and golden files with what they decode to."""

from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
BUILD = ROOT / "build" / "web"
WHEEL = ("digits-v1", "lossless-v1", "photo-v3")


@pytest.fixture(scope="session")
def build() -> Path:
    """The folder that `make web` fills."""
    if not (BUILD / "networks_bg.wasm").is_file():
        pytest.skip("build/web is not there: `make web` builds it")
    return BUILD


def golden_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (GOLDEN / folder).glob("*.ltc*"))


def assert_decoded(file: Path, symbols: bytes, pixels: bytes) -> None:
    """Symbols, and pixels without loss, are those of the Python codec; others within a level, 99.9 % of them."""
    with np.load(file.parent / "expected.npz") as expected:
        wanted_symbols, wanted = expected[f"{file.name}:symbols"], expected[f"{file.name}:pixels"]
    np.testing.assert_array_equal(np.frombuffer(symbols, np.int16), wanted_symbols.ravel())
    if wanted.dtype == np.uint16:  # what is shown of 16 bits
        wanted = (wanted >> 8).astype(np.uint8)
    found = np.frombuffer(pixels, np.uint8).astype(int)
    assert found.size == wanted.size
    apart = np.abs(found - wanted.ravel())
    exact = file.parent.name in ("digits-v1", "lossless-v1")
    assert apart.max() == 0 if exact else np.mean(apart <= 1) >= 0.999
