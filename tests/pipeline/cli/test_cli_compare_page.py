"""`latentcodec compare` of several pictures, and the page that it writes, in a real browser."""

import base64
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_golden import picture
from PIL import Image

from latentcodec.cli import compare_page, main

COMPARE = ["compare", "--bundle", "tiny_gained", "--against", "jpeg,webp"]
WIDTHS = pytest.mark.parametrize("width", [390, 1440])
Capture = pytest.CaptureFixture[str]
Visit = Callable[..., Any]


@pytest.fixture
def photos(golden_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The current folder holds photos/ with two pictures; the first one's name would break a careless page."""
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    names = ["photos/a <b>&amp; 'c'.png", "photos/b.png"]
    for seed, name in enumerate(names):
        Image.fromarray(picture(60 + 20 * seed, 90, seed)).save(name)
    return names


@pytest.fixture
def page(photos: list[str], capsys: Capture) -> Path:
    assert main([*COMPARE, "photos", "--html", "page.html"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "page: page.html"
    return Path("page.html").resolve()


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect

    return expect(locator)


def content(page: Path) -> dict[str, Any]:
    found = re.search(r'<script id="comparison" type="application/json">(.*?)</script>', page.read_text(), re.DOTALL)
    assert found
    return json.loads(found[1])


def test_totals_are_the_bytes_of_all_pictures_and_means_of_what_is_measured(photos: list[str], capsys: Capture) -> None:
    assert main([*COMPARE, "photos", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["input"], row["codec"]) for row in rows] == [
        (name, codec) for name in photos for codec in ("tiny_gained", "jpeg", "webp")
    ]
    assert main([*COMPARE, "photos"]) == 0
    first, second, sums, _, *table = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{photos[0]}: {rows[0]['bytes']} bytes; SSIMULACRA2 tiny_gained ")
    assert second.startswith(f"{photos[1]}: ") and sums.startswith("2 pictures")
    for number, line in enumerate(table):
        pair = rows[number], rows[number + 3]
        size = sum(row["bytes"] for row in pair)
        seen = sum(row["ssimulacra2"] for row in pair) / 2
        assert line.split()[0] == pair[0]["codec"]
        assert f" {size} " in line and f" {8 * size / (60 * 90 + 80 * 90):.4f} " in line and f" {seen:.2f} " in line


def test_the_page_holds_the_pixels_as_they_are(page: Path) -> None:
    source = content(page)["pictures"][0]["source"]
    with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as shown:
        assert np.array_equal(np.asarray(shown), picture(60, 90, 0))


def test_of_a_large_picture_the_page_shows_a_part(photos: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_page, "WHOLE", 50)
    assert main([*COMPARE, photos[1], "--html", "page.html"]) == 0
    assert content(Path("page.html"))["pictures"][0]["box"] == [20, 15, 70, 65]
    assert main([*COMPARE, photos[1], "--html", "page.html", "--force", "--region", "1,2,31,42"]) == 0
    assert content(Path("page.html"))["pictures"][0]["box"] == [1, 2, 31, 42]


def test_of_many_pictures_the_page_shows_some_and_says_so(
    photos: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(compare_page, "MOST", 1)
    assert main([*COMPARE, "photos", "--html", "page.html"]) == 0
    assert "the page shows 1 of 2 pictures" in capsys.readouterr().err
    assert content(Path("page.html"))["count"] == 2


def test_a_picture_that_fails_does_not_stop_the_others(photos: list[str], capsys: Capture) -> None:
    Path("photos/aa.png").write_bytes(b"no picture")
    assert main([*COMPARE, "photos", "--html", "page.html"]) == 1
    assert "latentcodec: photos/aa.png: no picture" in capsys.readouterr().err
    assert [shown["name"] for shown in content(Path("page.html"))["pictures"]] == photos


def test_a_page_is_refused_before_the_work(photos: list[str], capsys: Capture) -> None:
    assert main([*COMPARE, "photos", "-o", "beside.png"]) == 2
    assert main([*COMPARE, "photos", "--html", "-"]) == 2
    Path("page.html").write_text("mine")
    capsys.readouterr()
    assert main([*COMPARE, "photos", "--html", "page.html"]) == 1
    assert capsys.readouterr().out == "" and Path("page.html").read_text() == "mine"


@WIDTHS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_no_wider_than_its_window(visit: Visit, page: Path, width: int, scheme: str) -> None:
    opened = visit(page, width, color_scheme=scheme)
    expect(opened.locator("#files tbody tr")).to_have_count(3)
    assert opened.evaluate("document.documentElement.scrollWidth") == width


def test_a_name_is_shown_as_it_is(visit: Visit, page: Path, photos: list[str]) -> None:
    opened = visit(page)
    expect(opened.locator("h1")).to_have_text(photos[0])
    opened.locator("#picture").select_option(photos[1])
    expect(opened.locator("h1")).to_have_text(photos[1])


@WIDTHS
def test_the_divide_goes_with_the_handle_and_by_keys(visit: Visit, page: Path, width: int) -> None:
    opened = visit(page, width)
    divide, left = opened.get_by_label("Where the left picture ends"), opened.locator("#left-picture")
    divide.press("Home")
    assert left.evaluate("(picture) => parseFloat(getComputedStyle(picture).clipPath.split(' ')[1])") > 0
    box = opened.locator("#handle").bounding_box()
    opened.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    opened.mouse.down()
    opened.mouse.move(box["x"] + width / 2, box["y"] + 20)
    opened.mouse.up()
    assert 40 < float(divide.input_value()) < 65


def test_any_two_are_laid_over_each_other_and_told_of(visit: Visit, page: Path) -> None:
    opened = visit(page)
    expect(opened.locator("#left-caption")).to_contain_text("Left: tiny_gained 50, ")
    expect(opened.locator("#right-caption")).to_contain_text("SSIMULACRA2")
    opened.locator("#right").select_option("original")
    expect(opened.locator("#right-caption")).to_have_text("Right: original, 90\u00d760")
    original = content(page)["pictures"][0]["source"]
    expect(opened.locator("#right-picture")).to_have_attribute("src", original)


@WIDTHS
def test_keys_and_buttons_zoom(visit: Visit, page: Path, width: int) -> None:
    opened = visit(page, width)
    scale, view = opened.locator("#scale"), opened.locator("#view")
    fitted = scale.inner_text()
    view.press("+")
    view.press("+")
    opened.get_by_role("button", name="Zoom in").click()
    assert float(scale.inner_text().split()[0]) > 2 * float(fitted.split()[0])
    assert view.evaluate("(view) => view.scrollWidth > view.clientWidth")
    view.press("0")
    expect(scale).to_have_text(fitted)


def test_where_one_of_several_pictures_came_back_exactly_the_totals_do_not_say_that_all_did(
    visit: Visit, page: Path
) -> None:
    text = page.read_text()
    totals = json.dumps(content(page)["totals"])
    assert totals in text
    page.write_text(text.replace(totals, re.sub(r'"psnr": [\d.]+', '"psnr": null', totals)))
    opened = visit(page)
    assert opened.locator("#totals tbody td:nth-child(5)").all_inner_texts() == ["\u221e"] * 3
    assert "\u221e" not in opened.inner_text("#files")


def test_the_tables_are_sorted_by_a_column(visit: Visit, page: Path) -> None:
    opened = visit(page)
    for table in ("#files", "#totals"):
        for order in ("ascending", "descending"):
            opened.locator(f"{table} th[data-key=ssimulacra2] button").press("Enter")
            expect(opened.locator(f"{table} th[aria-sort={order}]")).to_have_text("SSIMULACRA2")
            shown = [float(text) for text in opened.locator(f"{table} td:nth-child(7)").all_inner_texts()]
            assert shown == sorted(shown, reverse=order == "descending")
