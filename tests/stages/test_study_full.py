"""The full study trains only what has not been trained with these parameters on these data."""

from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from stages import study_full
from stages.training.checkpoint import Checkpoint

SETTINGS = {"data": "photos", "epochs": 1}


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copied work tree, in it one codec's parameters and data."""
    monkeypatch.chdir(tmp_path)
    Path("exports").mkdir()
    data = study_full.COPY / "build/data/photos"
    data.mkdir(parents=True)
    for part in ("train", "holdout"):
        np.save(data / f"{part}.npy", np.zeros(3))
    (study_full.COPY / "params.yaml").write_text(yaml.safe_dump({"train": {"mine": SETTINGS}}))
    return study_full.COPY


def checkpoint(copy: Path, settings: dict) -> Checkpoint:
    files = [copy / f"build/data/photos/{part}.npy" for part in ("train", "holdout")]
    return Checkpoint.of("mine", settings, files, copy)


def test_a_finished_training_is_kept_and_offered_to_the_next_run(copy: Path) -> None:
    own = checkpoint(copy, SETTINGS)
    own.save({"history": [], "best": {"weights": {"w": torch.ones(2)}}})
    study_full.keep_finished_trainings()
    own.path.unlink()
    study_full.offer_finished_trainings()
    found = own.load()
    assert found is not None and torch.equal(found["best"]["weights"]["w"], torch.ones(2))


def test_an_unfinished_training_is_not_kept(copy: Path) -> None:
    checkpoint(copy, SETTINGS).save({"trainer": {}, "history": [], "best": {}})
    study_full.keep_finished_trainings()
    assert list(study_full.TRAINED.iterdir()) == []


def test_a_training_with_other_parameters_replaces_the_kept_one(copy: Path) -> None:
    checkpoint(copy, SETTINGS).save({"history": [], "best": {}})
    study_full.keep_finished_trainings()
    changed = SETTINGS | {"epochs": 2}
    (copy / "params.yaml").write_text(yaml.safe_dump({"train": {"mine": changed}}))
    checkpoint(copy, changed).save({"history": [], "best": {}})
    study_full.keep_finished_trainings()
    assert [file.name for file in study_full.TRAINED.iterdir()] == [checkpoint(copy, changed).path.name]


def test_weights_to_start_from_are_offered_under_the_name_of_their_contents(copy: Path) -> None:
    Path("params-full.yaml").write_text(yaml.safe_dump({"data": {"photos": "cars128"}}))
    Path("params.yaml").write_text(
        yaml.safe_dump({"data": {"mirror": None}, "rate_distortion": {"a": {"start": "a.pt"}, "b": {"start": None}}})
    )
    names = []
    for contents in (b"one", b"other"):
        Path("a.pt").write_bytes(contents)
        Path("a.json").write_text("[]")
        study_full.write_params(mirror="")
        blocks = yaml.safe_load((copy / "params.yaml").read_text())["rate_distortion"]
        names.append(blocks["a"]["start"])
        assert blocks["b"]["start"] is None
        assert (copy / names[-1]).read_bytes() == contents
        assert (copy / names[-1]).with_suffix(".json").exists()
    assert names[0] != names[1]


def test_the_full_parameters_change_only_what_they_name(copy: Path) -> None:
    Path("params.yaml").write_text(
        yaml.safe_dump(
            {"data": {"mirror": None, "photos": "embedded"}, "train": {"mine": SETTINGS}, "rate_distortion": {}}
        )
    )
    Path("params-full.yaml").write_text(
        yaml.safe_dump({"data": {"photos": "cars128"}, "train": {"mine": {"epochs": 200}}})
    )
    study_full.write_params(mirror="")
    written = yaml.safe_load((copy / "params.yaml").read_text())
    assert written == {
        "data": {"mirror": None, "photos": "cars128"},
        "train": {"mine": SETTINGS | {"epochs": 200}},
        "rate_distortion": {},
    }


def test_trainings_on_digits_are_not_kept(copy: Path) -> None:
    digits = SETTINGS | {"data": "digits"}
    (copy / "params.yaml").write_text(yaml.safe_dump({"train": {"mine": digits}}))
    (copy / "build/data/photos").rename(copy / "build/data/digits")
    files = [copy / f"build/data/digits/{part}.npy" for part in ("train", "holdout")]
    Checkpoint.of("mine", digits, files, copy).save({"history": [], "best": {}})
    study_full.keep_finished_trainings()
    assert list(study_full.TRAINED.iterdir()) == []
