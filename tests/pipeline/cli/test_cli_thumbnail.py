"""`latentcodec thumbnail` and `view`, and what makes a desktop know the files."""

import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PIL import Image

import latentcodec
from latentcodec.cli import main

GOLDEN = Path(__file__).parents[2] / "golden"
DESKTOP = Path(latentcodec.__file__).parent / "desktop"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photo.ltc (150 pixels wide), alone in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("photo.ltc").write_bytes((GOLDEN / "photo-v3" / "colour_q100.ltc").read_bytes())
    return Path("photo.ltc")


@pytest.fixture
def viewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system whose viewer notes in a file what it is to show."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "xdg-open"
    program.write_text(f'#!/bin/sh\necho "$1" >> {shlex.quote(str(tmp_path / "shown"))}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=os.pathsep)
    return tmp_path / "shown"


def test_a_thumbnail_is_an_eighth_or_of_the_size_that_is_asked_for(file: Path, capsys: Capture) -> None:
    assert main(["thumbnail", "photo.ltc", "-o", "small.png"]) == 0
    eighth = Image.open("small.png").size
    assert capsys.readouterr().out == f"photo.ltc -> small.png: {eighth[0]}x{eighth[1]}\n"
    assert eighth[0] == 19
    for size in (10, 100):
        assert main(["thumbnail", "photo.ltc", "--size", str(size), "-o", "small.png", "--force"]) == 0
        assert max(Image.open("small.png").size) == size


def test_an_output_that_exists_stays_unless_forced(file: Path, capsys: Capture) -> None:
    Path("small.png").write_text("mine")
    assert main(["thumbnail", "photo.ltc", "-o", "small.png"]) == 1
    assert "--force replaces it" in capsys.readouterr().err
    assert Path("small.png").read_text() == "mine"


def test_of_a_file_that_is_not_all_there_it_says_that_nothing_is_verified(file: Path, capsys: Capture) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert main(["thumbnail", "photo.ltc", "-o", "small.png"]) == 1
    assert "damaged or cut" in capsys.readouterr().err
    assert main(["thumbnail", "photo.ltc", "-o", "small.png", "--partial"]) == 0
    assert "not verified" in capsys.readouterr().err
    assert Image.open("small.png").width == 19


def test_where_a_file_ends_before_its_picture_it_says_that_there_is_nothing_to_show(
    file: Path, capsys: Capture
) -> None:
    file.write_bytes(file.read_bytes()[:40])
    assert main(["thumbnail", "photo.ltc", "-o", "small.png", "--partial"]) == 1
    assert "nothing to show yet" in capsys.readouterr().err
    assert not Path("small.png").exists()


def test_view_opens_the_decoded_picture(file: Path, viewer: Path, capsys: Capture) -> None:
    assert main(["view", "photo.ltc"]) == 0
    shown = Path(viewer.read_text().strip())
    assert capsys.readouterr().out == f"photo.ltc: {shown}\n"
    assert shown.name == "photo.png"
    assert Image.open(shown).tobytes() == latentcodec.decode(file).tobytes()


def test_view_says_what_is_missing_where_nothing_opens_pictures(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("PATH", "")
    assert main(["view", "photo.ltc"]) == 1
    assert "no program opens pictures here" in capsys.readouterr().err


def test_the_desktop_knows_files_by_their_first_bytes_and_their_names() -> None:
    name = "{http://www.freedesktop.org/standards/shared-mime-info}"
    kinds = {}
    for kind in ElementTree.parse(DESKTOP / "latentcodec.xml").getroot():
        pattern, match = kind.find(f"{name}glob"), kind.find(f"{name}magic/{name}match")
        assert pattern is not None and match is not None and match.get("offset") == "0"
        kinds[kind.get("type")] = (pattern.get("pattern"), match.get("value", "").encode().decode("unicode_escape"))
    assert kinds["image/x-latentcodec"] == ("*.ltc", "LTC\x01")
    assert kinds["application/x-latentcodec-pack"] == ("*.ltcp", "LTP\x01")
    assert (GOLDEN / "photo-v3" / "colour_q20.ltc").read_bytes().startswith(b"LTC\x01")
    assert (GOLDEN / "digits-v1" / "digits.ltcp").read_bytes().startswith(b"LTP\x01")


@pytest.mark.parametrize("output", ["out.png", ".gnome_desktop_thumbnail.Q1W2E3"])
def test_the_thumbnailer_writes_a_png_whatever_name_the_desktop_has_for_it(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    program = tmp_path / "bin" / "latentcodec"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m latentcodec "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    file.rename('a photo\'s "$HOME".ltc')
    Path(output).touch()
    lines = (DESKTOP / "latentcodec.thumbnailer").read_text().splitlines()
    entry = dict(line.split("=", 1) for line in lines[1:])
    values = {"%s": "128", "%i": 'a photo\'s "$HOME".ltc', "%o": output}
    subprocess.run([values.get(word, word) for word in shlex.split(entry["Exec"])], check=True)
    picture = Image.open(output)
    assert (picture.format, max(picture.size)) == ("PNG", 128)
    assert entry["MimeType"] == "image/x-latentcodec;"
