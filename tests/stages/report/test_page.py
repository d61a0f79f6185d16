"""The study on one page, as people use it: in a real browser, wide and narrow, with a pointer and with the keyboard."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pytest

from stages.report.page import graph, trained, write
from tests.stages.report.conftest import PARAMS

Visit = Callable[..., Any]
WIDTHS = pytest.mark.parametrize("width", [390, 1440])


@pytest.fixture
def report(study: Path) -> Path:
    return study / "results/report.html"


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect

    return expect(locator)


@WIDTHS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_no_wider_than_its_window(visit: Visit, report: Path, width: int, scheme: str) -> None:
    page = visit(report, width, color_scheme=scheme)
    expect(page.locator("#curves svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_point_under_the_pointer_says_its_codec_quality_and_rate(visit: Visit, report: Path) -> None:
    page = visit(report)
    page.locator("#curves path[aria-roledescription='point']").first.hover(force=True)
    expect(page.locator("#vg-tooltip-element")).to_contain_text(re.compile(r"codec.*setting.*bpp.*SSIM", re.DOTALL))


@WIDTHS
def test_points_are_read_with_the_arrow_keys(visit: Visit, report: Path, width: int) -> None:
    page = visit(report, width)
    expect(page.locator("#curves svg")).to_be_visible()
    page.locator("#curves").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#point")).to_have_text("AE2, b = 1: 1.066 bpp, SSIMULACRA2 20")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#point")).to_contain_text("AE2, b = 2")


def test_a_codec_is_taken_out_of_the_chart(visit: Visit, report: Path) -> None:
    page = visit(report)
    lines = page.locator("#curves path[aria-roledescription='line mark']")
    expect(lines).to_have_count(5)
    page.get_by_label("JPEG", exact=True).uncheck()
    expect(lines).to_have_count(4)


def test_tables_are_sorted_by_a_column_and_filtered_by_words(visit: Visit, report: Path) -> None:
    page = visit(report)
    table = page.locator("#all-points table")
    page.get_by_label("Filter Photographs").fill("jpeg")
    expect(table.locator("tbody tr")).to_have_count(3)
    column = table.locator("th[data-key=bpp] button")
    rates = []
    for order in ("ascending", "descending"):
        column.press("Enter")
        expect(table.locator(f"th[aria-sort={order}]")).to_have_text("bpp")
        rates.append([float(text) for text in table.locator("tbody td:nth-child(5)").all_inner_texts()])
    assert rates[0] == sorted(rates[0]) and rates[1] == rates[0][::-1]


def test_two_codecs_are_laid_over_each_other_at_about_equal_rate(visit: Visit, report: Path) -> None:
    page = visit(report)
    page.locator("select[name=left]").select_option("ResAE v2")
    page.locator("select[name=right]").select_option("JPEG")
    left, right = page.locator("#gallery-left-caption"), page.locator("#gallery-right-caption")
    seen = []
    page.get_by_label("Rate of the left one").focus()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        expect(left).to_contain_text({"Home": "b = 1", "End": "b = 3"}[key])
        seen.append([float(re.findall(r"([\d.]+) bpp", side.inner_text())[0]) for side in (left, right)])
    assert seen[0][0] < seen[1][0] and seen[0][1] < seen[1][1]
    page.locator("select[name=right]").select_option("original")
    expect(right).to_have_text("original, 24 bits per pixel")


@WIDTHS
def test_the_divide_between_two_pictures_goes_with_pointer_and_keys(visit: Visit, report: Path, width: int) -> None:
    page = visit(report, width)
    divide, left = page.get_by_label("Where the left picture ends"), page.locator("#gallery-left")
    divide.press("End")
    expect(left).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
    divide.click(position={"x": width / 20, "y": 20})
    assert float(divide.input_value()) < 30


def test_a_latent_dim_is_chosen_for_digits(visit: Visit, report: Path) -> None:
    page = visit(report)
    page.locator("#digit-dim").focus()
    for key, dim in (("Home", "64"), ("End", "784")):
        page.keyboard.press(key)
        expect(page.locator("#digit-dim-text")).to_have_text(dim)
        expect(page.locator("#digit-rows figcaption").nth(1)).to_contain_text(f"{1 / int(dim):.3g}")


@WIDTHS
def test_the_map_tells_of_the_digit_under_the_pointer_and_by_arrow_keys(visit: Visit, report: Path, width: int) -> None:
    page = visit(report, width)
    told = page.locator("#map-text")
    expect(told).to_contain_text("Of the 9 digits next to it")
    box = page.locator("#map").bounding_box()
    page.locator("#map").hover(position={"x": 0.04 * box["width"], "y": 0.95 * box["height"]})
    expect(told).to_contain_text("A 0.")
    page.locator("#map").focus()
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("A 1.")


def test_a_stage_of_the_pipeline_is_told_of(visit: Visit, report: Path) -> None:
    page = visit(report)
    page.get_by_role("button", name="train", exact=True).focus()
    expect(page.locator("#stage")).to_contain_text("python -m stages.bits.train CODEC")
    expect(page.locator("#stage")).to_contain_text("build/CODEC/weights.pt")


def test_boxes_of_the_pipeline_stand_clear_of_longer_edges() -> None:
    chain = networkx.DiGraph([("a", "b"), ("a", "c"), ("b", "d"), ("d", "e"), ("c", "e")])
    lanes = graph.in_lanes(chain, [["a"], ["b", "c"], ["d"], ["e"]])
    assert lanes["d"] != lanes["c"]  # from which an edge goes on below or above d


def test_the_page_says_how_long_each_network_was_trained(report: Path) -> None:
    text = report.read_text()
    assert re.search(r">AE2</th><td>trained for 24 seconds</td><td>2 epochs<", text)
    assert re.search(r">cars</th><td>trained for 6 minutes</td><td>300 steps<", text)


def test_one_epoch_is_no_several(tmp_path: Path) -> None:
    (tmp_path / "data/photos").mkdir(parents=True)
    np.save(tmp_path / "data/photos/train.npy", np.zeros((4, 3, 8, 8), np.uint8))
    (tmp_path / "ae/live/plots/metrics").mkdir(parents=True)
    for name in ("items_per_second", "holdout_loss"):
        (tmp_path / f"ae/live/plots/metrics/{name}.tsv").write_text(f"step\t{name}\n0\t4.0\n")
    assert trained.of_epochs("ae", {"data": "photos"}, tmp_path)["length"] == "1 epoch"


@pytest.mark.parametrize(
    ("seconds", "words"), [(1, "1 second"), (43.2, "43 seconds"), (754, "13 minutes"), (12345, "3.4 hours")]
)
def test_durations_are_in_words(seconds: float, words: str) -> None:
    assert trained.in_words(seconds) == words


@pytest.mark.parametrize(("samples", "files", "shown"), [(1, 1, 1), (1000, 1, 100), (1, 4000, 1)])
def test_with_many_pictures_the_page_is_no_larger_than_6_mb(
    study: Path, unlocked: Path, samples: int, files: int, shown: int
) -> None:
    collected = write.collected(PARAMS, study, unlocked)
    (sample, *_) = collected["gallery"]
    sample = sample | {"files": {codec: some * files for codec, some in sample["files"].items()}}
    text = write.page(collected | {"gallery": [sample] * samples})
    assert len(text.encode()) <= 6_000_000
    in_page = json.loads(re.findall(r'<script id="study" type="application/json">(.*?)</script>', text, re.DOTALL)[0])
    assert len(in_page["gallery"]) >= shown
    assert all(in_page["gallery"][0]["files"].values())


def test_the_report_is_one_file_of_at_most_6_mb() -> None:
    try:
        size = (Path(__file__).parents[3] / "results/report.html").stat().st_size
    except FileNotFoundError:
        pytest.skip("results/report.html is not there: `make study` writes it, and takes it away before")
    assert size <= 6_000_000
