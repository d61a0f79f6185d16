"""One command makes a bundle of one's own of the released one: the same symbols in less, and both terms on its card."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from miniature import RATE_DISTORTION, Miniature, smooth_pictures
from PIL import Image

import latentcodec
from stages.channels import channels_last
from stages.datasets.dataset import DataError
from stages.fine_tune import fine_tune
from stages.model_card import licence

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def params(variable_rate: Miniature, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The study's, to go on from the miniature: from its weights, which learnt on other terms, and its bundle."""
    folder = tmp_path_factory.mktemp("base")
    weights = folder / "tiny.pt"
    weights.write_bytes((variable_rate.root / "build/tiny/weights.pt").read_bytes())
    weights.with_suffix(".card.json").write_text(json.dumps({"terms": "made by the tests"}))
    bundle = shutil.copytree(variable_rate.bundle, folder / "tiny")
    (bundle / "card.json").write_text(json.dumps({"terms": "as the tests"}))
    how = {"codec": "tiny", "bundle": str(bundle), "megapixels": 0.2}
    study = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    study["evaluate"]["qualities"] = [20, 80]
    return study | {
        "device": "cpu",
        "rate_distortion": {"tiny": RATE_DISTORTION | {"start": str(weights)}},
        "fine_tune": how | {"settings": {"steps": 0, "learning_rate": 0.0001, "crop": 256}},
    }


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six pictures of one kind."""
    folder = tmp_path_factory.mktemp("own") / "stripes"
    folder.mkdir()
    for number, picture in enumerate(smooth_pictures(6, 96, seed=7)):
        picture[:, :, number::16] = 255 - picture[:, :, number::16]
        Image.fromarray(channels_last(picture)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def mine(params: dict, pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tuned")
    return fine_tune("mine", pictures, "CC0", 0.05, params, work=root / "work", released=root / "release")


def test_a_picture_is_quantised_as_before_and_takes_fewer_bytes(
    mine: Path, variable_rate: Miniature, pictures: Path
) -> None:
    own, base = latentcodec.open(mine), latentcodec.open(variable_rate.bundle)
    paths = sorted(pictures.iterdir())
    for path in paths:
        ours, theirs = (codec.symbols(codec.encode(path, quality=70, entropy="static")) for codec in (own, base))
        np.testing.assert_array_equal(ours, theirs)
    ours, theirs = (sum(len(codec.encode(path, quality=70)) for path in paths) for codec in (own, base))
    assert ours < 0.95 * theirs


def test_the_decoder_has_learnt_on(mine: Path, variable_rate: Miniature) -> None:
    own, base = latentcodec.open(mine), latentcodec.open(variable_rate.bundle)
    latents = base.analyse(variable_rate.pictures[:1])
    np.testing.assert_array_equal(own.analyse(variable_rate.pictures[:1]), latents)
    assert not np.array_equal(own.synthesise(latents, 48, 48), base.synthesise(latents, 48, 48))


def test_the_card_has_both_terms_and_what_was_reached_on_pictures_that_were_set_aside(mine: Path) -> None:
    card = json.loads((mine / "card.json").read_text())
    assert card["terms"] == "own pictures: CC0; it went on from tiny: as the tests"
    assert card["data"]["terms"] == "CC0; weights went on from tiny.pt: made by the tests"
    assert (card["data"]["name"], card["data"]["pictures"]) == ("stripes", 4)
    assert card["measured_on"] == "2 test pictures of stripes, set aside, 96x96, none of them learnt from"
    assert [row["quality"] for row in card["quality"]] == [20, 80]
    assert licence(card["terms"]) == "other"  # what the weights may be used for, CC0 does not say
    page = (mine / "README.md").read_text()
    assert "license: other" in page and "CC0" in page and "as the tests" in page


def test_a_name_that_is_taken_is_refused_before_anything_is_done(mine: Path, params: dict, pictures: Path) -> None:
    with pytest.raises(SystemExit, match="mine is there already"):
        fine_tune("mine", pictures, "CC0", 60, params, work=mine.parents[1] / "other", released=mine.parent)
    assert not (mine.parents[1] / "other").exists()


def test_what_cannot_be_learnt_from_is_named(params: dict, pictures: Path, tmp_path: Path) -> None:
    def tune(folder: Path, test: Path | None = None) -> Path:
        return fine_tune("mine", folder, "CC0", 60, params, test, work=tmp_path / "work", released=tmp_path / "release")

    (tmp_path / "one").mkdir()
    Image.new("RGB", (96, 96)).save(tmp_path / "one/a.png")
    with pytest.raises(DataError, match="one has 1 picture"):
        tune(tmp_path / "one")
    Image.new("RGB", (40, 96)).save(tmp_path / "one/b.png")
    with pytest.raises(DataError, match="side of 40 pixels"):
        tune(tmp_path / "one", test=pictures)
    with pytest.raises(DataError, match="no picture"):
        (tmp_path / "none").mkdir()
        tune(tmp_path / "none")
    (tmp_path / "none/broken.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"none/broken\.png cannot be read"):
        tune(pictures, test=tmp_path / "none")
    with pytest.raises(DataError, match="there is no folder"):
        tune(tmp_path / "nowhere")


@pytest.mark.parametrize(("name", "minutes"), [("../mine", 1), ("mine/", 1), ("mine", -1)])
def test_a_name_with_folders_and_negative_minutes_are_refused(
    name: str, minutes: float, params: dict, pictures: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="expected"):
        fine_tune(name, pictures, "CC0", minutes, params, work=tmp_path / "work", released=tmp_path / "release")
