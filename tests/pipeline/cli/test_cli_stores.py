"""The same commands wherever files lie: in folders, in a store in memory, in a bucket of a server that speaks S3."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from stores import names, png, put

import latentcodec
from latentcodec import storage
from latentcodec.cli import main

pytest.importorskip("fsspec", reason="fsspec, of the extra latentcodec[remote], is not installed")
pytestmark = pytest.mark.usefixtures("golden_found")
ENCODE = ["encode", "--bundle", "tiny_rgb"]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def place(root: str) -> str:
    """Where photos/a.png, photos/summer/b.jpg, a hidden picture and a text lie."""
    put(f"{root}/photos/a.png", png(16, 16))
    put(f"{root}/photos/summer/b.jpg", png(24, 16, seed=1))
    put(f"{root}/photos/.thumbnails/a.png", png(8, 8))
    put(f"{root}/photos/notes.txt", b"none")
    return root


def test_a_tree_is_encoded_verified_and_comes_back(place: str, capsys: Capture) -> None:
    assert main([*ENCODE, f"{place}/photos", "-o", f"{place}/coded"]) == 0
    assert names(f"{place}/coded") == {"a.ltc", "summer/b.ltc"}
    out, err = capsys.readouterr()
    assert out.splitlines()[0].startswith(f"{place}/photos/a.png -> {place}/coded/a.ltc: ")
    assert err == f"latentcodec: note: {place}/photos: passed over 1 .txt\n"
    assert main(["verify", f"{place}/coded"]) == 0
    assert main(["decode", f"{place}/coded", "-o", f"{place}/back/"]) == 0
    assert names(f"{place}/back") == {"a.png", "summer/b.png"}
    coded = storage.read(f"{place}/coded/a.ltc")
    assert Image.open(io.BytesIO(storage.read(f"{place}/back/a.png"))).tobytes() == latentcodec.decode(coded).tobytes()


def test_the_bytes_are_those_of_the_folder_command(place: str, tmp_path: Path) -> None:
    assert main([*ENCODE, f"{place}/photos/a.png", "-o", f"{place}/a.ltc"]) == 0
    (tmp_path / "a.png").write_bytes(png(16, 16))
    assert main([*ENCODE, str(tmp_path / "a.png"), "-o", str(tmp_path / "here.ltc")]) == 0
    assert storage.read(f"{place}/a.ltc") == (tmp_path / "here.ltc").read_bytes()


def test_a_second_run_does_only_what_is_new(place: str, capsys: Capture) -> None:
    for command, source, target in ((ENCODE, "photos", "coded"), (["decode"], "coded", "back")):
        for _ in range(2):
            capsys.readouterr()
            assert main([*command, f"{place}/{source}", "-o", f"{place}/{target}/"]) == 0
        out, err = capsys.readouterr()
        assert out == "" and "2 of 2 files skipped" in err
    put(f"{place}/photos/a.png", png(16, 16, seed=7))
    assert main([*ENCODE, f"{place}/photos", "-o", f"{place}/coded"]) == 0
    assert "in place of one with other settings or of a picture that has changed" in capsys.readouterr().out


def test_what_the_command_did_not_make_is_never_replaced(place: str, capsys: Capture) -> None:
    put(f"{place}/photos/a.ltc", b"dear")
    assert main([*ENCODE, f"{place}/photos/a.png"]) == 1
    assert f"{place}/photos/a.ltc exists and is no .ltc file" in capsys.readouterr().err
    assert storage.read(f"{place}/photos/a.ltc") == b"dear"
    assert main([*ENCODE, f"{place}/photos/a.png", "--force"]) == 0
    assert main([*ENCODE, f"{place}/photos/a.png", "--no-clobber"]) == 1


def test_a_pattern_takes_the_files_that_it_fits_with_their_folders(place: str, capsys: Capture) -> None:
    assert main([*ENCODE, f"{place}/photos/**/*.jpg", "-o", f"{place}/coded"]) == 0
    assert names(f"{place}/coded") == {"summer/b.ltc"}
    assert main(["verify", f"{place}/none/*.ltc"]) == 1
    assert capsys.readouterr().err == f"latentcodec: {place}/none/*.ltc: no file fits this pattern\n"


@pytest.mark.parametrize("complete", [False, True], ids=["relative", "complete"])
def test_a_list_on_stdin_names_files_of_a_folder(place: str, complete: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    start = f"{place}/photos/" if complete else ""
    text = f"{start}summer/b.jpg\n\n{start}a.png\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert main([*ENCODE, "--files-from", "-", f"{place}/photos", "-o", f"{place}/coded"]) == 0
    assert names(f"{place}/coded") == {"a.ltc", "summer/b.ltc"}


def test_a_list_is_a_file_too_and_what_it_names_in_vain_fails(place: str, capsys: Capture) -> None:
    put(f"{place}/list.txt", f"{place}/photos/a.png\n{place}/photos/c.png\n".encode())
    assert main([*ENCODE, "--files-from", f"{place}/list.txt", "-o", f"{place}/coded/"]) == 1
    assert f"{place}/photos/c.png: No such file or directory" in capsys.readouterr().err
    assert {name.rpartition("/")[2] for name in names(f"{place}/coded")} == {"a.ltc"}
    assert main([*ENCODE, "--files-from", f"{place}/none.txt", "-o", f"{place}/coded/"]) == 2
    assert f"--files-from: {place}/none.txt: No such file or directory" in capsys.readouterr().err


def test_one_failure_does_not_stop_the_rest(place: str, capsys: Capture) -> None:
    put(f"{place}/photos/broken.png", b"no picture")
    put(f"{place}/photos/a.jpg", png(8, 8))
    assert main([*ENCODE, f"{place}/photos", "-o", f"{place}/coded"]) == 1
    err = capsys.readouterr().err
    assert f"{place}/photos/broken.png: no picture that Pillow can read" in err
    assert f"{place}/coded/a.ltc would be the output of {place}/photos/a.png too" in err
    assert names(f"{place}/coded") == {"summer/b.ltc"}


def test_the_library_takes_urls_as_it_takes_paths(place: str) -> None:
    data = latentcodec.encode(f"{place}/photos/a.png", bundle="tiny_rgb")
    put(f"{place}/a.ltc", data)
    assert latentcodec.info(f"{place}/a.ltc") == latentcodec.info(data)
    assert np.array_equal(latentcodec.decode_array(f"{place}/a.ltc"), latentcodec.decode_array(data))
    assert latentcodec.verify(f"{place}/a.ltc")["width"] == 16
    with pytest.raises(FileNotFoundError, match=r"none\.png"):
        latentcodec.encode(f"{place}/photos/none.png", bundle="tiny_rgb")


def test_info_prints_json_with_the_name(place: str, capsys: Capture) -> None:
    assert main([*ENCODE, f"{place}/photos", "-o", f"{place}/coded", "--quiet"]) == 0
    assert main(["info", "--json", f"{place}/coded"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["file"] == f"{place}/coded/a.ltc"


def test_a_store_that_renames_gets_whole_files_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fsspec.implementations.local import LocalFileSystem

    url = f"file://{tmp_path}/new/a.ltc"
    storage.write(url, b"whole")
    monkeypatch.setattr(LocalFileSystem, "mv", lambda *_: (_ for _ in ()).throw(PermissionError("not today")))
    with pytest.raises(PermissionError, match="not today"):
        storage.write(url, b"half")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.ltc"]
    assert (tmp_path / "new/a.ltc").read_bytes() == b"whole"


def test_what_is_wrong_with_a_url_is_said_in_one_line(s3: str, capsys: Capture) -> None:
    for url, reason in (
        ("s3://no-such-bucket/a.png", "No such file or directory"),
        ("nosuch://a.png", "Protocol not known: nosuch"),
    ):
        assert main([*ENCODE, url, "-o", "a.ltc"]) == 1
        err = capsys.readouterr().err
        assert err.startswith(f"latentcodec: {url}: {reason}") and err.count("\n") == 1


def test_without_fsspec_a_url_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['fsspec'] = sys.modules['fsspec.core'] = None\n"
        "from latentcodec.cli import main; sys.exit(main(['info', 's3://bucket/a.ltc']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (
        1, "latentcodec: s3://bucket/a.ltc: URLs need fsspec: pip install 'latentcodec[remote]'\n",
    )  # fmt: skip
