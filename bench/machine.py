"""What a figure depends on: the machine, its load before the run, and the versions."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from PIL import features

from latentcodec import Codec
from stages.report.machine import first_value, processor

PACKAGES = ("latentcodec", "numpy", "pillow", "onnxruntime-gpu", "onnxruntime", "torch", "compressai")
LIBRARIES = {"libjpeg_turbo": "libjpeg-turbo", "webp": "libwebp", "avif": "libavif", "jpg_2000": "OpenJPEG"}


def describe(codec: Codec) -> str:
    """A list, taken before anything runs."""
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg()) if hasattr(os, "getloadavg") else "not known"
    items = {
        "processor": f"{processor()}, {os.cpu_count()} logical cores",
        "memory": memory(),
        "system": f"{platform.platform()}, Python {platform.python_version()}",
        "load before the run (1, 5, 15 minutes)": load,
        "packages": ", ".join(versions()),
        "Pillow's libraries": ", ".join(
            f"{name} {features.version(key) or 'missing'}" for key, name in LIBRARIES.items()
        ),
        "bundle": f"{codec.bundle.name}, model {codec.bundle.model_id.hex()}, provider {codec.provider}",
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    }
    return "\n".join(f"- {name}: {value}" for name, value in items.items())


def memory() -> str:
    total = first_value("/proc/meminfo", "MemTotal")
    return f"{int(total.split()[0]) / 2**20:.1f} GiB" if total else "not known"


def versions() -> list[str]:
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return found
