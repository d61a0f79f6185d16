"""What docs/scale.md says of one study for several people: pushed by one, pulled by another, nothing trained again."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from readme import ROOT, copy_of_the_study, copy_of_the_tree, study_is_finished
from stores import new_bucket, s3_server
from test_scale import bash, marked

CLONED = "https://example.org/team/latentcodec.git"
IDENTITY = "git config --global user.name Reader; git config --global user.email reader@example.org\n"


@pytest.fixture(params=["folder", "s3"])
def remote(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A place, and the stage whose outputs are pushed there; "" for all: a server in this process is slow."""
    if request.param == "folder":
        yield str(tmp_path / "remote"), ""
        return
    pytest.importorskip("dvc_s3", reason="dvc-s3, of the group dev, is not installed")
    with s3_server():
        yield f"{new_bucket()}/study", " report"


def test_who_clones_the_study_pulls_its_outputs_and_has_nothing_to_train(
    remote: tuple[str, str], tmp_path: Path
) -> None:
    if not study_is_finished():
        pytest.skip("the study is not finished here: make study")
    (place, stage), here, there = remote, tmp_path / "latentcodec", tmp_path / "there"
    environment = copy_of_the_study(here) | {"HOME": str(tmp_path)}
    pushed = marked("push").text.replace("s3://bucket/study", place).replace("dvc push", f"dvc push{stage}")
    bash(IDENTITY + pushed, here, environment)
    there.mkdir()
    pulled = marked("pull").text.replace(CLONED, str(here)).replace("dvc pull", f"dvc pull{stage}")
    bash(pulled, there, environment)
    clone = there / "latentcodec"
    if not stage:
        status = json.loads(bash("dvc status --json", clone, environment))
        assert status in ({}, {"list_pictures": ["always changed"]})
    report = "results/report.html"
    assert (clone / report).read_bytes() == (here / report).read_bytes()


def test_a_released_bundle_is_taken_out_of_the_repository_by_its_name(tmp_path: Path) -> None:
    environment = copy_of_the_tree(tmp_path / "here")
    bash(marked("artifact").text.replace(CLONED, str(tmp_path / "here")), tmp_path, environment)
    released = ROOT / "exports/release/photo-v3"
    for file in released.iterdir():
        assert (tmp_path / "photo-v3" / file.name).read_bytes() == file.read_bytes()
