"""README.md of a released bundle: its card, in the form that Hugging Face reads."""

import json
from pathlib import Path

import pytest
import yaml
from miniature import Miniature

import latentcodec
from stages.model_card import licence, page
from stages.release import release

ROOT = Path(__file__).parents[2]
RELEASED = sorted(path.parent for path in (ROOT / "exports/release").glob("*/codec.json"))


def metadata(text: str) -> dict:
    _, between, _ = text.split("---\n", 2)
    return yaml.safe_load(between)


@pytest.mark.parametrize("folder", RELEASED, ids=lambda folder: folder.name)
def test_the_page_of_every_released_bundle_is_what_its_card_says(folder: Path) -> None:
    assert (folder / "README.md").read_text() == page(folder), "run python -m stages.model_card"


@pytest.mark.parametrize("folder", RELEASED, ids=lambda folder: folder.name)
def test_its_metadata_have_what_the_hub_asks_of_them(folder: Path) -> None:
    found, card = metadata(page(folder)), json.loads((folder / "card.json").read_text())
    assert found["library_name"] == "latentcodec" and "image-compression" in found["tags"]
    assert (found["license"] == "other") == ("license_name" in found)
    (model,) = found["model-index"]
    (result,) = model["results"]
    assert model["name"] == folder.name
    assert result["task"]["type"] and result["dataset"]["type"] and result["dataset"]["name"] == card["measured_on"]
    known = [value for row in card["quality"] or [card] for value in row.values() if isinstance(value, int | float)]
    assert result["metrics"] and all(metric["value"] in known and metric["type"] for metric in result["metrics"])


def test_a_new_bundle_comes_with_its_page(miniature: Miniature, tmp_path: Path) -> None:
    release("mine-v1", "tiny", "CC0", study=miniature.root, released=tmp_path)
    text = (tmp_path / "mine-v1/README.md").read_text()
    card = json.loads((tmp_path / "mine-v1/card.json").read_text())
    assert metadata(text)["license"] == "cc0-1.0"
    assert "12 pictures of gradients. Their terms: Made by the tests." in text
    assert latentcodec.open(tmp_path / "mine-v1").bundle.model_id.hex() in text
    for row in card["quality"]:
        assert f"| {row['quality']} | {row['bpp']} | {row['psnr']} |" in text


@pytest.mark.parametrize(
    ("terms", "named"),
    [
        ("weights: CC BY-SA 4.0, as some of the pictures they learnt from", "cc-by-sa-4.0"),
        ("CC0", "cc0-1.0"),
        ("CC BY-SA 4.0 and CC0", "other"),
        ("weights: not stated", "other"),
        ("LIMITED", "other"),
    ],
)
def test_a_licence_is_named_where_the_terms_name_one(terms: str, named: str) -> None:
    assert licence(terms) == named
