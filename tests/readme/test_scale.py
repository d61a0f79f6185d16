"""Every command and code block of docs/scale.md runs, and prints what the page says: see readme.py.

What the page calls head:6379 is a cluster of two nodes on this machine; a training has one step, and an experiment ends
where its data are prepared. What is pushed and pulled is in test_shared_study.py.
"""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile

import psutil
import pytest
from clusters import tried
from readme import ROOT, Block, blocks, copy_of_the_tree, play, reader_s_folder
from test_readme import numbers_aside

PAGE = ROOT / "docs/scale.md"
HEAD = "head:6379"


def marked(remark: str) -> Block:
    (block,) = (block for block in blocks(PAGE) if block.remark == remark)
    return block


def bash(script: str, folder: Path, environment: dict[str, str]) -> str:
    """What a script prints. It goes into files: a pipe would stay open as long as DVC's workers."""
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        done = subprocess.run(["bash", "-ec", script], cwd=folder, env=environment, stdout=output, stderr=errors)
        output.seek(0)
        errors.seek(0)
        printed = output.read()
        assert done.returncode == 0, printed + errors.read()
    return printed


def test_every_block_is_run() -> None:
    remarks = [block.remark for block in blocks(PAGE)]
    assert set(remarks) <= {"", "numbers vary", "cluster", "training", "sweep", "push", "pull", "artifact"}
    assert PAGE.read_text().count("```") == 2 * len(remarks)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """The address of the cluster that the page starts, and the environment of the reader's commands."""
    pytest.importorskip("ray", reason="Ray, of the extra latentcodec[ray], is not installed")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = reader_s_folder(tmp_path)
    with ExitStack() as nodes:
        for command in marked("cluster").commands:
            line = command.replace(HEAD, f"127.0.0.1:{port}").replace("--port 6379", f"--port {port}")
            nodes.enter_context(node(f"{line} --num-cpus 1", tmp_path, environment))
        yield f"127.0.0.1:{port}", environment


@contextmanager
def node(command: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """A node of a cluster while it runs."""
    with tried(lambda: started(command, folder, environment)) as process:
        try:
            yield
        finally:
            process.terminate()


def started(command: str, folder: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    log = folder / "node.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command.split(), cwd=folder, env=environment, stdout=output, stderr=output)
    wait_for(lambda: process.poll() is not None or "Ray runtime started" in log.read_text())
    assert process.poll() is None, log.read_text()
    return process


def wait_for(what, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.2)


@contextmanager
def nothing_left_running(folder: Path) -> Iterator[None]:
    """In the end processes that work in a folder are killed: DVC's workers outlive the command that starts them."""
    try:
        yield
    finally:
        workers = [process for process in psutil.process_iter() if works_in(process, folder)]
        for process in workers:
            process.kill()
        psutil.wait_procs(workers, timeout=60)


def works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return Path(process.cwd()).is_relative_to(folder)
    except psutil.Error:  # it has ended, or is another user's
        return False


def test_the_commands_on_a_cluster_print_what_the_page_says(
    cluster: tuple[str, dict[str, str]], tmp_path: Path
) -> None:
    address, environment = cluster
    for block in blocks(PAGE):
        if block.remark in ("", "numbers vary"):
            text = block.text.replace(HEAD, address)
            compared = numbers_aside if block.remark else str
            assert compared(play(replace(block, text=text), tmp_path, environment)) == compared(text)


def test_a_training_runs_in_several_processes_and_dvc_takes_what_comes_of_it(tmp_path: Path) -> None:
    environment = copy_of_the_tree(tmp_path)
    params = tmp_path / "params.yaml"
    params.write_text(re.sub(r"(?m)^(    steps:) 120$", r"\1 1", params.read_text()))
    bash(marked("training").text, tmp_path, environment)
    assert (tmp_path / "build/photo/weights.pt").exists()
    assert bash("dvc status --json train_rate_distortion@photo", tmp_path, environment).strip() == "{}"


def test_experiments_wait_in_the_queue_until_workers_take_them(tmp_path: Path) -> None:
    environment = copy_of_the_tree(tmp_path)
    start, commands = marked("sweep").text.replace("evaluate@ae1", "prepare").split("dvc queue status")
    with nothing_left_running(tmp_path):
        bash(start, tmp_path, environment)
        wait_for(lambda: not re.search("Running|Queued", bash("dvc queue status", tmp_path, environment)), 300)
        shown = bash(f"dvc queue status\n{commands}", tmp_path, environment)
    assert len(re.findall(r"rate-0\.\d+ .* Success", shown)) == 2
