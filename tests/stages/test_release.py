"""A released bundle codes as the study's does, under its own name and id, and its card tells the truth."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from miniature import Miniature

import latentcodec
from latentcodec.distortion import butteraugli, ssimulacra2
from stages.release import release


@pytest.fixture(scope="module")
def released(miniature: Miniature, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    release("mine-v1", "tiny", "CC0", study=miniature.root, released=folder)
    return folder / "mine-v1"


def test_it_has_its_own_name_and_id_and_codes_to_the_same_symbols(miniature: Miniature, released: Path) -> None:
    own, study = latentcodec.open(released), latentcodec.open(miniature.bundle)
    assert own.bundle.name == "mine-v1" and own.bundle.model_id != study.bundle.model_id
    ours, theirs = (codec.encode(miniature.pictures[0], quality=50) for codec in (own, study))
    assert len(ours) == len(theirs)
    np.testing.assert_array_equal(own.symbols(ours), study.symbols(theirs))


def test_the_card_says_what_it_was_trained_on_and_on_which_terms(miniature: Miniature, released: Path) -> None:
    card = json.loads((released / "card.json").read_text())
    assert card["data"]["name"] == "gradients" and card["data"]["terms"] == "made by the tests"
    assert card["data"]["pictures"] == {"train": 8, "holdout": 4}
    assert card["terms"] == "CC0"
    assert card["training"] == miniature.params["train"]["tiny"]


def test_the_quality_on_the_card_is_that_of_files_that_the_bundle_writes(miniature: Miniature, released: Path) -> None:
    card = json.loads((released / "card.json").read_text())
    assert card["measured_on"] == "3 test pictures of gradients, 48x48, none of them learnt from"
    codec = latentcodec.open(released)
    assert [row["quality"] for row in card["quality"]] == [step for step, *_ in codec.bundle.facts.quality]
    for row in card["quality"]:
        files = [codec.encode(picture, quality=row["quality"]) for picture in miniature.pictures]
        errors = [
            np.square(codec.decode_array(file) - picture.astype(float)).mean()
            for file, picture in zip(files, miniature.pictures, strict=True)
        ]
        assert row["bpp"] == pytest.approx(8 * sum(map(len, files)) / (3 * 48 * 48), abs=1e-4)
        assert row["psnr"] == pytest.approx(np.mean(10 * np.log10(255**2 / np.array(errors))), abs=0.01)
        pairs = [(picture, codec.decode_array(file)) for file, picture in zip(files, miniature.pictures, strict=True)]
        assert row["ssimulacra2"] == pytest.approx(np.mean([ssimulacra2(*pair) for pair in pairs]), abs=0.01)
        assert row["butteraugli"] == pytest.approx(np.mean([butteraugli(*pair) for pair in pairs]), abs=0.001)


def test_the_card_of_a_variable_rate_bundle_has_the_qualities_that_the_study_measures(
    variable_rate: Miniature, tmp_path: Path
) -> None:
    params = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
    params["evaluate"]["qualities"] = [5, 95]
    (variable_rate.root / "params.yaml").write_text(yaml.safe_dump(params))
    release("mine-v1", "tiny", "CC0", study=variable_rate.root, released=tmp_path)
    card = json.loads((tmp_path / "mine-v1/card.json").read_text())
    assert [row["quality"] for row in card["quality"]] == [5, 95]
    assert card["quality"][0]["bpp"] < card["quality"][1]["bpp"]
    assert card["data"]["pictures"] == 12 and card["training"]["steps"] == 4


def test_a_released_bundle_is_never_replaced(miniature: Miniature, released: Path) -> None:
    with pytest.raises(SystemExit, match="another name"):
        release("mine-v1", "tiny", "CC0", study=miniature.root, released=released.parent)


def test_data_that_changed_since_the_training_are_noticed(miniature: Miniature, tmp_path: Path) -> None:
    (tmp_path / "exports").symlink_to(miniature.root / "exports")
    data = tmp_path / "build/data/photos"
    data.mkdir(parents=True)
    for part in ("train", "holdout", "test"):
        np.save(data / f"{part}.npy", np.zeros((3, 3, 48, 48), np.uint8))
    with pytest.raises(SystemExit, match="dvc repro"):
        release("mine-v2", "tiny", "CC0", study=tmp_path, released=tmp_path / "released")
    assert not (tmp_path / "released/mine-v2").exists()
