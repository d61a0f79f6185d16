"""`latentcodec bundles add URL|ZIP` and `remove`: a bundle comes from elsewhere, whole or not at all, and goes."""

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from latentcodec.bundle import fetch
from latentcodec.bundle.find import user_folder
from latentcodec.cli import main

Capture = pytest.CaptureFixture[str]
Fails = Callable[..., str]


class _Quiet(SimpleHTTPRequestHandler):
    """As most servers of plain files: it knows no parts of them."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def files(bundles: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server has: the folder tiny_rgb, and zips of it."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(bundles / "tiny_rgb", folder / "tiny_rgb")
    (folder / "tiny_rgb/README.md").write_text("# tiny_rgb\n")
    shutil.make_archive(str(folder / "in_folder"), "zip", folder, "tiny_rgb")
    shutil.make_archive(str(folder / "at_root"), "zip", folder / "tiny_rgb")
    return folder


@pytest.fixture(scope="module")
def server(files: Path) -> Iterator[str]:
    pytest.importorskip("aiohttp", reason="aiohttp, which latentcodec[remote] brings, is not installed")
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=files))
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


@pytest.fixture
def refused(no_bundles: None, capsys: Capture) -> Fails:
    """Runs ``bundles add``, which must fail with one line, leave nothing, and returns the line."""

    def run(*arguments: object) -> str:
        assert main(["bundles", "add", *map(str, arguments)]) == 1
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1
        assert str(arguments[0]) in err and "latentcodec-" not in err.replace(str(arguments[0]), "")
        assert not user_folder().exists()
        return err

    return run


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("source", ["in_folder.zip", "at_root.zip", "tiny_rgb", "tiny_rgb/"])
def test_a_bundle_comes_from_a_url_with_its_card(
    no_bundles: None, files: Path, server: str, source: str, capsys: Capture
) -> None:
    hashed = ["--sha256", sha256(files / source).upper()] if source.endswith(".zip") else []
    assert main(["bundles", "add", f"{server}/{source}", *hashed]) == 0
    assert f"added: {user_folder() / 'tiny_rgb'}" in capsys.readouterr().out
    added = {path.name: path.read_bytes() for path in (user_folder() / "tiny_rgb").iterdir()}
    assert added == {path.name: path.read_bytes() for path in (files / "tiny_rgb").iterdir()}


def test_a_zip_of_this_machine_is_added_whatever_its_name(no_bundles: None, files: Path, tmp_path: Path) -> None:
    named = shutil.copy(files / "in_folder.zip", tmp_path / "download")
    assert main(["bundles", "add", str(named)]) == 0
    assert (user_folder() / "tiny_rgb/codec.json").exists()


def test_another_sha256_is_refused_and_both_are_named(refused: Fails, files: Path, server: str) -> None:
    line = refused(f"{server}/at_root.zip", "--sha256", "0" * 64)
    assert "0" * 64 in line and sha256(files / "at_root.zip") in line


def test_what_is_not_there_or_no_zip_is_said_in_one_line(refused: Fails, server: str, tmp_path: Path) -> None:
    assert "No such file" in refused(f"{server}/other.zip")
    assert "No such file" in refused(f"{server}/other/")
    assert "No such file" in refused(tmp_path / "other.zip")
    (tmp_path / "text.zip").write_text("no zip")
    assert "no zip that can be read" in refused(tmp_path / "text.zip")


def test_a_zip_cut_short_or_damaged_is_refused(refused: Fails, files: Path, tmp_path: Path) -> None:
    content = (files / "at_root.zip").read_bytes()
    middle = len(content) // 2
    for name, harmed in {
        "short.zip": content[:middle],
        "damaged.zip": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
    }.items():
        (tmp_path / name).write_bytes(harmed)
        refused(tmp_path / name)


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "..\\evil"])
def test_a_zip_whose_files_would_lie_outside_is_refused(refused: Fails, files: Path, tmp_path: Path, name: str) -> None:
    slip = Path(shutil.copy(files / "at_root.zip", tmp_path / "slip.zip"))
    with zipfile.ZipFile(slip, "a") as archive:
        archive.writestr(name, "evil")
    assert "outside" in refused(slip)
    assert not list(tmp_path.rglob("evil"))


def test_a_zip_of_more_bytes_than_a_bundle_may_have_is_refused_before_it_is_unpacked(
    refused: Fails, files: Path, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("codec.json", "{}")
        archive.writestr("tables.bin", bytes(10**6))
    monkeypatch.setattr(fetch, "LARGEST", 10**4)
    assert "unpacked it has 1000002 bytes" in refused(bomb)
    monkeypatch.setattr(fetch, "LARGEST", 10**3)
    assert "more than the 1000 bytes" in refused(f"{server}/at_root.zip")
    assert "more than the" in refused(f"{server}/tiny_rgb")


def test_a_zip_of_none_or_two_bundles_is_refused(refused: Fails, tmp_path: Path) -> None:
    for names in ([], ["a/codec.json", "b/codec.json"], ["a/b/codec.json"]):
        with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
            for name in names:
                archive.writestr(name, "{}")
        assert "one codec.json" in refused(tmp_path / "odd.zip")


def test_a_sha256_is_for_one_zip(refused: Fails, bundles: Path, capsys: Capture) -> None:
    assert "a SHA-256 is that of a zip" in refused(bundles / "tiny_rgb", "--sha256", "0" * 64)
    assert main(["bundles", "add", "a.zip", "b.zip", "--sha256", "0" * 64]) == 2
    with pytest.raises(SystemExit) as stop:
        main(["bundles", "add", "a.zip", "--sha256", "beef"])
    assert stop.value.code == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err


def test_an_added_bundle_is_removed_by_its_name_or_model_id(no_bundles: None, bundles: Path, capsys: Capture) -> None:
    assert main(["bundles", "add", str(bundles / "tiny_rgb"), str(bundles / "tiny_l")]) == 0
    model = capsys.readouterr().out.split()[1]
    assert main(["bundles", "remove", "tiny_l", model]) == 0
    assert capsys.readouterr().out == "".join(
        f"{name}  removed: {user_folder() / folder}\n" for name, folder in (("tiny_l", "tiny_l"), (model, "tiny_rgb"))
    )
    assert list(user_folder().iterdir()) == []


def test_only_what_was_added_is_removed(golden_found: None, bundles: Path, capsys: Capture) -> None:
    assert main(["bundles", "remove", "tiny_rgb"]) == 1
    assert capsys.readouterr().err == (
        f"latentcodec: tiny_rgb: it was not added, so it is not removed: {bundles / 'tiny_rgb'}\n"
    )
    assert main(["bundles", "remove", "../tiny_rgb"]) == 1
    assert "no bundle with" in capsys.readouterr().err
    assert (bundles / "tiny_rgb/codec.json").exists()


def test_a_broken_bundle_is_removed_by_its_folders_name(no_bundles: None, bundles: Path) -> None:
    assert main(["bundles", "add", str(bundles / "tiny_rgb")]) == 0
    (user_folder() / "tiny_rgb/codec.json").write_text("{}")
    assert main(["bundles", "remove", "tiny_rgb"]) == 0
    assert list(user_folder().iterdir()) == []
