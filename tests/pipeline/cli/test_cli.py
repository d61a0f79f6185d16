"""The command line as a user runs it: `latentcodec encode|decode|info|verify`."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec import Codec
from latentcodec.bundle import find as search
from latentcodec.cli import main
from latentcodec.container import chunks
from latentcodec.container.read import read_image

pytestmark = pytest.mark.usefixtures("golden_found")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder with photo.png (53x37) and other.jpg (20x30) in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    Image.fromarray(picture(37, 53)).save(folder / "photo.png")
    Image.fromarray(picture(30, 20, seed=3)).save(folder / "other.jpg")
    monkeypatch.chdir(folder)
    return folder


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """A fresh process; the golden bundles are found through the environment."""
    return subprocess.run([sys.executable, "-m", "latentcodec", *map(str, arguments)], input=stdin, capture_output=True)


def encoded(codec: Codec, picture: Path | str, file: Path | str, **options: Any) -> bytes:
    """What the library makes of a picture, with the origin that the command line has put into a file."""
    origin = dict(read_image(Path(file)).chunks)[chunks.ORIGIN]
    return codec.encode(picture, **options, origin=origin)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_encode_then_decode_as_in_the_readme(work: Path, rgb: Codec) -> None:
    done = run("encode", "photo.png", "--bundle", "tiny_rgb", "--quality", "100")
    assert (done.returncode, done.stderr) == (0, b"")
    data = (work / "photo.ltc").read_bytes()
    assert data == encoded(rgb, work / "photo.png", "photo.ltc", quality=100)
    assert done.stdout.decode() == f"photo.png -> photo.ltc: {len(data)} bytes, {8 * len(data) / 37 / 53:.3f} bpp\n"
    (work / "photo.png").unlink()
    done = run("decode", "photo.ltc")
    assert (done.returncode, done.stderr, done.stdout) == (0, b"", b"photo.ltc -> photo.png: 53x37\n")
    assert np.array_equal(np.asarray(Image.open(work / "photo.png")), rgb.decode_array(data))


def test_stdin_to_stdout_carries_the_file_and_nothing_else(work: Path, rgb: Codec) -> None:
    coded = run("encode", "-", "--bundle", "tiny_rgb", stdin=(work / "photo.png").read_bytes())
    assert (coded.returncode, coded.stderr) == (0, b"")
    assert coded.stdout == rgb.encode(work / "photo.png")
    decoded = run("decode", "-", "-o", "-", stdin=coded.stdout)
    assert (decoded.returncode, decoded.stderr) == (0, b"")
    assert decoded.stdout.startswith(b"\x89PNG")
    assert names(work) == {"photo.png", "other.jpg"}


def test_no_file_is_written_to_a_terminal(work: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "latentcodec", "encode", "photo.png", "--bundle", "tiny_rgb", "-o", "-"]
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert done.returncode == 2
    assert done.stderr.startswith(b"latentcodec: a file is not written to a terminal")
    os.close(ours)


def test_what_comes_from_stdin_is_called_so(work: Path) -> None:
    done = run("info", "-", stdin=b"\x89PNG\r\n\x1a\n")
    assert done.stderr == b'latentcodec: stdin: not a .ltc file: it starts with "\\x89PNG"\n'
    assert run("verify", "-", stdin=b"").stderr.startswith(b"latentcodec: stdin: ")


def test_one_failure_is_one_line_and_does_not_stop_the_rest(work: Path) -> None:
    (work / "broken.png").write_bytes((work / "photo.png").read_bytes()[:100])
    done = run("encode", "none.png", "broken.png", "photo.png", "--bundle", "tiny_rgb")
    assert done.returncode == 1
    first, second, again = done.stderr.decode().splitlines()
    assert first == "latentcodec: none.png: No such file or directory"
    assert second.startswith("latentcodec: broken.png: ")
    assert again == "latentcodec: 2 of 3 failed: none.png, broken.png"
    assert names(work) == {"broken.png", "photo.png", "other.jpg", "photo.ltc"}


def test_a_name_that_stdout_cannot_show_stops_nothing(work: Path) -> None:
    for name in ("日.png", "z.png"):
        Image.open("photo.png").save(work / name)
    command = [sys.executable, "-m", "latentcodec", "encode", "日.png", "z.png", "--bundle", "tiny_rgb", "-j", "1"]
    done = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count(" -> ")) == (0, 3)  # two pictures and the total
    assert (work / "z.ltc").exists()


def test_a_reader_that_goes_away_is_no_traceback(work: Path) -> None:
    (work / "photo.ltc").write_bytes(latentcodec.encode(work / "photo.png", bundle="tiny_rgb"))
    command = [sys.executable, "-m", "latentcodec", "info", "photo.ltc"]
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_wrong_usage_exits_with_2(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        [],
        ["encode"],
        ["encode", "photo.png", "--quantiser", "mean"],
        ["encode", "photo.png", "--quality", "101"],
        ["decode", "a", "--threads", "-1"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
    for arguments, message in {
        "encode photo.png --bundle none": "no bundle with the name, id or path 'none'",
        "encode photo.png": f"no bundle with the name, id or path '{search.DEFAULT_BUNDLE}'",
        "encode photo.png --bundle tiny_rgb --bits 2": "belong together",
        "encode photo.png other.jpg --bundle tiny_rgb -o out.ltc": "several inputs need a folder as their output",
        "encode photo.png - --bundle tiny_rgb": "one input, not for one of several",
        "encode photo.png other.jpg --bundle tiny_rgb -o -": "one output, not for several",
        "encode photo.png --bundle tiny_rgb -o photo.png --force": "overwritten by its own output",
        "encode photo.png --bundle tiny_rgb -o - --json": "mix on stdout",
        "encode - --bundle tiny_rgb -o .": "stdin needs a file name",
        "encode photo.png --bundle tiny_rgb -o other.webp": "another format's suffix",
        "decode photo.ltc -o photo.tar": "suffix '.tar'",
    }.items():
        capsys.readouterr()
        assert main(arguments.split()) == 2, arguments
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err
        assert err.count("\n") == 1
    assert names(work) == {"photo.png", "other.jpg"}


def test_an_existing_file_is_kept_unless_forced(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "photo.ltc").write_bytes(b"dear")
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb"]) == 1
    assert "photo.png: photo.ltc exists and is no .ltc file (--force replaces it)" in capsys.readouterr().err
    assert (work / "photo.ltc").read_bytes() == b"dear"
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--force"]) == 0
    assert main(["decode", "photo.ltc"]) == 1
    assert "photo.ltc: photo.png exists" in capsys.readouterr().err
    assert main(["decode", "photo.ltc", "-o", "photo.webp"]) == 0
    assert Image.open(work / "photo.webp").format == "WEBP"


def test_a_write_that_fails_in_the_middle_leaves_the_old_file_and_no_part(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "photo.ltc").write_bytes(b"dear")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--force"]) == 1
    assert (work / "photo.ltc").read_bytes() == b"dear"
    assert names(work) == {"photo.png", "other.jpg", "photo.ltc"}


def test_a_replaced_file_is_a_new_one_under_the_old_name(work: Path) -> None:
    (work / "photo.ltc").write_bytes(b"dear")
    os.link("photo.ltc", "reading.ltc")  # as a reader who has the old file open sees it
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--force"]) == 0
    assert (work / "reading.ltc").read_bytes() == b"dear"
    assert latentcodec.info("photo.ltc")["width"] == 53


def test_several_inputs_go_beside_themselves_or_into_a_folder(work: Path) -> None:
    assert main(["encode", "photo.png", "other.jpg", "--bundle", "tiny_rgb"]) == 0
    assert names(work) >= {"photo.ltc", "other.ltc"}
    (work / "out").mkdir()
    assert main(["decode", "photo.ltc", "other.ltc", "-o", "out"]) == 0
    assert names(work / "out") == {"photo.png", "other.png"}


def test_json_is_what_info_returns(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--json"]) == 0
    facts = latentcodec.info(work / "photo.ltc")
    assert json.loads(capsys.readouterr().out) == {"input": "photo.png", "output": "photo.ltc", **facts}
    for command in ("info", "verify"):
        assert main([command, "photo.ltc", "photo.ltc", "--json"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [json.loads(line) for line in lines] == [{"file": "photo.ltc", **facts}] * 2


def test_info_is_readable(work: Path, capsys: pytest.CaptureFixture[str], rgb: Codec) -> None:
    data = rgb.encode(picture(37, 53), quantiser="vector", bits=2)
    (work / "a.ltc").write_bytes(data)
    assert main(["info", "a.ltc"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a.ltc",
        "  format     ltc, version 1",
        f"  model      {rgb.bundle.model_id.hex()} (tiny_rgb)",
        "  size       53x37",
        "  quantiser  vector, 2 bits",
        "  entropy    static",
        f"  bytes      {len(data)}: header 12, side information 8, payload {len(data) - 24}, checksum 4",
        f"  rate       {8 * len(data) / 37 / 53:.4f} bpp",
        "  bundle",
        "    trained on  synthetic pictures",
        "    licence     MIT",
    ]


def test_verify_tells_sound_files_from_damaged_ones(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = latentcodec.encode(work / "photo.png", bundle="tiny_rgb")
    (work / "sound.ltc").write_bytes(data)
    (work / "cut.ltc").write_bytes(data[:-5])
    assert main(["verify", "cut.ltc", "sound.ltc", "photo.png"]) == 1
    out, err = capsys.readouterr()
    assert out == "sound.ltc: sound\n"
    assert [line.split(": ")[1] for line in err.splitlines()] == ["cut.ltc", "photo.png", "2 of 3 failed"]


def test_a_region_is_what_the_whole_picture_has_there(
    work: Path, rgb: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--tile", "16"]) == 0
    assert main(["info", "photo.ltc"]) == 0
    assert "53x37, in tiles of 16x16" in capsys.readouterr().out
    assert main(["decode", "photo.ltc", "--region", "5,10,45,30", "-o", "part.png"]) == 0
    part, whole = np.asarray(Image.open("part.png")), rgb.decode_array("photo.ltc")
    assert np.abs(part.astype(int) - whole[10:30, 5:45]).max() <= 1
    assert main(["decode", "photo.ltc", "--region", "5,10,54,30", "-o", "no.png"]) == 1
    assert "photo.ltc: " in capsys.readouterr().err
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "--tile", "17", "--force"]) == 2
    assert "multiple of 8" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["decode", "photo.ltc", "--region", "5,10,5,30"])
    assert "is not LEFT,TOP,RIGHT,BOTTOM" in capsys.readouterr().err


def test_metadata_goes_into_the_decoded_picture_unless_it_is_dropped(work: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    Image.fromarray(picture(16, 16)).save("kept.jpg", exif=exif)
    assert main(["encode", "kept.jpg", "--bundle", "tiny_rgb"]) == 0
    for target in ("kept.png", "again.jpg", "again.webp"):
        assert main(["decode", "kept.ltc", "-o", target]) == 0
        assert Image.open(target).getexif()[0x010E] == "a description"
    assert main(["encode", "kept.jpg", "--bundle", "tiny_rgb", "--metadata", "none", "--force"]) == 0
    assert not latentcodec.info("kept.ltc")["exif"]


def test_what_cannot_be_kept_is_a_note(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(picture(16, 16)).convert("CMYK").save("print.jpg")
    assert main(["encode", "print.jpg", "photo.png", "--bundle", "tiny_rgb"]) == 0
    out, err = capsys.readouterr()
    assert out.count(".ltc: ") == 2
    assert err.startswith("latentcodec: note: print.jpg: ") and "CMYK" in err
    assert err.count("\n") == 1
    assert main(["encode", "print.jpg", "--bundle", "tiny_rgb", "--quiet", "--force"]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_largest_picture_to_decode_can_be_told(work: Path, rgb: Codec, capsys: pytest.CaptureFixture[str]) -> None:
    (work / "a.ltc").write_bytes(rgb.encode(picture(9, 9)))
    assert main(["decode", "a.ltc", "--max-pixels", "80"]) == 1
    assert "pixels" in capsys.readouterr().err
    assert main(["decode", "a.ltc", "--max-pixels", "81"]) == 0


def test_an_interrupt_is_no_traceback(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb"]) == 130
    assert names(work) == {"photo.png", "other.jpg"}


def test_version_and_help_name_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["--version"],
        ["--help"],
        *([name, "--help"] for name in ("encode", "decode", "info", "verify")),
    ):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 0
        out = capsys.readouterr().out
        assert "latentcodec " in out
        assert "examples:" in out or arguments == ["--version"]


def test_a_pipe_is_written_to_and_stays_a_pipe(work: Path, rgb: Codec) -> None:
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert main(["encode", "photo.png", "--bundle", "tiny_rgb", "-o", "pipe", "--force"]) == 0
    assert reader.communicate()[0] == rgb.encode(work / "photo.png")
    assert (work / "pipe").is_fifo()


def test_what_a_type_of_file_cannot_hold_is_said_in_one_line(work: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (70_000, 1)).save("wide.png")
    Image.new("RGB", (300, 200), "red").save("large.png")
    Image.new("RGBA", (8, 8), (1, 2, 3, 4)).save("clear.png")
    assert main(["encode", "wide.png", "large.png", "clear.png", "--bundle", "tiny_rgb", "--quiet"]) == 0
    capsys.readouterr()
    for name, suffix, message in (
        ("wide", "gif", "GIF cannot hold a picture of 70000x1 pixels"),
        ("wide", "tga", "TGA cannot hold"),
        ("wide", "pcx", "PCX cannot hold"),
        ("wide", "sgi", "SGI cannot hold"),
        ("wide", "webp", "WEBP cannot hold"),
        ("large", "ico", "ICO cannot hold a picture of 300x200 pixels, it would become"),
        ("clear", "bmp", "BMP keeps no transparency"),
        ("clear", "ppm", "PPM keeps no transparency"),
        ("clear", "jpg", "JPEG keeps no transparency"),
    ):
        assert main(["decode", f"{name}.ltc", "-o", f"out.{suffix}"]) == 1, (name, suffix)
        err = capsys.readouterr().err
        assert err.startswith(f"latentcodec: {name}.ltc: {message}") and err.count("\n") == 1
        assert not Path(f"out.{suffix}").exists()
