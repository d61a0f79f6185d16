"""The commands on a Ray cluster: what they write and say is what they do without it, whatever is lost on the way."""

import filecmp
import io
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from clusters import ray_cluster
from make_golden import picture
from PIL import Image
from stores import image, new_bucket, parquet, png, s3_server, tar

from latentcodec import storage
from latentcodec.cli import main, on_ray
from latentcodec.cli.main import build_parser
from latentcodec.cli.on_ray import measure
from latentcodec.cli.options import without_address

pytestmark = pytest.mark.usefixtures("golden_found")
Capture = pytest.CaptureFixture[str]
ENCODE = ["encode", "--bundle", "tiny_rgb"]
LETHAL = """
import os
from PIL import Image
Image.register_open("LETHAL", lambda *_: os._exit(1), lambda start: start.startswith(b"lethal"))
Image.register_extension("LETHAL", ".lethal")
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """A Ray cluster of three nodes with a core each; this process is connected to it.

    A plugin ``lethal`` for Pillow and an S3 server are at hand there.
    """
    ray = pytest.importorskip("ray", reason="Ray, of the extra latentcodec[ray], is not installed")
    modules = tmp_path_factory.mktemp("modules")
    (modules / "lethal.py").write_text(LETHAL)
    with s3_server(), pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONPATH", f"{modules}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        environment.syspath_prepend(str(modules))
        quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
        with ray_cluster(3, _system_config=quick) as cluster:
            ray.init(cluster.address, log_to_driver=False)
            yield cluster
            ray.shutdown()


def make_pictures(folder: Path, number: int, size: int = 24) -> Path:
    """Pictures in a folder and in one below it, and what is none."""
    (folder / "summer").mkdir(parents=True)
    for each in range(number):
        Image.fromarray(picture(size, size, seed=each)).save(folder / ("summer" if each % 3 else ".") / f"{each}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def assert_same_files(one: Path, other: Path) -> None:
    assert files(one) == files(other)
    assert filecmp.cmpfiles(one, other, files(one), shallow=False)[1:] == ([], [])


def rows(manifest: Path) -> list[dict]:
    """Those of a manifest, without what differs from run to run."""
    from pyarrow.parquet import read_table

    return [{**row, "seconds": row["seconds"] is not None} for row in read_table(manifest).to_pylist()]


@contextmanager
def driver(command: list[str], errors: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that waits when it is some lines ahead of who reads them, so that it does not end meanwhile."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        errors.open("w") as file,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=file, pipesize=4096, text=True, env=environment
        ) as process,
    ):
        yield process


def printed_but_waiting(capfd: Capture) -> tuple[str, list[str]]:
    """All but the note that Ray's workers take their time, on a busy machine."""
    printed = capfd.readouterr()
    return printed.out, [line for line in printed.err.splitlines() if "waiting for Ray to start" not in line]


def test_files_messages_status_and_manifest_are_those_of_the_command_without_ray(
    cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "photos", 20)
    printed, manifests = [], []
    for ray in ([], ["--ray"]):
        more = ["--manifest", "rows.parquet", *ray]
        assert main([*ENCODE, "photos", "-o", "coded", *more]) == 1
        made = rows(tmp_path / "rows.parquet")
        assert main([*ENCODE, "photos", "-o", "coded", "--auto", "--force", *more, "--jobs", "1"]) == 1
        assert main(["decode", "coded", "-o", "coded/back", *more, "--jobs", "1"]) == 0
        manifests.append((made, rows(tmp_path / "rows.parquet")))
        printed.append(printed_but_waiting(capfd))
        (tmp_path / "coded").rename(tmp_path / f"coded{len(printed)}")
    assert printed[0] == printed[1]
    assert manifests[0] == manifests[1]
    assert_same_files(tmp_path / "coded1", tmp_path / "coded2")


