"""Run the study: ``python -m stages.repro`` is ``dvc repro`` that says how far it is, and where to look at the end.

Arguments go to ``dvc repro`` as they are.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from dvc.repo import Repo

STAGE = re.compile(r"(Running stage|Stage) '([^']+)'")
RESULTS = """
results/report.html    all of it on one page: open it in a browser
results/summary.json   the headline numbers (dvc metrics show; dvc metrics diff)
results/figures/       curves and pictures
results/latent_space/  maps of the digits' latents
results/*.json         every point that was measured
exports/study/         a bundle per codec (latentcodec encode picture.png --bundle exports/study/photo)
dvc plots show         interactive curves, without a network too
"""


def counted(line: str, seen: list[str], total: int) -> str:
    """A line of DVC's with the number of its stage before it; ``seen`` are the stages of earlier lines."""
    if (stage := STAGE.match(line)) is None:
        return line
    if stage[2] not in seen:
        seen.append(stage[2])
    return f"[{len(seen)} of {total}] {line}"


def repro(folder: Path, arguments: list[str]) -> int:
    """Run ``dvc repro`` in a folder; returns its exit status."""
    with Repo(str(folder)) as repo:
        total = len(repo.index.stages)
    seen: list[str] = []
    command, unbuffered = ["dvc", "repro", *arguments], {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=folder, env=unbuffered, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(counted(line, seen, total), end="", flush=True)
    return running.returncode


if __name__ == "__main__":
    if status := repro(Path(), sys.argv[1:]):
        sys.exit(status)
    print(RESULTS, end="")
