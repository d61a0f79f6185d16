"""The module and the page in a real browser: headless Chromium, driven by Playwright."""

import base64
import functools
import http.server
import io
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import latentcodec
from tests.web.conftest import GOLDEN, WHEEL, assert_decoded, golden_files

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: uv pip install --group web")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt install chromium)")

DECODE = """async (file) => {
  const { decode, decodePack, symbols } = await import("./latentcodec.js");
  const data = Uint8Array.from(atob(file.data), (letter) => letter.charCodeAt(0));
  const text = async (bytes) => (await new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.readAsDataURL(new Blob(bytes));
  })).split(",")[1] ?? "";
  const pictures = file.pack ? await decodePack(data) : [await decode(data)];
  return [await text([await symbols(data)]), await text(pictures.map(({ pixels }) => pixels))];
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server(build: Path) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=build)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}/"
        running.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(browser: Any, server: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The page, which at the end has asked nobody else for anything and has nothing in its console."""
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    context.on("request", lambda sent: asked.append(sent.url))
    opened.goto(server)
    yield opened
    assert complaints == []
    assert [url for url in asked if not url.startswith((server, "blob:", "data:"))] == []
    context.close()


def open_files(page: Any, *files: Path) -> None:
    page.set_input_files("#files", files)
    sync_api.expect(page.locator("#message")).to_contain_text(f"{files[-1].name}: ", timeout=60_000)


@pytest.mark.parametrize("folder", WHEEL)
def test_golden_files_decode_in_chromium_as_in_python(browser: Any, server: str, folder: str) -> None:
    opened = browser.new_page()
    opened.goto(server)
    for file in golden_files(folder):
        sent = {"data": base64.b64encode(file.read_bytes()).decode(), "pack": file.suffix == ".ltcp"}
        assert_decoded(file, *map(base64.b64decode, opened.evaluate(DECODE, sent)))
    opened.close()


def test_a_file_is_shown_with_its_info_and_can_be_saved(page: Any) -> None:
    open_files(page, GOLDEN / "photo-v3" / "colour_q100.ltc")
    assert (
        page.evaluate(
            "document.querySelector('#front').decode().then(() => document.querySelector('#front').naturalWidth)"
        )
        == 150
    )
    page.click("summary")
    facts = dict(row.split("\t") for row in page.inner_text("#table").splitlines())
    assert facts["bundle"] == "photo-v3" and re.fullmatch(r"\d+\.\d{4}", facts["bpp"])
    assert "side information 0, " in facts["bytes"]
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "colour_q100.png"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_pictures_are_compared_and_a_pack_fills_the_gallery(page: Any) -> None:
    open_files(page, GOLDEN / "photo-v3" / "colour_q20.ltc", GOLDEN / "photo-v3" / "colour_q100.ltc")
    sync_api.expect(page.locator("#gallery button")).to_have_count(2)
    sync_api.expect(page.locator("#other")).to_be_hidden()
    page.check("#compare")
    page.fill("#slider", "25")
    assert page.evaluate("document.querySelector('#cover').style.width") == "75%"
    open_files(page, GOLDEN / "digits-v1" / "digits.ltcp")
    sync_api.expect(page.locator("#gallery button")).to_have_count(12)


def test_a_transparent_picture_does_not_show_the_one_that_it_is_compared_with(page: Any, tmp_path: Path) -> None:
    for name, alpha in (("red", 255), ("nothing", 0)):
        pixels = np.full((40, 60, 4), (255, 0, 0, alpha), np.uint8)
        (tmp_path / f"{name}.ltc").write_bytes(latentcodec.encode(pixels, lossless=True))
    open_files(page, tmp_path / "nothing.ltc", tmp_path / "red.ltc")
    page.check("#compare")
    shown = np.asarray(Image.open(io.BytesIO(page.locator("#canvas").screenshot())).convert("RGB")).astype(int)
    is_red = (shown[..., 0] - shown[..., 1] > 60)[shown.shape[0] // 2]
    middle = len(is_red) // 2
    assert is_red[3 : middle - 3].all() and not is_red[middle + 3 :].any()


def test_a_picture_fits_the_window_when_the_info_opens_and_names_are_long(page: Any, tmp_path: Path) -> None:
    file = tmp_path / f"{'long' * 30}.ltc"
    file.write_bytes((GOLDEN / "photo-v3" / "colour_q100.ltc").read_bytes())
    open_files(page, file)
    page.check("#compare")
    page.click("summary")
    sync_api.expect(page.locator("#whose")).to_have_text(file.name)
    page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert page.evaluate("stage.scrollHeight <= stage.clientHeight")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_list_of_pictures_is_read_in_the_dark_too(browser: Any, server: str) -> None:
    opened = browser.new_page(color_scheme="dark")
    opened.goto(server)
    open_files(opened, GOLDEN / "lossless-v1" / "grey.ltc")
    opened.check("#compare")
    colours = "(([...kinds]) => kinds.map((kind) => getComputedStyle(document.querySelector('#other option'))[kind]))"
    ink, ground = opened.evaluate(f"{colours}(['color', 'backgroundColor'])")
    brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (ink, ground)]
    assert brightness[0] > 600 and brightness[1] < 100
    opened.close()


