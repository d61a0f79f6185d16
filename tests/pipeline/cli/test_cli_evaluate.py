"""`latentcodec evaluate`: a bundle on a folder of pictures, as a table, JSON, CSV and figures."""

import csv
import json
import sys
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec.cli import main

Capture = pytest.CaptureFixture[str]
EVALUATE = ["evaluate", "tiny_gained", "photos", "--quality", "20,80", "--against", "jpeg"]


@pytest.fixture
def photos(lossless_found: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder photos with two pictures, below the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    Image.fromarray(picture(112, 120)).save(folder / "a.png")
    Image.fromarray(picture(112, 120, seed=5)).save(folder / "more/b.png")
    return folder


def test_it_prints_the_means_and_how_the_files_compare(photos: Path, capsys: Capture) -> None:
    assert main(EVALUATE) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["a.png: 11 files measured", "more/b.png: 11 files measured"]
    head = lines[3].split()
    assert head[:4] == ["codec", "quality", "bpp", "SSIMULACRA2"] and "MS-SSIM" in head
    assert [line.split()[:2] for line in lines[4:6]] == [["tiny_gained", "20"], ["tiny_gained", "80"]]
    assert lines[-1].split()[0] == "jpeg"


def test_outputs_are_written_by_their_suffixes(photos: Path, capsys: Capture) -> None:
    outputs = ["found.json", "found.csv", "found.png", "found.webp", "found.svg"]
    assert main([*EVALUATE, "--json", *(word for name in outputs for word in ("-o", name))]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert json.loads(Path("found.json").read_text()) == printed
    assert printed["pictures"] == ["a.png", "more/b.png"]
    with open("found.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 2 * 11
    assert [Image.open(name).format for name in outputs[2:4]] == ["PNG", "WEBP"]
    assert "<svg" in Path("found.svg").read_text()


def test_an_output_that_exists_stops_it_before_the_work(photos: Path, capsys: Capture) -> None:
    Path("found.csv").write_text("mine")
    assert main([*EVALUATE, "-o", "found.csv"]) == 1
    out, err = capsys.readouterr()
    assert out == "" and "found.csv exists (--force replaces it)" in err
    assert Path("found.csv").read_text() == "mine"
    assert main([*EVALUATE, "-o", "found.csv", "--force"]) == 0
    assert Path("found.csv").read_text().startswith("picture,codec,quality,bytes,bpp,")


def test_a_broken_picture_is_named_and_the_others_are_measured(photos: Path, capsys: Capture) -> None:
    (photos / "broken.png").write_bytes(b"no picture")
    assert main([*EVALUATE, "-o", "found.json"]) == 1
    assert "photos/broken.png: no picture that Pillow can read" in capsys.readouterr().err
    assert json.loads(Path("found.json").read_text())["pictures"] == ["a.png", "more/b.png"]


def test_without_loss_it_prints_bits_per_pixel(photos: Path, capsys: Capture) -> None:
    assert main(["evaluate", "lossless-v1", "photos", "--against", "png"]) == 0
    head, ours, png = capsys.readouterr().out.splitlines()[3:]
    assert head.split() == ["codec", "quality", "bpp", "encode", "ms", "decode", "ms"]
    assert [line.split()[:2] for line in (ours, png)] == [["lossless-v1", "-"], ["png", "-"]]


def test_wrong_usage_exits_with_2_and_says_what_is_wrong(photos: Path, capsys: Capture) -> None:
    for words, said in {
        ("evaluate", "nobody", "photos"): "no bundle with",
        ("evaluate", "lossless-v1", "photos", "--quality", "50"): "lossless",
        (*EVALUATE, "--against", "gif"): "'gif' is none of",
        ("evaluate", "tiny_gained", "photos", "--against", "lossless-v1"): "is for other pictures than tiny_gained",
        (*EVALUATE, "--against", "tiny_gained"): "both bundles are called tiny_gained",
    }.items():
        assert main([*words]) == 2
        err = capsys.readouterr().err
        assert said in err and err.count("\n") == 1
    with pytest.raises(SystemExit) as stop:
        main([*EVALUATE, "-o", "found.txt"])
    assert stop.value.code == 2 and "ends in none of .json, .csv" in capsys.readouterr().err


def test_another_bundle_is_compared_with_at_the_same_qualities(photos: Path, capsys: Capture, bundles: Path) -> None:
    facts = json.loads((bundles / "tiny_gained/codec.json").read_text())
    parts = {part: bundles / "tiny_gained" / f"{part}.onnx" for part in ("encoder", "decoder")}
    tables = (bundles / "tiny_gained/tables.bin").read_bytes()
    latentcodec.write_bundle(photos.parent / "twin", {**facts, "name": "twin"}, **parts, tables=tables, card={})
    assert main([*EVALUATE, "--against", "twin,jpeg", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    ours, twins = ([row for row in found["rows"] if row["codec"] == codec] for codec in ("tiny_gained", "twin"))
    same = ("quality", "bpp", "psnr", "ssimulacra2")
    assert [[row[key] for key in same] for row in ours] == [[row[key] for key in same] for row in twins]
    deltas = {(row["against"], row["measure"]): row["bd_rate_percent"] for row in found["bd_rates"]}
    assert deltas["twin", "psnr"] == 0 and ("jpeg", "psnr") in deltas


def test_without_the_extra_it_says_what_to_install(
    photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in [name for name in sys.modules if name.startswith("latentcodec.evaluation")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bjontegaard", None)
    assert main(EVALUATE) == 2
    assert "pip install 'latentcodec[study]'" in capsys.readouterr().err
