"""Every one of MNIST's 70,000 digits comes back bit for bit: ``python -m stages.lossless.every_digit --mirror FOLDER``.

Two packs by the bundle digits-v1, training and test digits, in blocks of 64: encoded and decoded by one thread and by
two at once, in another process, and by builds of the core for other processors (codec_rs/trust/builds.sh: release
builds all digits, debug builds the test digits). All make the same bytes and the same pixels, or this fails. Writes
results/every_digit.json. It takes a quarter of an hour of processor time, so it is no stage.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import latentcodec
from stages.datasets import mnist

BUNDLE, BLOCK = "digits-v1", 64
OUT = Path("results/every_digit.json")
BUILDS = Path("codec_rs/trust/builds.sh")
ELSEWHERE = """
import hashlib, sys
import latentcodec
codec = latentcodec.open(sys.argv[1])
for path in sys.argv[2:]:
    digits = codec.decode_pack(path)
    print(hashlib.sha256(digits).hexdigest(), hashlib.sha256(codec.encode_pack(digits)).hexdigest())
"""
Digits = NDArray[np.uint8]


def by_threads(codec: latentcodec.Codec, sets: list[Digits], workers: int) -> list[bytes]:
    """The packs of all sets, so many at once; they must decode to what was encoded."""
    with ThreadPoolExecutor(workers) as pool:
        packs = list(pool.map(lambda digits: codec.encode_pack(digits, block=BLOCK), sets))
        for digits, decoded in zip(sets, pool.map(codec.decode_pack, packs), strict=True):
            require("digits that come back", np.array_equal(decoded, digits))
    return packs


def in_another_process(folder: Path, files: list[Path], sets: list[Digits], packs: list[bytes]) -> None:
    finished = subprocess.run([sys.executable, "-c", ELSEWHERE, folder, *files], check=True, stdout=subprocess.PIPE)
    expected = [f"{sha256(digits.tobytes())} {sha256(pack)}" for digits, pack in zip(sets, packs, strict=True)]
    require("the same digits and bytes in another process", finished.stdout.decode().split("\n")[:-1] == expected)


def by_builds(profile: str, folder: Path, files: list[Path], sets: list[Digits]) -> list[str]:
    """The builds of the core with this profile that read the packs and wrote them again to the same bytes."""
    output = subprocess.run(
        [BUILDS, "again", folder / "tables.bin", *files],
        env={**os.environ, "PROFILES": profile},
        check=True,
        stdout=subprocess.PIPE,
    ).stdout.decode()
    print(output, end="")
    expected = "; ".join(
        f"{len(digits)} pictures, CRC {zlib.crc32(digits.tobytes()):08x}, the same bytes again" for digits in sets
    )
    builds = re.findall(rf"^(\S+ {profile}): (.*)$", output, re.MULTILINE)
    require("the same digits from every build", builds and all(found == expected for _, found in builds))
    return [build for build, _ in builds]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def require(what: str, holds: object) -> None:
    if not holds:
        raise SystemExit(f"every_digit: not so: {what}")


def main(mirror: str | None) -> None:
    codec = latentcodec.open(BUNDLE)
    data = mnist.load({"mirror": mirror})
    sets = [np.ascontiguousarray(np.stack([*part])[:, 0]) for part in (data.train, data.test)]
    counts = [len(digits) for digits in sets]
    packs = by_threads(codec, sets, 1)
    require("the same bytes with two threads at once", by_threads(codec, sets, 2) == packs)
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, f"{name}.ltcp") for name in ("train", "test")]
        for file, pack in zip(files, packs, strict=True):
            file.write_bytes(pack)
        in_another_process(codec.bundle.path, files, sets, packs)
        release = by_builds("release", codec.bundle.path, files, sets)
        debug = by_builds("dev", codec.bundle.path, files[1:], sets[1:])
    rates = {
        f"{name}_bpp": 8 * len(pack) / digits.size
        for name, pack, digits in zip(("train", "test"), packs, sets, strict=True)
    }
    result = {
        "bundle": codec.bundle.name,
        "model": codec.bundle.model_id.hex(),
        **rates,
        "equal": {"one thread": sum(counts), "two threads at once": sum(counts), "another process": sum(counts)}
        | {build: sum(counts) for build in release}
        | dict.fromkeys(debug, counts[1]),
    }
    OUT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m stages.lossless.every_digit", description="All of MNIST, bit for bit."
    )
    parser.add_argument("--mirror", help="a folder that holds MNIST; without it, it is downloaded")
    main(parser.parse_args().mirror)
