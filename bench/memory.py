"""One coding in a process of its own, so that its peak memory can be measured: ``python -m bench.memory TASK``.

TASK is a JSON object: ``rival`` (a name of Pillow's table, or null for ours), ``bundle``, ``encode`` (the picture's
file, or null), ``coded`` (the file that is written or read), ``region`` (a box that is decoded as well, or null) and
``laps``. Prints a JSON object: ``seconds``, ``region_seconds``, ``peak`` (bytes) and ``pixels`` (their bytes, decoded).
Or its keys are ``bundle`` and ``digits`` (an .npy file), which become a pack and digits again; it prints ``peak``, and
``before``, the peak when the digits were read.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import latentcodec
from bench import rivals, timing


def measure(task: dict[str, Any]) -> dict[str, Any]:
    """What a fresh process measures of ``task``."""
    command = [sys.executable, "-m", "bench.memory", json.dumps(task)]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def perform(task: dict[str, Any]) -> dict[str, Any]:
    Image.MAX_IMAGE_PIXELS = None  # Pillow's alarm, which a hundred megapixels set off
    found = {"region_seconds": 0.0} | (ours(task) if task["rival"] is None else of_rival(task))
    return found | {"peak": peak_memory()}


def ours(task: dict[str, Any]) -> dict[str, float]:
    coded, found = Path(task["coded"]), {}
    codec = latentcodec.open(task["bundle"], provider="cpu")
    codec.decode(codec.encode(np.zeros((64, 64, 3), np.uint8)))  # loads the networks
    if task["encode"]:
        found["seconds"], data = timing.once(lambda: codec.encode(task["encode"]))
        coded.write_bytes(data)
        return found
    if box := task["region"]:
        found["region_seconds"], _ = timing.median(lambda: codec.decode_region(coded, box), task["laps"])
    found["seconds"], _ = timing.once(lambda: codec.decode_array(coded))
    return found


def of_rival(task: dict[str, Any]) -> dict[str, float]:
    coded = Path(task["coded"])
    if task["encode"]:
        other, number = rivals.PILLOW[task["rival"]]
        options = other.options(number)
        seconds, _ = timing.once(lambda: Image.open(task["encode"]).save(coded, other.kind, **options))
    else:
        rival = rivals.pillow(task["rival"])
        seconds, _ = timing.once(lambda: rival.decode(coded.read_bytes()))
    return {"seconds": seconds}


def pack_digits(task: dict[str, Any]) -> dict[str, Any]:
    codec = latentcodec.open(task["bundle"], provider="cpu")
    digits = np.load(task["digits"])
    before = peak_memory()
    codec.decode_pack(codec.encode_pack(digits))
    return {"before": before, "peak": peak_memory()}


def peak_memory() -> int:
    """Bytes that this process has held in memory at most."""
    status = Path("/proc/self/status")
    if status.exists():  # the kernel's own figure below counts the parent's memory until the new program starts
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    task = json.loads(sys.argv[1])
    print(json.dumps(pack_digits(task) if "digits" in task else perform(task)))
