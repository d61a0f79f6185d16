"""What only a fresh interpreter shows: what an import loads, and that symbols are the same everywhere."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from make_golden import picture

from latentcodec import Codec

HEAVY = ("torch", "sklearn", "skimage", "matplotlib", "dvc", "onnx", "stages")


def run(program: str, *arguments: object) -> str:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_the_import_loads_neither_the_study_nor_onnx_runtime() -> None:
    loaded = set(run("import sys, latentcodec, latentcodec.cli; print(*sys.modules)").split())
    assert "latentcodec._core" in loaded
    assert not loaded & {*HEAVY, "onnxruntime", "latentcodec.pillow"}


def test_encoding_and_decoding_need_none_of_the_study_s_packages(bundles: Path) -> None:
    program = (
        "import sys\n"
        "for name in sys.argv[2].split(','): sys.modules[name] = None\n"  # None makes every import of it fail
        "import latentcodec, numpy as np\n"
        "codec = latentcodec.open(sys.argv[1])\n"
        "print(codec.decode(codec.encode(np.zeros((9, 8, 3), np.uint8))).size)"
    )
    assert run(program, bundles / "tiny_rgb", ",".join(HEAVY)) == "(8, 9)"


def test_another_process_and_other_thread_counts_decode_the_same_symbols(rgb: Codec, tmp_path: Path) -> None:
    here = []
    for quantiser in ("max", "min_max", "vector", "vector_shared"):
        for entropy in ("static", "adaptive"):
            data = rgb.encode(picture(61, 83), quantiser=quantiser, bits=3, entropy=entropy)
            (tmp_path / f"{len(here)}.ltc").write_bytes(data)
            here.append(hashlib.sha256(rgb.symbols(data).astype("<i2").tobytes()).hexdigest())
    program = (
        "import sys, hashlib, latentcodec\n"
        "codec = latentcodec.open(sys.argv[1], threads=int(sys.argv[2]))\n"
        "for path in sys.argv[3:]:\n"
        "    codec.decode(path)\n"
        "    print(hashlib.sha256(codec.symbols(path).astype('<i2').tobytes()).hexdigest())"
    )
    files = [tmp_path / f"{number}.ltc" for number in range(len(here))]
    for threads in (1, 2):
        assert run(program, rgb.bundle.path, threads, *files).split() == here


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a program's own peak")
def test_what_is_coded_without_loss_takes_less_memory_than_its_pixels_besides_these(exact: Codec) -> None:
    program = (
        "import os, sys, latentcodec, numpy as np\n"
        "def peak():\n"
        "    with open('/proc/self/status') as status:\n"
        "        return 1024 * int(next(line for line in status if line.startswith('VmHWM')).split()[1])\n"
        "os.sched_setaffinity(0, list(os.sched_getaffinity(0))[:1])\n"  # every core has a tile of its own
        "codec = latentcodec.open(sys.argv[1])\n"
        "codec.decode_array(codec.encode(np.zeros((9, 8, 3), np.uint8)))\n"
        "pixels = np.full((4000, 5000, 3), 99, np.uint8)\n"
        "before = peak()\n"
        "data = codec.encode(pixels)\n"
        "encoding = peak() - before\n"
        "codec.decode_array(data)\n"
        "print(encoding / pixels.nbytes, (peak() - before) / pixels.nbytes)"
    )
    encoding, decoding = map(float, run(program, exact.bundle.path).split())
    assert encoding < 1
    assert decoding < 2  # the pixels that come back are among it


def test_pictures_without_loss_are_the_same_bytes_on_one_core_in_another_process(exact: Codec, tmp_path: Path) -> None:
    colours = picture(50, 70)
    alpha, deep, screen = colours[..., :1], colours.astype(np.uint16) * 250, np.tile(colours[:9, :7], (5, 8, 1))
    pictures = {"colour": colours, "alpha": np.dstack([colours, alpha]), "deep": deep, "screen": screen}
    np.savez(tmp_path / "pictures.npz", **pictures)
    program = (
        "import os, sys, hashlib, latentcodec, numpy as np\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "codec = latentcodec.open(sys.argv[1])\n"
        "for picture in np.load(sys.argv[2]).values():\n"
        "    data = codec.encode(picture, tile=32)\n"
        "    assert np.array_equal(codec.decode_array(data), picture)\n"
        "    print(hashlib.sha256(data).hexdigest())"
    )
    here = [hashlib.sha256(exact.encode(some, tile=32)).hexdigest() for some in pictures.values()]
    assert run(program, exact.bundle.path, tmp_path / "pictures.npz").split() == here


def test_encoding_the_same_picture_in_another_process_gives_the_same_bytes(rgb: Codec, tmp_path: Path) -> None:
    np.save(tmp_path / "picture.npy", picture(61, 83))
    program = (
        "import sys, latentcodec, numpy as np\n"
        "codec = latentcodec.open(sys.argv[1])\n"
        "print(codec.encode(np.load(sys.argv[2]), quantiser='vector', bits=3).hex())"
    )
    there = run(program, rgb.bundle.path, tmp_path / "picture.npy")
    assert bytes.fromhex(there) == rgb.encode(picture(61, 83), quantiser="vector", bits=3)
