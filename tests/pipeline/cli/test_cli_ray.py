"""The commands on a Ray cluster: what they write and say is what they do without it, whatever is lost on the way."""

import filecmp
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from make_golden import picture
from PIL import Image

from latentcodec.cli import main

pytest.importorskip("ray", reason="Ray, of the extra latentcodec[ray], is not installed")
pytestmark = pytest.mark.usefixtures("golden_found")
Capture = pytest.CaptureFixture[str]
ENCODE = ["encode", "--bundle", "tiny_rgb"]


@pytest.fixture(scope="module")
def cluster() -> Iterator:
    """A Ray cluster of three nodes with a core each, and a head that does no work."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one below the home folder
        quick = {"health_check_initial_delay_ms": 0, "health_check_period_ms": 500, "health_check_failure_threshold": 4}
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "_system_config": quick})
        for _ in range(3):
            cluster.add_node(num_cpus=1)
        yield cluster
        cluster.shutdown()


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


def test_files_messages_and_status_are_those_of_the_command_without_ray(
    cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    make_pictures(tmp_path / "photos", 20)
    printed = []
    for ray, out in (([], "here"), ([f"--ray={cluster.address}"], "there")):
        assert main([*ENCODE, "photos", "-o", out, *ray]) == 1
        assert main([*ENCODE, "photos", "-o", out, *ray]) == 1  # all are there already
        assert main(["verify", out, *ray]) == 0
        assert main(["decode", out, "-o", f"{out}/decoded", *ray]) == 0
        printed.append([text.replace(out, "OUT") for text in capfd.readouterr()])
    assert printed[0] == printed[1]
    assert "broken.png: no picture" in printed[0][1] and "20 of 21 files skipped" in printed[0][1]
    assert_same_files(tmp_path / "here", tmp_path / "there")


def test_a_lost_node_and_a_killed_driver_cost_only_what_they_had_in_hand(cluster, tmp_path: Path) -> None:
    photos, number = make_pictures(tmp_path / "photos", 240, 192), 240
    assert main([*ENCODE, str(photos), "-o", str(tmp_path / "here"), "--quiet"]) == 1
    command = [sys.executable, "-m", "latentcodec", *ENCODE, str(photos), "-o", str(tmp_path / "there")]
    command.append(f"--ray={cluster.address}")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as driver:
        for line, _ in enumerate(driver.stdout):
            if line == number // 3:
                cluster.remove_node(max(cluster.worker_nodes, key=id), allow_graceful=False)
            if line == 2 * number // 3:
                driver.kill()
                break
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "skipped" in done.stderr and f"1 of {number + 1} failed: {photos}/broken.png" in done.stderr
    assert 0 < done.stdout.count(" -> ") <= number // 2
    assert_same_files(tmp_path / "here", tmp_path / "there")


def test_what_follows_the_option_is_an_address_only_if_it_looks_like_one(capsys: Capture) -> None:
    from latentcodec.cli.main import build_parser
    from latentcodec.cli.options import without_address

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


def test_without_ray_one_line_names_the_extra() -> None:
    program = (
        "import sys; sys.modules['ray'] = None\n"
        "from latentcodec.cli import main; sys.exit(main(['encode', '--ray', 'photos', '--bundle', 'tiny_rgb']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (2, "latentcodec: --ray needs Ray: pip install 'latentcodec[ray]'\n")
