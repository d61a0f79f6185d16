"""docs/zoo.md has every released bundle, as it is now, with figures that the command measured."""

from pathlib import Path

import pytest
from PIL import Image

from stages.report import zoo

ROOT = Path(__file__).parents[3]
RELEASED = sorted(path.parent.name for path in (ROOT / "exports/release").glob("*/codec.json"))


@pytest.fixture(scope="module")
def measured() -> list[zoo.Measured]:
    return zoo.load(ROOT / "results/zoo")


def test_every_released_bundle_was_measured_as_it_is_now(measured: list[zoo.Measured]) -> None:
    assert [each.facts.name for each in measured] == RELEASED
    for each in measured:
        assert (each.results["bundle"], each.results["model"]) == (each.facts.name, each.facts.model_id.hex())


def test_a_bundle_has_a_line_with_its_card_and_one_for_each_quality(measured: list[zoo.Measured]) -> None:
    listed = zoo.bundles(measured).splitlines()[2:]
    assert [line.split("]")[0] for line in listed] == [f"| [{name}" for name in RELEASED]
    points = zoo.points(measured)
    for each in measured:
        own = [row for row in each.results["rows"] if row["codec"] == each.facts.name]
        assert points.count(f"| {each.name} |") == (0 if each.facts.lossless else len(own))


def test_the_page_shows_small_curves_of_every_bundle_with_loss(measured: list[zoo.Measured], tmp_path: Path) -> None:
    zoo.draw(measured, tmp_path)
    page = (ROOT / "docs/zoo.md").read_text()
    lossy = {f"{each.dataset}/{each.facts.name}.webp" for each in measured if not each.facts.lossless}
    assert {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()} == lossy
    for name in lossy:
        assert f"](../results/zoo/{name})" in page
        kept, drawn = (Image.open(folder / name) for folder in (ROOT / "results/zoo", tmp_path))
        assert kept.size == drawn.size and (ROOT / "results/zoo" / name).stat().st_size < 60_000


def test_times_are_those_of_a_megapixel(measured: list[zoo.Measured]) -> None:
    found = {"pictures": ["a.png", "b.png"], "pixels": 500_000}
    each = zoo.Measured(measured[0].folder, measured[0].facts, "some", found)
    assert each.per_megapixel({"encode_ms": 10.0, "decode_ms": 2.5}) == ["40", "10"]
