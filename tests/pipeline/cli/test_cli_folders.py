"""Many pictures in one command: folders, several cores, what is there already, interruptions."""

import json
import os
import pty
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec import Codec
from latentcodec.cli import main
from latentcodec.cli.work import share_cores

pytestmark = pytest.mark.usefixtures("golden_found")
ENCODE = ["encode", "--bundle", "tiny_rgb"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photos/ with a.png, summer/b.jpg, and files that are to be passed over; the current folder is above it."""
    photos = tmp_path / "photos"
    for hidden in (photos / "summer", photos / ".thumbnails"):
        hidden.mkdir(parents=True)
    Image.fromarray(picture(16, 16)).save(photos / "a.png")
    Image.fromarray(picture(24, 16, seed=1)).save(photos / "summer/b.jpg")
    Image.fromarray(picture(8, 8)).save(photos / ".thumbnails/a.png")
    Image.fromarray(picture(8, 8)).save(photos / ".a.png")
    (photos / "notes.txt").write_text("none")
    monkeypatch.chdir(tmp_path)
    return tmp_path


PICTURES = ("photos/a.png", "photos/summer/b.jpg")


def files_of(folder: Path) -> list[Path]:
    return [folder / name for name in files(folder)]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_s_tree_is_repeated_and_comes_back(tree: Path, rgb: Codec, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ENCODE, "photos", "-o", "coded/new"]) == 0
    assert files(tree / "coded/new") == {"a.ltc", "summer/b.ltc"}
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "photos/a.png -> coded/new/a.ltc",
        "photos/summer/b.jpg -> coded/new/summer/b.ltc",
        "2 pictures",
    ]
    sizes = [sum(Path(name).stat().st_size for name in both) for both in (PICTURES, files_of(tree / "coded/new"))]
    assert lines[-1].startswith(f"2 pictures: {sizes[0]} -> {sizes[1]} bytes, ")
    assert main(["verify", "coded"]) == 0
    assert main(["info", "coded", "--json"]) == 0
    assert [json.loads(line)["height"] for line in capsys.readouterr().out.splitlines()[2:]] == [16, 24]
    assert main(["decode", "coded/new", "-o", "back/"]) == 0
    assert files(tree / "back") == {"a.png", "summer/b.png"}


def test_without_an_output_the_files_lie_beside_the_pictures(tree: Path) -> None:
    assert main([*ENCODE, "photos", "--quiet"]) == 0
    assert {"a.ltc", "summer/b.ltc"} < files(tree / "photos")


def test_a_second_run_does_only_what_is_missing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    (tree / "coded/a.ltc").unlink()
    before = (tree / "coded/summer/b.ltc").stat().st_mtime_ns
    capsys.readouterr()
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    out, err = capsys.readouterr()
    assert out.count("\n") == 1 and "a.ltc" in out
    assert "1 of 2 files skipped" in err
    assert (tree / "coded/summer/b.ltc").stat().st_mtime_ns == before
    assert main([*ENCODE, "photos", "-o", "coded", "--force"]) == 0
    assert (tree / "coded/summer/b.ltc").stat().st_mtime_ns > before


@pytest.mark.parametrize("other", ["--quality 100", "--entropy static", "--tile 8", "--metadata none", "--auto"])
def test_a_run_with_other_settings_does_all_again(other: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    capsys.readouterr()
    for _ in range(2):
        assert main([*ENCODE, "photos", "-o", "coded", *other.split()]) == 0
        out, err = capsys.readouterr()
        assert out.count("in place of one with other settings") == (0 if "2 of 2 files skipped" in err else 2)
    assert "2 of 2 files skipped" in err


def test_a_picture_that_has_changed_is_encoded_again_whatever_its_time(tree: Path) -> None:
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    first, before = (tree / "coded/a.ltc").read_bytes(), (tree / "photos/a.png").stat()
    Image.fromarray(picture(16, 16, seed=9)).save("photos/a.png")
    os.utime("photos/a.png", ns=(1, 1))
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    second = (tree / "coded/a.ltc").read_bytes()
    assert second != first
    Image.fromarray(picture(16, 16, seed=2)).save("photos/a.png")
    os.utime("photos/a.png", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert main([*ENCODE, "photos/a.png", "-o", "coded/a.ltc"]) == 0
    assert (tree / "coded/a.ltc").read_bytes() not in (first, second)


def test_a_damaged_output_is_made_again(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [*ENCODE, "photos/a.png", "-o", "a.ltc", "--tile", "8"]  # of a tile, only its own checksum tells
    assert main(command) == 0
    whole = Path("a.ltc").read_bytes()
    for damaged in (whole[:-1], whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:], b""):
        Path("a.ltc").write_bytes(damaged)
        capsys.readouterr()
        assert main(command) == 0
        assert "in place of a damaged file" in capsys.readouterr().out
        assert Path("a.ltc").read_bytes() == whole


def test_an_explicit_output_that_is_up_to_date_is_skipped_too(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [*ENCODE, "photos/a.png", "-o", "a.ltc"]
    assert main(command) == 0
    capsys.readouterr()
    assert main(command) == 0
    assert "1 of 1 file skipped" in capsys.readouterr().err
    assert main([*command, "--no-clobber"]) == 1
    assert "a.ltc exists" in capsys.readouterr().err
    assert main(["decode", "a.ltc"]) == 0
    assert main(["decode", "a.ltc"]) == 0
    assert "1 of 1 file skipped" in capsys.readouterr().err
    assert main(["decode", "a.ltc", "--no-clobber"]) == 1


def test_what_this_command_did_not_make_of_the_picture_is_never_lost(
    tree: Path, rgb: Codec, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(picture(16, 16, seed=5)).save("photos/a.jpg")
    assert main([*ENCODE, "photos/a.jpg"]) == 0  # perhaps all that is left of a picture of the same name
    for content in (Path("photos/a.ltc").read_bytes(), rgb.encode("photos/a.jpg"), b"no .ltc file"):
        Path("photos/a.ltc").write_bytes(content)
        assert main([*ENCODE, "photos/a.png"]) == 1
        assert "photos/a.ltc exists" in capsys.readouterr().err
        assert Path("photos/a.ltc").read_bytes() == content


def test_a_decoded_picture_has_its_file_s_time_and_is_skipped_as_long_as_both_agree(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*ENCODE, "photos", "-o", "coded"]) == 0
    os.utime("coded/a.ltc", ns=(5, 10**18))
    assert main(["decode", "coded", "-o", "back"]) == 0
    assert Path("back/a.png").stat().st_mtime_ns == 10**18
    assert main(["decode", "coded", "-o", "back"]) == 0
    assert "2 of 2 files skipped" in capsys.readouterr().err
    os.utime("coded/a.ltc", ns=(5, 10**17))  # another file, an older one
    assert main(["decode", "coded", "-o", "back"]) == 1
    assert "back/a.png exists, and was not made from the file as it is now" in capsys.readouterr().err
    assert main(["decode", "coded/summer/b.ltc", "-o", "back/summer/b.png", "--region", "0,0,8,8"]) == 0
    first = Image.open("back/summer/b.png").tobytes()
    assert main(["decode", "coded/summer/b.ltc", "-o", "back/summer/b.png", "--region", "4,4,12,12"]) == 0
    assert Image.open("back/summer/b.png").size == (8, 8)
    assert Image.open("back/summer/b.png").tobytes() != first


def test_an_older_file_in_the_output_s_place_is_never_lost(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ENCODE, "photos"]) == 0
    original = (tree / "photos/a.png").read_bytes()
    os.utime("photos/a.png", ns=(1, 1))
    assert main(["decode", "photos"]) == 1
    assert "photos/a.ltc: photos/a.png exists" in capsys.readouterr().err
    assert (tree / "photos/a.png").read_bytes() == original


def test_one_failure_does_not_stop_the_rest_and_is_listed_again(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "photos/broken.png").write_bytes(b"no picture")
    Image.fromarray(picture(8, 8)).save(tree / "photos/a.jpg")  # would be a.ltc, too
    assert main([*ENCODE, "photos", "-o", "coded", "--jobs", "2"]) == 1
    err = capsys.readouterr().err.splitlines()
    taken, remedy = "would be the output of", "rename one, or give each its own -o"
    assert err == [
        "latentcodec: note: photos: passed over 1 .txt",
        f"latentcodec: photos/a.jpg: coded/a.ltc {taken} photos/a.png too: {remedy}",
        f"latentcodec: photos/a.png: coded/a.ltc {taken} photos/a.jpg too: {remedy}",
        "latentcodec: photos/broken.png: no picture that Pillow can read",
        "latentcodec: 3 of 4 failed: photos/a.jpg, photos/a.png, photos/broken.png",
    ]
    assert files(tree / "coded") == {"summer/b.ltc"}


def test_folders_that_do_not_suit_are_said_in_one_line(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, status, message in (
        ([*ENCODE, "photos/a.png", "-o", "none/a.ltc"], 1, "photos/a.png: folder none does not exist"),
        (["verify", "photos"], 1, "photos: the folder holds no file of this kind"),
        ([*ENCODE, "photos", "-o", "photos/a.png"], 2, "photos/a.png is no folder"),
        ([*ENCODE, "photos", "-o", "-"], 2, "'-' stands for one output"),
        ([*ENCODE, "none/"], 1, "none/: No such file or directory"),
    ):
        assert main(arguments) == status, arguments
        err = capsys.readouterr().err
        assert err.startswith(f"latentcodec: {message}")
        assert err.count("\n") == 1
    assert main([*ENCODE, "photos/a.png", "-o", "new/"]) == 0
    assert files(tree / "new") == {"a.ltc"}


def test_several_inputs_share_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentcodec.cli.work.cores", lambda: 8)
    assert share_cores(0, 0, 1) == (1, 0)
    assert share_cores(0, 0, 100) == (8, 1)
    assert share_cores(0, 0, 2) == (2, 4)
    assert share_cores(3, 0, 100) == (3, 2)
    assert share_cores(0, 5, 100) == (8, 5)


def test_a_terminal_shows_a_bar_and_a_file_does_not(tree: Path) -> None:
    command = [sys.executable, "-m", "latentcodec", *ENCODE, "photos", "-o", "coded", "--force"]
    status, shown = on_a_terminal(command)
    assert status == 0
    assert "] 0/2" in shown and "] 1/2" in shown
    assert shown.endswith("\r\x1b[K")  # nothing stays
    assert subprocess.run(command, capture_output=True).stderr == b"latentcodec: note: photos: passed over 1 .txt\n"


IN_NO_TIME = (
    "import sys\n"
    "from latentcodec.cli import main, work\n"
    "work.Bar._MOMENT = work.Bar._INTERVAL = work.Bar._START = -1\n"  # a small picture shows what a large one would
    "sys.exit(main(sys.argv[1:]))"
)


def test_a_terminal_shows_what_is_done_of_a_single_picture_that_takes_more_than_a_moment(tree: Path) -> None:
    Image.fromarray(picture(90, 120)).save("large.png")
    commands = [[*ENCODE, "large.png", "--tile", "16", "--force"], ["decode", "large.ltc", "back.png", "--force"]]
    for arguments, words in zip(commands, (["encoding"], ["decoding", "writing"]), strict=True):
        slow = [sys.executable, "-c", IN_NO_TIME, *arguments]
        status, shown = on_a_terminal(slow)
        assert status == 0 and "[" + " " * 30 + f"]   0 %  {words[0]}" in shown and " left" in shown
        assert all("[" + "#" * 30 + f"] 100 %  {word}\r" in shown for word in words)
        assert shown.endswith("\r\x1b[K")  # nothing stays
        assert on_a_terminal([*slow, "--quiet"]) == (0, "")
        assert subprocess.run(slow, capture_output=True).stderr == b""
        assert on_a_terminal([sys.executable, "-m", "latentcodec", *arguments]) == (0, "")  # it takes but a moment


def test_a_picture_among_several_is_in_their_bar_alone(tree: Path) -> None:
    status, shown = on_a_terminal([sys.executable, "-c", IN_NO_TIME, *ENCODE, "photos", "-o", "coded", "--jobs", "1"])
    assert status == 0 and "] 2/2" in shown and "%" not in shown


def on_a_terminal(command: list[str]) -> tuple[int, str]:
    """The exit status, and what stderr shows if it is a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError), open(ours, "rb", buffering=0) as terminal:  # which ends so
            while some := terminal.read(1000):
                shown += some
    return process.returncode, shown.decode()


