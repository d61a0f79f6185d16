"""Public data comes from the mirror, the cache or the server, and never altered."""

import csv
import gzip
import hashlib
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from stages.datasets import DATA_SETS, DataError, source

CONTENTS = {"set/1.bin": b"first", "set/2.gz": b"second" * 100, "other/3.bin": b"third"}


@dataclass
class Server:
    """What it answers by path, (status, body, bytes sent of it), the last one for good; and what it was asked for."""

    address: str
    answers: dict[str, list[tuple[int, bytes, int]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent: bool = False

    def give(self, path: str, body: bytes, status: int = 200, sent: int | None = None) -> None:
        self.answers.setdefault(path, []).append((status, body, len(body) if sent is None else sent))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removeprefix("/")
            known.asked.append(path)
            if known.silent:
                self.rfile.read(1)  # until the client hangs up
                return
            answers = known.answers.get(path, [(404, b"", 0)])
            status, body, sent = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:sent])

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        known = Server(f"http://127.0.0.1:{http.server_port}")
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        yield known
        http.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def public(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table with three made-up files that the server gives, and an empty cache in an empty working folder."""
    with (tmp_path / "sources.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(source.Source._fields)
        for path, contents in CONTENTS.items():
            rows.writerow((path, f"{server.address}/{path}", hashlib.sha256(contents).hexdigest()))
            server.give(path, packed(path))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(source, "TABLE", tmp_path / "sources.csv")
    monkeypatch.setattr(source, "WAITS", (0.0, 0.0))


def packed(path: str) -> bytes:
    return gzip.compress(CONTENTS[path]) if path.endswith(".gz") else CONTENTS[path]


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    for path in CONTENTS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(packed(path))
    return folder


def cached() -> list[str]:
    return sorted(str(path.relative_to(source.CACHE)) for path in source.CACHE.rglob("*") if path.is_file())


def test_a_mirror_gives_the_files_below_the_prefix_and_no_server_is_asked(server, mirror):
    assert source.read("set/", str(mirror)) == {path: CONTENTS[path] for path in ("set/1.bin", "set/2.gz")}
    assert server.asked == []


def test_without_a_mirror_files_are_downloaded_once_and_cached(server):
    for _ in range(2):
        assert source.read("set/", None) == {path: CONTENTS[path] for path in ("set/1.bin", "set/2.gz")}
    assert server.asked == ["set/1.bin", "set/2.gz"]
    assert cached() == ["set/1.bin", "set/2.gz"]


def test_what_a_mirror_lacks_is_downloaded(server, mirror):
    (mirror / "set/1.bin").unlink()
    assert source.read("set/", str(mirror))["set/1.bin"] == b"first"
    assert server.asked == ["set/1.bin"]


def test_other_archives_of_the_same_contents_are_accepted(mirror):
    (mirror / "set/2.gz").write_bytes(gzip.compress(CONTENTS["set/2.gz"], compresslevel=1, mtime=12345))
    assert source.read("set/2", str(mirror)) == {"set/2.gz": CONTENTS["set/2.gz"]}


def test_a_missing_mirror_is_named(tmp_path):
    with pytest.raises(DataError, match=r"data\.mirror: there is no folder .*nowhere"):
        source.read("set/", str(tmp_path / "nowhere"))


def test_what_neither_mirror_nor_server_has_is_named(server, mirror):
    (mirror / "set/1.bin").unlink()
    server.answers["set/1.bin"] = [(404, b"", 0)]
    with pytest.raises(
        DataError, match=r"cannot download http.*/set/1\.bin .*404.* is not in the mirror .*data\.mirror"
    ):
        source.read("set/", str(mirror))


def test_an_altered_file_is_named_with_both_sums(mirror):
    (mirror / "set/1.bin").write_bytes(b"First")
    found, expected = (hashlib.sha256(contents).hexdigest() for contents in (b"First", b"first"))
    with pytest.raises(DataError, match=rf"mirror/set/1\.bin is altered.* sha256 is {found}, expected {expected}"):
        source.read("set/", str(mirror))


@pytest.mark.parametrize("kept", [0, 1, 5, 20])
def test_a_truncated_archive_is_named(mirror, kept):
    (mirror / "set/2.gz").write_bytes(packed("set/2.gz")[:kept])
    with pytest.raises(DataError, match=r"mirror/set/2\.gz is .*truncated"):
        source.read("set/", str(mirror))


def test_a_damaged_archive_is_named(mirror):
    data = bytearray(packed("set/2.gz"))
    for bad in (0, len(data) // 2, len(data) - 5):
        (mirror / "set/2.gz").write_bytes(data[:bad] + bytes([data[bad] ^ 0xFF]) + data[bad + 1 :])
        with pytest.raises(DataError, match=r"mirror/set/2\.gz is (altered or )?truncated"):
            source.read("set/", str(mirror))


def test_an_altered_download_is_named_and_not_cached(server):
    server.answers["set/1.bin"] = [(200, b"another", 7)]
    with pytest.raises(DataError, match=r"http.*/set/1\.bin is altered or truncated \(7 bytes\).*data\.mirror"):
        source.read("set/", None)
    assert cached() == []


def test_a_download_that_breaks_off_is_attempted_again(server):
    server.answers["set/1.bin"] = [(200, b"first", 2), (503, b"", 0), (200, b"first", 5)]
    assert source.read("set/1", None) == {"set/1.bin": b"first"}
    assert server.asked == ["set/1.bin"] * 3


def test_a_download_that_always_breaks_off_is_named_and_leaves_nothing(server):
    server.answers["set/1.bin"] = [(200, b"first", 2)]
    with pytest.raises(DataError, match=r"cannot download http.*/set/1\.bin \(.*2 bytes read"):
        source.read("set/1", None)
    assert server.asked == ["set/1.bin"] * 3
    assert cached() == []


def test_a_refused_download_is_not_attempted_again(server):
    server.answers["set/1.bin"] = [(403, b"", 0)]
    with pytest.raises(DataError, match="403"):
        source.read("set/1", None)
    assert server.asked == ["set/1.bin"]


def test_a_server_that_is_gone_is_named():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        gone = f"127.0.0.1:{unused.getsockname()[1]}"
    source.TABLE.write_text(re.sub(r"127\.0\.0\.1:\d+", gone, source.TABLE.read_text()))
    with pytest.raises(DataError, match=rf"cannot download http://{gone}/set/1\.bin .*set data\.mirror in params"):
        source.read("set/", None)


def test_a_silent_server_is_given_up(server, monkeypatch):
    monkeypatch.setattr(source, "TIMEOUT", 0.05)
    server.silent = True
    with pytest.raises(DataError, match="timed out"):
        source.read("set/1", None)


def test_a_damaged_cache_is_downloaded_anew(server):
    source.read("set/1", None)
    (source.CACHE / "set/1.bin").write_bytes(b"rotten")
    assert source.read("set/1", None) == {"set/1.bin": b"first"}
    assert (source.CACHE / "set/1.bin").read_bytes() == b"first"
    assert server.asked == ["set/1.bin"] * 2


def test_the_real_table_lists_each_public_file_once_with_its_sum(monkeypatch):
    monkeypatch.undo()
    listed = list(source.table())
    folders = [entry.path.split("/")[0] for entry in listed]
    assert {folder: folders.count(folder) for folder in set(folders)} == {"cars128": 225, "kodak": 24, "mnist": 4}
    assert len({entry.path for entry in listed}) == len({entry.address for entry in listed}) == len(listed)
    assert all(entry.address.startswith("https://") and len(bytes.fromhex(entry.sha256)) == 32 for entry in listed)


def test_kodak_is_no_training_set():
    assert "kodak" not in DATA_SETS["photos"]
