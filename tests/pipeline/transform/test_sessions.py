"""The provider is the one that was asked for, or an error; `auto` on a machine without CUDA is the CPU, silently."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture

import latentcodec
from latentcodec import LatentCodecError
from latentcodec.transform import sessions

NO_CUDA = sessions.why_no_cuda()


def test_auto_is_the_cpu_without_a_word_where_there_is_no_cuda(bundles: Path) -> None:
    if NO_CUDA is None:
        pytest.skip("this machine has a CUDA device")
    program = (
        "import sys, latentcodec, numpy as np\n"
        "codec = latentcodec.open(sys.argv[1])\n"
        "codec.decode(codec.encode(np.zeros((8, 8, 3), np.uint8)))\n"
        "print(codec.provider)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, bundles / "tiny_rgb"], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("cpu\n", "")


def test_cuda_without_a_device_is_an_error_that_says_why(bundles: Path) -> None:
    if NO_CUDA is None:
        pytest.skip("this machine has a CUDA device")
    with pytest.raises(LatentCodecError, match=r"CUDA provider was asked for, but .*CUDA"):
        latentcodec.open(bundles / "tiny_rgb", provider="cuda")


def test_cuda_that_does_not_become_active_is_an_error_and_auto_warns(
    bundles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine with a device whose CUDA libraries are missing: ONNX Runtime itself falls back to the CPU."""
    if NO_CUDA is None:
        pytest.skip("this machine has a CUDA device")
    monkeypatch.setattr(sessions, "why_no_cuda", lambda: None)
    with pytest.raises(LatentCodecError, match="could not start its CUDA provider"):
        latentcodec.open(bundles / "tiny_rgb", provider="cuda").encode(picture(8, 8))
    with pytest.warns(RuntimeWarning, match="The CPU is used instead"):
        assert latentcodec.open(bundles / "tiny_rgb", provider="auto").provider == "cpu"


def test_cuda_and_cpu_decode_alike_where_there_is_cuda(bundles: Path) -> None:
    if NO_CUDA is not None:
        pytest.skip(f"no GPU to compare with: {NO_CUDA}")
    on_cpu, on_cuda = (latentcodec.open(bundles / "tiny_rgb", provider=provider) for provider in ("cpu", "cuda"))
    assert on_cuda.provider == "cuda"
    data = on_cpu.encode(picture(64, 64), quality=100)
    assert np.array_equal(on_cpu.symbols(data), on_cuda.symbols(data))
    difference = on_cpu.decode_array(data).astype(int) - on_cuda.decode_array(data)
    assert np.abs(difference).max() <= 1


def test_an_unknown_provider_is_named(bundles: Path) -> None:
    with pytest.raises(ValueError, match="unknown provider 'tpu': there are auto, cuda, cpu"):
        latentcodec.open(bundles / "tiny_rgb", provider="tpu")


def test_threads_are_those_that_were_asked_for(bundles: Path) -> None:
    session = sessions.open_session(bundles / "tiny_rgb" / "encoder.onnx", provider="cpu", threads=1)
    assert session.get_session_options().intra_op_num_threads == 1


def test_nothing_is_written_and_no_host_is_asked_in_a_cleared_environment(bundles: Path, tmp_path: Path) -> None:
    """ONNX Runtime's telemetry would write below the user's cache and look up a host by name."""
    for program in ("codec.decode(codec.encode(np.zeros((8, 8, 3), np.uint8)))", "codec.provider"):
        code = f"import sys, latentcodec, numpy as np; codec = latentcodec.open(sys.argv[1]); {program}"
        traced = (
            ["strace", "-f", "-e", "trace=socket,connect", "-o", tmp_path / "calls"] if shutil.which("strace") else []
        )
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        environment = {"HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        subprocess.run([*traced, sys.executable, "-c", code, bundles / "tiny_rgb"], env=environment, check=True)
        assert list(home.rglob("*")) == []
        assert not traced or "socket(" not in (tmp_path / "calls").read_text()