def test_killed_while_writing_the_old_file_is_intact(tree: Path) -> None:
    (tree / "photos/a.ltc").write_bytes(b"dear")
    slow = (
        "import os, signal, sys, time\n"
        "from latentcodec.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may start the tests with it ignored
        "def wait(_):\n"
        "    os.write(1, b'writing\\n')\n"
        "    time.sleep(60)\n"
        "os.fsync = wait\n"
        "main(sys.argv[1:])"
    )
    for end in (signal.SIGKILL, signal.SIGINT):
        command = [sys.executable, "-c", slow, *ENCODE, "photos/a.png", "photos/summer/b.jpg", "--force"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stderr is not None
            assert process.stdout.readline() == "writing\n"
            process.send_signal(end)
            assert process.stderr.read() == ""
        assert process.returncode == (-9 if end == signal.SIGKILL else 130)
        assert (tree / "photos/a.ltc").read_bytes() == b"dear"
        assert not (tree / "photos/summer/b.ltc").exists()
        parts = list((tree / "photos").rglob(".*.part"))
        assert bool(parts) == (end == signal.SIGKILL)  # who can, clears up
        for part in parts:
            part.unlink()
    assert main([*ENCODE, "photos/a.png", "--force"]) == 0
    assert latentcodec.info("photos/a.ltc")["width"] == 16
