"""The study at the course's scale: ``make study-full`` (hours on two cores; kill it and it resumes).

Copies the work tree to .full/, lays params-full.yaml over its parameters, runs ``dvc repro`` there and brings the
results back to results/full/. The committed dvc.lock, which describes the embedded study, is not touched.
exports/trained/ keeps finished trainings of photographs' codecs (history and best weights, named by the digest of
parameters and data), so that only what has changed since is trained anew; remove its files to train everything from the
start. The networks of digits, which would be as large and take an hour together, are not kept. Rate-distortion trained
codecs go on from weights that stand there too: see params-full.yaml.
MIRROR=folder names a folder that holds the data already; without it the data is downloaded.
STAGES names stages of dvc.yaml, such as fit_rate_distortion@photo: they and what they need are run, nothing else, and
what they make stays in .full/, from where stages.release takes a bundle.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from omegaconf import OmegaConf

from stages.repro import repro
from stages.training.checkpoint import Checkpoint
from stages.training.weights import save_weights

COPY = Path(".full")
TRAINED = Path("exports/trained")


def copy_work_tree() -> None:
    """Every file that git tracks or would track, as it is now; what an earlier run made in the copy stays."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True
    ).stdout.decode()
    for file in filter(None, listed.split("\0")):
        if Path(file).is_file() and not file.startswith("results/") and file != "dvc.lock":
            (COPY / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, COPY / file)
    (COPY / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")  # the copy is no git repository of its own


def write_params(mirror: str) -> None:
    params = OmegaConf.merge(OmegaConf.load("params.yaml"), OmegaConf.load("params-full.yaml"))
    params.data.mirror = str(Path(mirror).resolve()) if mirror else params.data.mirror
    for settings in params.rate_distortion.values():
        if settings.start:
            settings.start = str(offered_start(Path(settings.start)))
    OmegaConf.save(params, COPY / "params.yaml")


def offered_start(weights: Path) -> Path:
    """Where the copy has weights to start from, named by their digest: others are another parameter to DVC."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    offered = Path(".checkpoints", f"{weights.stem}-{digest}.pt")
    (COPY / offered).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(weights, COPY / offered)
    for suffix in (".json", ".card.json"):
        if (beside := weights.with_suffix(suffix)).exists():
            shutil.copy2(beside, COPY / offered.with_suffix(suffix))
    return offered


def offer_finished_trainings() -> None:
    for finished in TRAINED.glob("*.pt"):
        checkpoint = COPY / ".checkpoints" / finished.name
        if not checkpoint.exists():
            checkpoint.parent.mkdir(exist_ok=True)
            shutil.copy2(finished, checkpoint)


def keep_finished_trainings() -> None:
    """Those of the present parameters replace the ones that were kept."""
    TRAINED.mkdir(exist_ok=True)
    blocks: dict[str, Any] = yaml.safe_load((COPY / "params.yaml").read_text())["train"]
    for codec, settings in blocks.items():
        if settings["data"] != "photos":
            continue
        data = [COPY / f"build/data/{settings['data']}/{part}.npy" for part in ("train", "holdout")]
        checkpoint = Checkpoint.of(codec, settings, data, COPY)
        weights, state = TRAINED / checkpoint.path.name, checkpoint.load()
        if not weights.exists() and state is not None and "trainer" not in state:
            for older in TRAINED.glob(f"{codec}-*.pt"):
                older.unlink()
            save_weights(state, weights)


def bring_results_back() -> None:
    results = Path("results/full")
    shutil.rmtree(results, ignore_errors=True)
    shutil.copytree(COPY / "results", results, ignore=shutil.ignore_patterns(".gitignore"))
    print(f"the results are in {results}, all of them on one page in {results}/report.html")


if __name__ == "__main__":
    copy_work_tree()
    write_params(os.environ.get("MIRROR", ""))
    offer_finished_trainings()
    stages = sys.argv[1:]
    if status := repro(COPY, stages):
        sys.exit(status)
    keep_finished_trainings()
    if not stages:
        bring_results_back()
