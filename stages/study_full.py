"""The study at the seeds' scale: ``make study-full`` (hours on two cores; kill it and it resumes).

Copies the work tree to .full/, lays params-full.yaml over its parameters, runs ``dvc repro`` there and brings the
results back to results/full/. The committed dvc.lock, which describes the embedded study, is not touched.
MIRROR=folder names a folder that holds the data already; without it the data is downloaded.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from omegaconf import OmegaConf

COPY = Path(".full")


def copy_work_tree() -> None:
    """Every file that git tracks or would track, as it is now; what an earlier run made in the copy stays."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True
    ).stdout.decode()
    for file in filter(None, listed.split("\0")):
        if Path(file).is_file() and not file.startswith("results/") and file != "dvc.lock":
            (COPY / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, COPY / file)
    if not (COPY / ".git").exists():
        subprocess.run(["git", "init", "--quiet", COPY], check=True)  # dvc wants a repository of its own around it


def write_params(mirror: str) -> None:
    params = OmegaConf.merge(OmegaConf.load("params.yaml"), OmegaConf.load("params-full.yaml"))
    params.data.mirror = str(Path(mirror).resolve()) if mirror else params.data.mirror
    OmegaConf.save(params, COPY / "params.yaml")


def bring_results_back() -> None:
    kept = Path("results/full")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(COPY / "results", kept, ignore=shutil.ignore_patterns(".gitignore"))
    print(f"the results are in {kept}")


if __name__ == "__main__":
    copy_work_tree()
    write_params(os.environ.get("MIRROR", ""))
    finished = subprocess.run(["dvc", "repro"], cwd=COPY)
    if finished.returncode:
        sys.exit(finished.returncode)
    bring_results_back()
