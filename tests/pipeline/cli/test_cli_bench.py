"""`latentcodec bench`: what it measures adds up."""

import json
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

from latentcodec.cli import bench, main


@pytest.fixture(autouse=True)
def quick(golden_found: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "_SECONDS", 0.0)
    monkeypatch.setattr(bench, "_SIZE", (64, 96))
    monkeypatch.setattr(bench, "cores", lambda: 3)


def test_speeds_of_one_picture_of_the_network_and_of_batches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--bundle", "tiny_rgb", "--provider", "cpu", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["megapixels"] == pytest.approx(64 * 96 / 1e6)
    assert [row["workers"] for row in result["batch"]] == [1, 2, 3]
    for speeds in (result["encode"], result["decode"], *result["batch"]):
        assert all(value > 0 for value in speeds.values())


def test_a_table_of_one_s_own_pictures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(2):
        Image.fromarray(picture(50, 40, seed=number)).save(tmp_path / f"{number}.png")
    assert main(["bench", str(tmp_path), "--bundle", "tiny_rgb", "--provider", "cpu"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("on cpu, 3 cores; 2 pictures of 0.00 megapixels")
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "encode",
        "decode",
        "batch",
        "1 worker",
        "2 workers",
        "3 workers",
    ]


def test_a_bundle_of_one_size_is_measured_at_that_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--bundle", "tiny_l", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["megapixels"] == pytest.approx(28 * 28 / 1e6)
