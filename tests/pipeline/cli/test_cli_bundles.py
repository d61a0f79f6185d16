"""`latentcodec bundles list|add|verify` and `doctor`: a bundle travels to another machine and is used there."""

import json
import os
import shutil
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

from latentcodec import Codec
from latentcodec.bundle import find as search
from latentcodec.bundle.card import describe_card
from latentcodec.bundle.find import user_folder
from latentcodec.cli import main

Capture = pytest.CaptureFixture[str]


def test_a_file_whose_bundle_is_missing_decodes_once_it_is_added(
    no_bundles: None, bundles: Path, rgb: Codec, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "a.ltc"
    file.write_bytes(rgb.encode(picture(9, 9)))
    assert main(["decode", str(file)]) == 1
    err = capsys.readouterr().err
    assert rgb.bundle.model_id.hex() in err and "latentcodec bundles add FOLDER" in err and "--bundle" in err
    assert main(["bundles", "add", str(bundles / "tiny_rgb")]) == 0
    assert capsys.readouterr().out.startswith(f"tiny_rgb  {rgb.bundle.model_id.hex()}  added: {user_folder()}")
    assert main(["decode", str(file)]) == 0
    assert Image.open(tmp_path / "a.png").size == (9, 9)


def test_another_bundle_of_the_same_name_is_replaced_only_by_force(
    no_bundles: None, bundles: Path, remake, capsys: Capture
) -> None:
    assert main(["bundles", "add", str(bundles / "tiny_rgb"), str(bundles / "tiny_l")]) == 0
    other = str(remake(facts={"entropy": ["static"]}))
    capsys.readouterr()
    assert main(["bundles", "add", other, str(bundles / "tiny_rgb")]) == 1
    assert "is another bundle of that name (--force replaces it)" in capsys.readouterr().err
    assert main(["bundles", "add", other, "--force", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["model"]
    assert main(["bundles", "verify"]) == 0
    assert f"tiny_rgb  {model}  sound, runs on cpu" in capsys.readouterr().out
    (user_folder() / "tiny_rgb/tables.bin").write_bytes(b"")  # damaged: adding it again mends it
    assert main(["bundles", "verify", "tiny_rgb"]) == 1
    assert main(["bundles", "add", other]) == 0
    assert main(["bundles", "verify", "tiny_rgb"]) == 0
    assert sorted(path.name for path in user_folder().iterdir()) == ["tiny_l", "tiny_rgb"]


def test_a_bundle_that_another_hides_is_said_to_be(golden_found: None, bundles: Path, remake, capsys: Capture) -> None:
    assert main(["bundles", "add", str(bundles / "tiny_l")]) == 0
    assert capsys.readouterr().err == ""
    assert main(["bundles", "add", str(remake(facts={"entropy": ["static"]}))]) == 0
    assert f"by its name, the bundle in {bundles / 'tiny_rgb'} is found first" in capsys.readouterr().err


@pytest.mark.parametrize("harm", ["hash", "file", "schema", "network"])
def test_a_bundle_that_is_not_sound_is_not_added(
    no_bundles: None, remake, tmp_path: Path, harm: str, capsys: Capture
) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    folder = remake(decoder=tmp_path / "broken.onnx") if harm == "network" else remake()
    if harm == "hash":
        (folder / "encoder.onnx").write_bytes(b"another")
    elif harm == "file":
        (folder / "tables.bin").unlink()
    elif harm == "schema":
        facts = json.loads((folder / "codec.json").read_text())
        (folder / "codec.json").write_text(json.dumps({**facts, "schema": 99}))
    for command in (["bundles", "add", str(folder)], ["bundles", "verify", str(folder)]):
        assert main(command) == 1
        err = capsys.readouterr().err
        assert str(folder) in err and err.count("\n") == 1
    assert not user_folder().exists()


def test_verify_and_list_report_every_bundle(golden_found: None, remake, monkeypatch, capsys: Capture) -> None:
    assert main(["bundles", "verify", "--provider", "cpu"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["tiny_gained", "tiny_l", "tiny_rgb"]
    assert main(["bundles", "list"]) == 0
    out = capsys.readouterr().out
    assert "28x28" in out and "trained on  synthetic pictures" in out
    broken = remake()
    monkeypatch.setenv("LATENTCODEC_BUNDLES", str(broken))
    (broken / "tables.bin").write_bytes(b"")
    assert main(["bundles", "verify"]) == 1
    assert main(["doctor", "--provider", "cpu"]) == 1
    assert "FAILS" in capsys.readouterr().out
    (broken / "codec.json").write_text("{}")
    assert main(["bundles", "list"]) == 1


def test_doctor_says_which_provider_and_tries_every_bundle(golden_found: None, capsys: Capture) -> None:
    assert main(["doctor", "--json", "--provider", "cpu"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["provider"] == {"asked": "cpu", "chosen": "cpu", "reason": "asked for"}
    assert [bundle["name"] for bundle in report["bundles"]] == ["tiny_gained", "tiny_l", "tiny_rgb"]


def test_a_card_is_shown_as_far_as_it_goes(no_bundles: None, bundles: Path, tmp_path: Path, capsys: Capture) -> None:
    card = {
        "terms": "weights: ask us",
        "data": {"name": "cars128", "terms": "research only"},
        "measured_on": "Kodak",
        "quality": [{"quality": 5, "bpp": 0.12, "psnr": 25.5, "ssim": 0.7}, {"quality": 95, "bpp": 1.5}],
    }
    assert describe_card(card) == [
        "trained on  cars128",
        "terms       research only",
        "own terms   weights: ask us",
        "measured on Kodak",
        "    quality     bpp  PSNR dB    SSIM",
        "          5   0.120    25.50   0.700",
        "         95   1.500        -       -",
    ]
    eye = {"quality": 5, "bpp": 0.12, "psnr": 25.5, "ssim": 0.7, "ssimulacra2": 31.4, "butteraugli": 2.5}
    assert describe_card({"quality": [eye]}) == [
        "    quality     bpp  PSNR dB    SSIM  SSIMULACRA2  butteraugli",
        "          5   0.120    25.50   0.700         31.4         2.50",
    ]
    for odd in ({}, {"data": None}, {"data": [1], "quality": "good"}, {"quality": [3, {"bpp": None}]}):
        describe_card(odd)
    folder = Path(shutil.copytree(bundles / "tiny_rgb", tmp_path / "tiny_rgb"))
    (folder / "card.json").write_text("no JSON")
    assert main(["bundles", "add", str(folder)]) == 0
    assert main(["bundles", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["card"] == {}


def test_a_card_steers_no_terminal_and_prints_as_json(
    golden_found: None, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    folder = Path(shutil.copytree(bundles / "tiny_rgb", tmp_path / "mine/tiny_rgb"))
    (folder / "card.json").write_text(
        '{"licence": "\\u001b[2Jevil", "quality": [{"quality": NaN, "bpp": 1e999, "psnr": %s}]}' % ("9" * 400)
    )
    monkeypatch.setenv(search.VARIABLE, str(tmp_path / "mine"))
    assert main(["bundles", "list"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["bundles", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["card"]["quality"]
    assert row == {"quality": None, "bpp": None, "psnr": None}


def test_a_pipe_in_the_place_of_a_file_is_no_bundle(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe/codec.json")
    assert main(["bundles", "add", str(tmp_path / "pipe")]) == 1
    assert "codec.json is no regular file" in capsys.readouterr().err


@pytest.mark.parametrize("home", [None, ""])
def test_a_user_without_a_home_is_told_what_to_set_and_gets_no_folder_called_so(
    home: str | None, no_bundles: None, bundles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    if home is None:
        monkeypatch.setattr(os.path, "expanduser", str)  # as it is where neither HOME nor a passwd entry says more
    else:
        monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_DATA_HOME", "relative")
    assert main(["bundles", "add", str(bundles / "tiny_rgb")]) == 1
    assert "there is no home for bundles: set HOME or XDG_DATA_HOME" in capsys.readouterr().err
    assert main(["bundles", "list"]) == 0
    assert os.listdir() == []
