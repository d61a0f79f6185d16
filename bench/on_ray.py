"""A folder on a Ray cluster of this machine, beside the same command without Ray: ``python -m bench.on_ray``."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from PIL import Image

from bench.page import table
from bench.pictures import Pixels, photographs
from bench.scale import FULL

WORKERS = (1, 2)


def installed() -> bool:
    return find_spec("ray") is not None


def section(photos: list[Pixels], number: int, bundle: str | None = None) -> str:
    """Each worker has a core; the cluster runs already, its workers do not."""
    with tempfile.TemporaryDirectory() as folder, _cluster() as address:
        source = _fill(Path(folder, "pictures"), photos, number)
        rows = []
        for workers in WORKERS:
            here, there = (
                number / _seconds(source, Path(folder, f"{workers}{name}"), bundle, workers, ray)
                for name, ray in (("here", ()), ("there", ("--ray", address)))
            )
            rows.append([f"{workers} at once", here, there, there / here])
    return f"""## Ray

The command `encode` on a folder of {number} photographs as PNG files, pictures per second of the whole run, with and
without `--ray`, so many pictures at once on a core each.

{table(["", "without", "on Ray", "ratio"], rows)}
"""


def _fill(folder: Path, photos: list[Pixels], number: int) -> Path:
    folder.mkdir()
    for each in range(number):
        path = folder / f"{each:05}.png"
        if each < len(photos):
            Image.fromarray(photos[each]).save(path)
        else:
            os.link(folder / f"{each % len(photos):05}.png", path)
    return folder


def _seconds(source: Path, out: Path, bundle: str | None, workers: int, ray: tuple[str, ...]) -> float:
    command: list[str | Path] = [sys.executable, "-m", "latentcodec", "encode", source, "-o", out]
    command += ["--jobs", str(workers), "--threads", "1", "--provider", "cpu", "--quiet"]
    command += [*(("--bundle", bundle) if bundle else ()), *ray]
    start = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - start


@contextmanager
def _cluster() -> Iterator[str]:
    """The address of a cluster of as many cores as the most workers take."""
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": max(WORKERS), "include_dashboard": False})
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.on_ray", description=__doc__)
    parser.add_argument("--mirror", help="a folder that holds the public data sets, to take Kodak's from")
    parser.add_argument("--pictures", type=int, default=FULL.on_ray)
    options = parser.parse_args()
    print(section(photographs(options.mirror, FULL)[1], options.pictures))


if __name__ == "__main__":
    main()
