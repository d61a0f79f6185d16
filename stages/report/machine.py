"""On which machine results were made, and with what: trainings end elsewhere on another, by half a decibel in the
embedded study, and each version of libavif writes other files."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

import onnxruntime
import torch
from PIL import features


def describe() -> dict[str, str | int]:
    """The processor, the vector instructions that torch uses on it, its cores, and the packages that decide results."""
    return {
        "processor": processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "latentcodec": version("latentcodec"),
        "torch": version("torch"),
        "onnxruntime": onnxruntime.__version__,
        "pillow": version("pillow"),
        "libavif": features.version("avif") or "",
    }


def processor() -> str:
    """The processor's name, as the system says it."""
    return first_value("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()


def first_value(file: str, key: str) -> str | None:
    """The value of the first line ``key: value`` of a file; None without such a line or file."""
    if not Path(file).exists():
        return None
    lines = (line.partition(":") for line in Path(file).read_text().splitlines())
    return next((value.strip() for name, _, value in lines if name.strip() == key), None)