def test_a_second_run_skips_what_is_there_and_its_manifest_names_all(
    cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "photos", 5)
    assert main([*ENCODE, "photos", "-o", "coded"]) == 1
    (tmp_path / "coded/0.ltc").unlink()
    (tmp_path / "coded/summer/.0123456789abcdef.part").write_bytes(b"of a killed worker")
    assert main([*ENCODE, "photos", "-o", "coded", "--ray", "--jobs", "1", "--manifest", "rows.parquet"]) == 1
    assert "4 of 6 files skipped" in capfd.readouterr().err
    assert not list(tmp_path.rglob("*.part"))
    table = {row["source"]: row for row in rows(tmp_path / "rows.parquet")}
    assert [name for name, row in table.items() if row["seconds"]] == ["photos/0.png", "photos/broken.png"]
    assert [name for name, row in table.items() if row["error"]] == ["photos/broken.png"]
    assert table["photos/summer/1.png"]["bytes"] == (tmp_path / "coded/summer/1.ltc").stat().st_size


def test_a_picture_that_kills_its_worker_three_times_fails_alone(cluster, tmp_path: Path, capfd: Capture) -> None:
    photos = make_pictures(tmp_path / "photos", 6)
    (photos / "killer.lethal").write_bytes(b"lethal")
    command = [*ENCODE, str(photos), "-o", str(tmp_path / "coded"), "--ray", "--plugin", "lethal", "--jobs", "1"]
    assert main(command) == 1
    assert f"{photos}/killer.lethal: its worker died 3 times" in capfd.readouterr().err
    assert len(files(tmp_path / "coded")) == 6


def test_a_bucket_is_read_and_written_where_the_workers_are(cluster, tmp_path: Path) -> None:
    import latentcodec.ray

    bucket, names = new_bucket(), ["summer/a.png", "b.png", "none.png"]
    for seed, name in enumerate(names[:2]):
        file = io.BytesIO()
        Image.fromarray(picture(16, 24, seed=seed)).save(file, "PNG")
        storage.write(f"{bucket}/photos/{name}", file.getvalue())
    options = {"bundle": "tiny_rgb", "quality": 30, "jobs": 1}
    table = latentcodec.ray.encode(names, f"{bucket}/coded", root=f"{bucket}/photos", **options).to_pylist()
    assert [row["output"] for row in table] == [f"{bucket}/coded/{name}.ltc" for name in ("summer/a", "b", "none")]
    assert [row["error"] for row in table] == [None, None, f"{bucket}/photos/none.png: No such file or directory"]
    decoded = latentcodec.ray.decode(f"{bucket}/coded", tmp_path, jobs=1).to_pylist()
    assert {Path(row["output"]): row["error"] for row in decoded} == dict.fromkeys(
        [tmp_path / "b.png", tmp_path / "summer/a.png"]
    )
    assert latentcodec.ray.verify(f"{bucket}/coded", jobs=1)["bytes"].to_pylist() == [
        table[1]["bytes"],
        table[0]["bytes"],
    ]


def test_shards_in_a_bucket_are_encoded_as_without_ray(cluster, tmp_path: Path, capfd: Capture) -> None:
    bucket = new_bucket()
    storage.write(
        f"{bucket}/a.tar", tar({f"{seed}.png": png(24, 24, seed) for seed in range(9)} | {"bad.png": b"none"})
    )
    storage.write(f"{bucket}/b.parquet", parquet([image(png(16, 16, seed), f"{seed}.png") for seed in range(7)]))
    command = [*ENCODE, f"{bucket}/*.*", "--quiet", "--manifest"]
    assert main([*command, f"{tmp_path}/here.parquet", "-o", f"{tmp_path}/coded"]) == 1
    (tmp_path / "coded").rename(tmp_path / "here")
    assert main([*command, f"{tmp_path}/there.parquet", "-o", f"{tmp_path}/coded", "--ray", "--jobs", "2"]) == 1
    assert capfd.readouterr().err.splitlines().count(f"latentcodec: 1 of 17 failed: {bucket}/a.tar/bad.png") == 2
    assert_same_files(tmp_path / "here", tmp_path / "coded")
    assert rows(tmp_path / "here.parquet") == rows(tmp_path / "there.parquet")


