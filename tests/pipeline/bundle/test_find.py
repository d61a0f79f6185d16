"""Bundles are found by name, model id or path; an error says where they were looked for and what to do."""

import os
import shutil
from pathlib import Path

import pytest

import latentcodec
from latentcodec import BundleError, UnknownModelError
from latentcodec.bundle import find as search
from latentcodec.bundle.find import default_bundle, find_bundle


def test_a_bundle_is_found_by_name_id_and_path(golden_found: None, bundles: Path) -> None:
    folder = bundles / "tiny_rgb"
    model = latentcodec.open("tiny_rgb").bundle.model_id
    for name in ("tiny_rgb", model, model.hex(), folder, str(folder)):
        assert find_bundle(name) == folder


def test_a_path_needs_no_place_to_be_looked_for(no_bundles: None, bundles: Path) -> None:
    assert latentcodec.open(bundles / "tiny_l").bundle.name == "tiny_l"


def test_an_unknown_bundle_names_the_places_and_the_remedy(golden_found: None, bundles: Path) -> None:
    with pytest.raises(
        UnknownModelError, match=r"'ae99'; looked in .*golden/bundles, .*; add it .*LATENTCODEC_BUNDLES"
    ):
        find_bundle("ae99")
    with pytest.raises(UnknownModelError, match=r"model id 01020304; looked in .*--bundle"):
        find_bundle(b"\1\2\3\4")


def test_places_are_searched_in_order_released_ones_first(
    bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_bundles: None
) -> None:
    released = Path(shutil.copytree(bundles / "tiny_l", search._RELEASED / "tiny_l"))
    first = Path(shutil.copytree(bundles, tmp_path / "first"))
    monkeypatch.setenv(search.VARIABLE, os.pathsep.join([str(tmp_path / "none"), str(first), str(bundles)]))
    assert find_bundle("tiny_l") == released
    assert find_bundle("tiny_rgb") == first / "tiny_rgb"


def test_the_user_s_own_folder_is_the_last_place(
    bundles: Path, monkeypatch: pytest.MonkeyPatch, no_bundles: None
) -> None:
    added = Path(shutil.copytree(bundles / "tiny_rgb", search.user_folder() / "tiny_rgb"))
    shutil.copytree(bundles / "tiny_l", search.user_folder() / ".tiny_l.0123.part")  # somebody was killed here
    assert find_bundle("tiny_rgb") == added
    monkeypatch.setenv(search.VARIABLE, str(bundles))
    assert find_bundle("tiny_rgb") == bundles / "tiny_rgb"


def test_the_variable_may_name_a_bundle_itself(
    bundles: Path, monkeypatch: pytest.MonkeyPatch, no_bundles: None
) -> None:
    monkeypatch.setenv(search.VARIABLE, str(bundles / "tiny_l"))
    assert find_bundle("tiny_l") == bundles / "tiny_l"


def test_a_broken_bundle_hides_no_other_but_is_named_when_it_is_wanted(
    bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_bundles: None
) -> None:
    (tmp_path / "all" / "broken").mkdir(parents=True)
    (tmp_path / "all" / "broken" / "codec.json").write_text("{}")
    shutil.copytree(bundles / "tiny_rgb", tmp_path / "all" / "whole")
    monkeypatch.setenv(search.VARIABLE, str(tmp_path / "all"))
    assert find_bundle("tiny_rgb") == tmp_path / "all" / "whole"
    with pytest.raises(BundleError, match="broken"):
        find_bundle("broken")


def test_without_a_name_the_released_default_encodes_whatever_else_is_found(
    bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(search.VARIABLE, str(bundles))
    assert default_bundle().name == search.DEFAULT_BUNDLE
    monkeypatch.setattr(search, "_RELEASED", tmp_path / "nothing")
    with pytest.raises(
        UnknownModelError, match=f"no bundle with the name, id or path '{search.DEFAULT_BUNDLE}'; looked in"
    ):
        default_bundle()
