"""What all tests share: the golden bundles, a codec with each, and the synthetic pictures they were made from."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest
from hypothesis import settings

import latentcodec
from latentcodec import Codec
from latentcodec._core import Tables
from latentcodec.bundle import find as search
from latentcodec.bundle.bundle import read_facts

GOLDEN = Path(__file__).parent / "golden"
settings.register_profile("tests", deadline=None)  # a busy machine is no failure
settings.load_profile("tests")

sys.path.insert(0, str(GOLDEN))  # for `from make_golden import picture, digits, graph`
sys.path.insert(0, str(Path(__file__).parent / "pipeline"))  # for `from stores import s3_server`


@pytest.fixture(scope="session")
def bundles() -> Path:
    """The folder of the golden bundles tiny_rgb and tiny_gained (any size) and tiny_l (28x28)."""
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
def variable_rate(bundles: Path) -> Codec:
    """A codec with the golden bundle that is coded at any quality."""
    return latentcodec.open(bundles / "tiny_gained", provider="cpu")


@pytest.fixture(scope="session")
def lossless_bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of lossless bundles that have learnt little: lossless-v1 and digits-v1, as the released ones are called,
    and shades-v1, for grey pictures alone."""
    from make_golden import digits, picture

    facts = {"colour": "L", "image_size": None, "stride": 1, "receptive_field": 0, "latent_channels": 1}
    facts |= {"quantisers": {"lossless": []}, "entropy": ["context"], "quality": []}
    shades = np.stack([picture(48, 48, seed)[..., 0] for seed in range(4)])
    folder = tmp_path_factory.mktemp("lossless")
    for name, learnt in (("shades-v1", shades), ("digits-v1", digits(40, seed=1))):
        tables = Tables.build([], lossless=[learnt])
        latentcodec.write_bundle(folder / name, {"name": name, **facts}, tables=tables, card={"bpp": 1.5})
    facts |= {"colour": "any", "latent_channels": 4, "quantisers": {"planes": []}}
    colours = [np.ascontiguousarray(picture(48, 48, seed).transpose(2, 0, 1)) for seed in range(4)]
    tables = Tables.build([], planes=colours)
    latentcodec.write_bundle(folder / "lossless-v1", {"name": "lossless-v1", **facts}, tables=tables, card={"bpp": 1.5})
    return folder


@pytest.fixture(scope="session")
def shades(lossless_bundles: Path) -> Codec:
    """A codec with a lossless bundle for any grey picture."""
    return latentcodec.open(lossless_bundles / "shades-v1")


@pytest.fixture(scope="session")
def exact(lossless_bundles: Path) -> Codec:
    """A codec with a lossless bundle for any picture."""
    return latentcodec.open(lossless_bundles / "lossless-v1")


@pytest.fixture(scope="session")
def handwriting(lossless_bundles: Path) -> Codec:
    """A codec with a lossless bundle for writing."""
    return latentcodec.open(lossless_bundles / "digits-v1")


@pytest.fixture
def lossless_found(no_bundles: None, bundles: Path, lossless_bundles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The golden and the lossless bundles, and no others, are found by name and id."""
    monkeypatch.setenv(search.VARIABLE, os.pathsep.join(map(str, (bundles, lossless_bundles))))


class Remake(Protocol):
    def __call__(self, *, facts: dict[str, Any] | None = None, **networks: Path) -> Path: ...


@pytest.fixture
def remake(bundles: Path, tmp_path: Path) -> Remake:
    """A copy of tiny_rgb with some facts or a network (encoder=, decoder=: paths) replaced; returns its folder."""

    def make(*, facts: dict[str, Any] | None = None, **networks: Path) -> Path:
        original = bundles / "tiny_rgb"
        kept = read_facts(original).to_json()
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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, driven by Playwright."""
    missing = "Playwright is not installed: pip install -r requirements.txt"
    playwright = pytest.importorskip("playwright.sync_api", reason=missing)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    playwright.expect.set_options(timeout=30_000)  # a busy machine is no failure
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page's file in a window so wide; in the end its console must be empty, and no request have left it."""
    contexts, complaints, asked = [], [], []

    def opened(file: Path, width: int = 1440, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
