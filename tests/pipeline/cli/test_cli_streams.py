"""Streams, signals and files that are no ordinary ones: stdout under other names, closed, full; links; pipes."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

import latentcodec
from latentcodec.cli import main

pytestmark = pytest.mark.usefixtures("photo")
ENCODE = "latentcodec encode photo.png --bundle tiny_rgb"
Run = Callable[..., subprocess.CompletedProcess[str]]
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_stdout_carries_the_file_alone_whatever_it_is_called(name: str, shell: Run) -> None:
    assert shell(f"{ENCODE} -o {name} | wc -c").stdout.strip() == shell(f"{ENCODE} -o - | wc -c").stdout.strip()


def test_a_pipe_without_a_name_is_an_output(shell: Run) -> None:
    done = shell(f"({ENCODE} -o /dev/fd/3 3>&1 >/dev/null) | wc -c")
    assert (done.stdout.strip(), done.stderr) == (shell(f"{ENCODE} -o - | wc -c").stdout.strip(), "")


def test_a_closed_stream_harms_neither_the_file_nor_the_status(shell: Run) -> None:
    whole = shell(f"{ENCODE} -o whole.ltc")
    assert whole.returncode == 0
    for number, closed in enumerate((">&-", "2>&-", "<&-", "<&- >&- 2>&-")):
        assert shell(f"{ENCODE} -o {number}.ltc {closed}").returncode == 0, closed
        assert Path(f"{number}.ltc").read_bytes() == Path("whole.ltc").read_bytes()


def test_a_closed_stream_that_is_needed_is_named(shell: Run) -> None:
    for line, name in ((f"{ENCODE} -o - >&-", "stdout"), ("latentcodec info - <&-", "stdin")):
        done = shell(line)
        assert (done.returncode, done.stderr) == (2, f"latentcodec: {name} is closed\n")


def test_an_error_stream_that_takes_nothing_stops_nothing(shell: Run) -> None:
    Path("b.png").write_bytes(b"no picture")
    done = shell("latentcodec encode b.png photo.png --bundle tiny_rgb 2</dev/null")  # open, but for reading
    assert done.returncode == 1 and Path("photo.ltc").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is full")
def test_a_full_stdout_is_one_line(shell: Run) -> None:
    shell(f"{ENCODE} -o a.ltc")
    done = shell("latentcodec info a.ltc > /dev/full")
    assert (done.returncode, done.stderr) == (1, "latentcodec: No space left on device\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signal_leaves_nothing_half_written(number: signal.Signals, jobs: int) -> None:
    Image.fromarray(picture(9, 9)).save("b.png")
    slow = (
        "import os, sys, time, signal\n"
        "from latentcodec.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "signal.signal(signal.SIGHUP, signal.SIG_DFL)\n"  # which who started the tests may ignore
        "os.fsync = lambda _: (os.write(1, b'writing\\n'), time.sleep(60))\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", slow, "encode", "photo.png", "b.png", "--bundle", "tiny_rgb", "-j", str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "writing\n"
        process.send_signal(number)
        assert process.stderr.read() == ""
    assert process.returncode == 128 + number
    assert sorted(os.listdir()) == ["b.png", "photo.png"]


def test_a_link_stays_a_link_and_a_private_file_stays_private() -> None:
    Path("real").mkdir()
    command = ["encode", "photo.png", "--bundle", "tiny_rgb", "-o"]
    assert main([*command, "real/a.ltc"]) == 0
    os.chmod("real/a.ltc", 0o600)
    os.symlink("real/a.ltc", "a.ltc")
    assert main([*command, "a.ltc", "--quality", "9"]) == 0  # made again, since the settings are others
    assert main([*command, "a.ltc", "--force"]) == 0
    assert Path("a.ltc").is_symlink()
    assert stat.S_IMODE(os.stat("real/a.ltc").st_mode) == 0o600
    assert os.listdir("real") == ["a.ltc"]


def test_what_is_no_ordinary_file_in_a_folder_is_counted_and_never_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.delitem(
        Image.registered_extensions(), ".jxl", raising=False
    )  # A test of the bench loads a plugin for it.
    Path("photos/summer").mkdir(parents=True)
    Path("elsewhere").mkdir()
    os.rename("photo.png", "photos/photo.png")
    os.mkfifo("photos/pipe.png")
    os.symlink("nowhere", "photos/gone.png")
    os.symlink("../elsewhere", "photos/linked")
    for name in ("a.heic", "b.HEIC", "c.jxl", "d.cr2", "README"):
        Path("photos/summer", name).touch()
    assert main(["encode", "photos", "-o", "coded/", "--bundle", "tiny_rgb"]) == 0
    assert capsys.readouterr().err == (
        "latentcodec: note: photos: passed over 1 .cr2, 2 .heic, 1 .jxl, 1 broken link, 1 file without suffix, "
        "1 link to a folder, 1 pipe or device; --plugin pillow_heif may read them; --plugin pillow_jxl may read them\n"
    )
    assert main(["encode", "photos", "-o", "coded/", "--bundle", "tiny_rgb", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_a_folder_that_fails_to_be_read_fails_the_run(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    Path("photos/secret").mkdir(parents=True)
    os.rename("photo.png", "photos/photo.png")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert main(["encode", "photos", "-o", "coded", "--bundle", "tiny_rgb"]) == 1
    assert "latentcodec: photos/secret: Permission denied\n" in capsys.readouterr().err
    assert Path("coded/photo.ltc").exists()


@pytest.mark.parametrize("argument", ["photos", "photos/**/*.png", "photos/*/*.png"])
def test_a_folder_without_permissions_fails_the_run_however_it_is_reached(
    argument: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    for name in ("open", "secret"):
        Path("photos", name).mkdir(parents=True)
        shutil.copy("photo.png", f"photos/{name}/photo.png")
    monkeypatch.setattr(os, "access", lambda path, mode: "secret" not in str(path))  # root may read all
    assert main(["encode", argument, "-o", "coded", "--bundle", "tiny_rgb"]) == 1
    assert "latentcodec: photos/secret: Permission denied\n" in capsys.readouterr().err
    assert Path("coded/open/photo.ltc").exists()


def test_an_empty_folder_does_not_end_the_others(capsys: Capture) -> None:
    Path("empty").mkdir()
    assert main(["encode", "empty", "photo.png", "-o", "coded/", "--bundle", "tiny_rgb"]) == 1
    assert capsys.readouterr().err.startswith("latentcodec: empty: the folder holds no file of this kind, a picture\n")
    assert Path("coded/photo.ltc").exists()


def test_a_pipe_or_device_that_is_named_is_read_and_one_without_end_is_left(shell: Run, capsys: Capture) -> None:
    done = shell(f"mkfifo pipe; cat photo.png > pipe & {ENCODE.replace('photo.png', 'pipe')} -o a.ltc")
    assert (done.returncode, done.stderr) == (0, "")
    assert latentcodec.info("a.ltc")["width"] == 53
    for command in ("verify", "info", "decode"):
        assert main([command, "/dev/zero"]) == 1
        assert capsys.readouterr().err.startswith("latentcodec: /dev/zero: not a .ltc file")


def test_two_appends_at_once_lose_no_picture() -> None:
    for name in "abcdef":
        Image.fromarray(picture(9, 9, seed=ord(name))).save(f"{name}.png")
    assert main(["pack", "create", "a.png", "-o", "all.ltcp", "--bundle", "tiny_rgb"]) == 0
    together = threading.Barrier(5, timeout=5)

    def append(name: str) -> None:
        together.wait()
        assert main(["pack", "append", "all.ltcp", f"{name}.png"]) == 0

    appending = [threading.Thread(target=append, args=name) for name in "bcdef"]
    for thread in appending:
        thread.start()
    for thread in appending:
        thread.join()
    assert sorted(latentcodec.pack_names("all.ltcp") or ()) == list("abcdef")


def test_a_name_of_any_length_that_the_file_system_takes_is_written_to() -> None:
    name = "漢" * 80
    os.rename("photo.png", f"{name}.png")
    assert main(["encode", f"{name}.png", "--bundle", "tiny_rgb"]) == 0
    assert Path(f"{name}.ltc").exists()


def test_a_name_steers_no_terminal(capsys: Capture) -> None:
    os.rename("photo.png", "\x1b[2Jphoto.png")
    Path("\x1b[2Jnone.png").write_bytes(b"no picture")
    assert main(["encode", "\x1b[2Jphoto.png", "\x1b[2Jnone.png", "\x1b[2Jgone.png", "--bundle", "tiny_rgb"]) == 1
    with pytest.raises(SystemExit):
        main(["encode", "--\x1b[2J"])
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err and "\\x1b[2J" in out and "\\x1b[2J" in err