def test_minus_never_enlarges_a_picture_that_is_small_on_the_page(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "wide.ltc"
    file.write_bytes(latentcodec.encode(np.full((1, 20000), 9, np.uint8), lossless=True))
    open_files(page, file)
    page.click("#out")
    assert page.inner_text("#scale") == "fit"
    assert page.locator("#canvas").bounding_box()["height"] >= 1


def test_the_keyboard_alone_opens_zooms_and_fits(page: Any) -> None:
    open_files(page, GOLDEN / "lossless-v1" / "grey.ltc")
    page.focus("#stage")
    page.keyboard.press("0")
    assert page.inner_text("#scale") == "fit"
    page.keyboard.press("+")
    assert page.inner_text("#scale").endswith("%")
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"files", "compare", "in", "out", "fit", "save", "SUMMARY"} <= reached


def test_a_damaged_file_gets_its_sentence(page: Any, tmp_path: Path) -> None:
    file = tmp_path / "damaged.ltc"
    file.write_bytes((GOLDEN / "photo-v3" / "colour_q20.ltc").read_bytes()[:-1] + b"?")
    page.set_input_files("#files", file)
    sync_api.expect(page.locator("#message")).to_contain_text("ChecksumError")
    assert page.is_hidden("#stage")


def test_of_several_files_each_that_cannot_be_shown_keeps_its_sentence(page: Any, tmp_path: Path) -> None:
    foreign, empty = tmp_path / "foreign.ltc", tmp_path / "empty.ltc"
    foreign.write_text("a letter")
    empty.touch()
    open_files(page, foreign, GOLDEN / "lossless-v1" / "grey.ltc", empty)
    said = page.inner_text("#message").splitlines()
    assert [line.split(": ")[:2] for line in said[:2]] == [
        ["foreign.ltc", "FormatError"],
        ["empty.ltc", "TruncatedError"],
    ]
    assert said[2].startswith("grey.ltc: ") and len(said) == 3


def test_what_cannot_be_read_says_so_and_the_others_are_shown(page: Any) -> None:
    page.evaluate("""() => {
      const read = File.prototype.arrayBuffer;
      File.prototype.arrayBuffer = function () {
        return this.name === "digit.ltc" ? Promise.reject(new DOMException("gone", "NotFoundError")) : read.call(this);
      };
    }""")
    open_files(page, GOLDEN / "lossless-v1" / "digit.ltc", GOLDEN / "lossless-v1" / "grey.ltc")
    assert page.inner_text("#message").startswith("digit.ltc: it cannot be read: gone\ngrey.ltc: ")
    assert page.is_hidden("#progress")


def test_of_a_long_pack_it_says_that_only_the_first_pictures_are_shown(page: Any, tmp_path: Path) -> None:
    pack = tmp_path / "long.ltcp"
    pack.write_bytes(latentcodec.open("digits-v1").encode_pack(np.zeros((201, 8, 8), np.uint8)))
    open_files(page, pack)
    assert "the first 200 of 201 pictures" in page.inner_text("#message")
    sync_api.expect(page.locator("#gallery button")).to_have_count(200)


def test_what_was_loaded_once_works_without_a_network(browser: Any, server: str) -> None:
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(server)
    opened.evaluate("navigator.serviceWorker.ready.then(() => true)")
    open_files(opened, GOLDEN / "digits-v1" / "digit.ltc")
    context.set_offline(True)
    for address in (server, f"{server}index.html"):
        opened.goto(address)
        open_files(opened, GOLDEN / "digits-v1" / "digit.ltc")
    opened.set_input_files("#files", GOLDEN / "lossless-v1" / "grey.ltc")
    message = sync_api.expect(opened.locator("#message"))
    message.to_have_text(re.compile(r"^grey.ltc: BundleError: .*lossless-v1/codec.json cannot be fetched: \w+"))
    context.close()