def test_a_pack_without_loss_is_the_one_that_is_made_without_ray(
    cluster, tmp_path: Path, lossless_bundles: Path, capfd: Capture
) -> None:
    grey, colour = tmp_path / "grey", tmp_path / "more/colour"
    for folder, mode, number in ((grey, "L", 5), (colour, "RGB", 6)):
        folder.mkdir(parents=True)
        for each in range(number):
            Image.fromarray(picture(16, 24, seed=each)).convert(mode).save(folder / f"{each}.png")
    create = ["pack", "create", "--bundle", str(lossless_bundles / "lossless-v1"), "--block", "4", "--force"]
    there = ["--ray", "--jobs", "1"]
    for inputs in ([grey], [grey, tmp_path / "more"]):
        command = [*create, *map(str, inputs), "-o", str(tmp_path / "pack.ltcp")]
        assert main(command) == 0
        here = (tmp_path / "pack.ltcp").read_bytes()
        assert main([*command, *there]) == 0
        assert (tmp_path / "pack.ltcp").read_bytes() == here
    Image.fromarray(picture(8, 8)).save(grey / "small.png")
    (grey / "broken.png").write_bytes(b"no picture")
    capfd.readouterr()
    assert main(command) == main([*command, *there]) == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 6 and lines[:3] == lines[3:]
    assert f"{grey}/small.png: it is 8x8, the pack's pictures are 24x16" in lines[1]
    assert (tmp_path / "pack.ltcp").read_bytes() == here
    assert main([*create, str(colour), "-o", str(tmp_path / "a.ltcp"), "--bundle", "tiny_rgb", *there]) == 2
    assert "pack create --ray: with --lossless only" in capfd.readouterr().err


def test_an_output_that_nobody_else_sees_is_refused(cluster, tmp_path: Path, capfd: Capture) -> None:
    photos = make_pictures(tmp_path / "photos", 3)
    assert main([*ENCODE, str(photos), "-o", "memory://coded/", "--ray", "--jobs", "1"]) == 2
    assert "was written where this machine does not see it: --ray needs a file system" in capfd.readouterr().err


def test_options_that_are_wrong_are_so_for_the_library_too(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pyarrow, of the extra latentcodec[ray], is not installed")
    import latentcodec.ray

    for options, text in (
        ({"bundle": "nosuch"}, "no bundle with the name"),
        ({"colour": "red"}, "encode has no option colour"),
        ({"auto": True, "lossless": True}, "give one of the two"),
    ):
        with pytest.raises(ValueError, match=text):
            latentcodec.ray.encode(tmp_path, tmp_path, **options)


def test_a_killed_driver_and_a_lost_node_cost_only_what_they_had_in_hand(cluster, tmp_path: Path) -> None:
    number = 480
    photos = make_pictures(tmp_path / "photos", number, 96)
    assert main([*ENCODE, str(photos), "-o", str(tmp_path / "here"), "--quiet"]) == 1
    command = [sys.executable, "-m", "latentcodec", *ENCODE, str(photos), "-o", str(tmp_path / "there")]
    command += [f"--ray={cluster.address}", "--manifest", str(tmp_path / "rows.parquet")]
    with driver(command, tmp_path / "errors.txt") as killed:
        for _ in range(number // 4):
            assert killed.stdout.readline()
        killed.kill()
    assert not (tmp_path / "rows.parquet").exists()
    with driver(command, tmp_path / "errors.txt") as resumed:
        first = resumed.stdout.readline()
        cluster.remove_node(max(cluster.worker_nodes, key=id), allow_graceful=False)
        printed, _ = resumed.communicate()
    said = (tmp_path / "errors.txt").read_text()
    assert resumed.returncode == 1
    assert "skipped" in said and f"1 of {number + 1} failed: {photos}/broken.png" in said
    assert 0 < (first + printed).count(" -> ") <= number - number // 4
    assert_same_files(tmp_path / "here", tmp_path / "there")
    assert [row["source"] for row in rows(tmp_path / "rows.parquet") if row["error"]] == [f"{photos}/broken.png"]
    assert len(rows(tmp_path / "rows.parquet")) == number + 1


def test_what_follows_the_option_is_an_address_only_if_it_looks_like_one() -> None:
    for words, address, inputs in (
        (["--ray", "photos", "a.png"], "", ["photos", "a.png"]),
        (["--ray", "ray://head:10001", "photos"], "ray://head:10001", ["photos"]),
        (["--ray=10.0.0.1:6379", "photos"], "10.0.0.1:6379", ["photos"]),
        (["photos", "--ray"], "", ["photos"]),
        (["photos", "--ray", "local"], "local", ["photos"]),
        (["photos"], None, ["photos"]),
    ):
        args = build_parser().parse_args(without_address(["encode", *words]))
        assert (args.ray, args.inputs) == (address, inputs)


class NoCluster:
    """Stands for Ray where it finds no cluster."""

    def __init__(self, lines: bytes = b"") -> None:
        self.lines = lines

    def is_initialized(self) -> bool:
        return False

    def init(self, address: str, **_: object) -> None:
        """Ray's own lines come from C++."""
        os.write(2, self.lines)
        raise ConnectionError("Failed to connect to Ray cluster")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (None, "nothing came from there within 0 seconds"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what is there does not speak as Ray's servers do"),
        (bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]), "Failed to connect to Ray cluster"),  # a server of gRPC, so Ray is asked
    ],
)
def test_where_no_cluster_answers_that_is_said_at_once(
    answer: bytes | None, reason: str, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.setitem(sys.modules, "ray", NoCluster())
    monkeypatch.setattr(on_ray, "_ANSWER", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"

        def reply() -> None:
            connection, _ = server.accept()
            with connection:
                if answer is not None:
                    connection.sendall(answer)
                connection.recv(100)
                time.sleep(1 if answer is None else 0)

        replying = threading.Thread(target=reply)
        replying.start()
        assert main([*ENCODE, "--ray", address, "photos", "-o", "coded"]) == 2
        replying.join()
    assert capfd.readouterr().err == f"latentcodec: --ray: no cluster answers at {address}: {reason}\n"


def test_a_refused_connection_is_said_at_once(monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    monkeypatch.setitem(sys.modules, "ray", NoCluster())
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
    assert main([*ENCODE, "--ray", address, "photos", "-o", "coded"]) == 2
    assert f"--ray: no cluster answers at {address}: " in capfd.readouterr().err


def test_another_token_is_named_in_the_place_of_ray_s_lines(monkeypatch: pytest.MonkeyPatch, capfd: Capture) -> None:
    lines = 20 * b"gcs_client.cc:210: Unauthenticated: RPC error: InvalidAuthToken\n"
    monkeypatch.setitem(sys.modules, "ray", NoCluster(lines))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    assert main([*ENCODE, "--ray", "auto", "photos", "-o", "coded"]) == 2
    text = "the cluster at auto wants another token than this machine has in RAY_AUTH_TOKEN or ~/.ray/auth_token"
    assert capfd.readouterr().err == f"latentcodec: --ray: {text}\n"


def test_workers_get_a_gpu_each_with_its_share_of_cores_or_cores_for_their_threads() -> None:
    nodes = [
        {"Alive": True, "Resources": {"CPU": 32.0, "GPU": 4.0}},
        {"Alive": True, "Resources": {"CPU": 7.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
        {"Alive": True, "Resources": {"memory": 1.0}},
    ]
    on_gpus, on_cores = measure(nodes, 2, True), measure(nodes, 2, False)
    assert (on_gpus.workers, on_gpus.options, on_gpus.at_once) == (4, {"num_gpus": 1, "num_cpus": 8}, 8)
    assert (on_cores.workers, on_cores.options, on_cores.at_once) == (16 + 3, {"num_cpus": 2}, 1)


@pytest.mark.parametrize(
    ("missing", "words", "text"),
    [("ray", ["--ray"], "--ray needs Ray"), ("pyarrow", ["--manifest", "a.parquet"], "a manifest needs pyarrow")],
)
def test_without_the_extra_one_line_names_it(missing: str, words: list[str], text: str) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        f"from latentcodec.cli import main; sys.exit(main(['encode', *{words}, 'photos', '--bundle', 'tiny_rgb']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, f"latentcodec: {text}: pip install 'latentcodec[ray]'\n")
