"""DVC knows what a change touches: the real dvc.yaml and params.yaml, with stand-ins for what stages make."""

import ast
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

ROOT = Path(__file__).parents[2]
TRACKED = (
    "dvc.yaml",
    "params.yaml",
    ".dvcignore",
    "stages",
    "pipeline/latentcodec",
    "codec_rs/core/src",
    "codec_rs/study/src",
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that DVC takes for finished: each output is a small file, committed."""
    root = tmp_path_factory.mktemp("tracked")
    for name in TRACKED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, root / name)
    params = yaml.safe_load((root / "params.yaml").read_text())
    made = [f"build/data/{kind}/{file}" for kind in ("photos", "digits") for file in
            ("train.npy", "holdout.npy", "test.npy", "test_labels.npy", "source.json")]  # fmt: skip
    made += [
        "build/classical/photos.json",
        "build/plots.html",
        "results/report.html",
        "build/data/pictures.json",
        "results/latent_space/map.png",
        "build/latent_space/maps.npz",
        "results/figures/figure.png",
    ]
    results = (
        "photos",
        "digits",
        "lossless",
        "lossless_autoencoder",
        "bd_rates",
        "curves",
        "timings",
        "overview",
        "summary",
        "machine",
    )
    made += [f"results/{name}.json" for name in results]
    for codec in params["train"]:
        parts = (
            "weights.pt",
            "live/plots/metrics/holdout_loss.tsv",
            "encoder.onnx",
            "decoder.onnx",
            "evaluation/points.json",
        )
        made += [f"build/{codec}/{part}" for part in parts] + [f"exports/study/{codec}/codec.json"]
    for codec in params["rate_distortion"]:
        parts = ("weights.pt", "history.json", "encoder.onnx", "decoder.onnx", "evaluation/points.json")
        made += [f"build/{codec}/{part}" for part in parts] + [f"exports/study/{codec}/codec.json"]
    for codec in params["lossless"]:
        made += [f"build/{codec}/evaluation/points.json", f"exports/study/{codec}/codec.json"]
    for file in made:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(json.dumps({"made": file}))
    with chdir(root), Repo.init(no_scm=True) as repo:
        repo.commit(force=True)
    return root


def changed_stages(root: Path) -> set[str]:
    with chdir(root), Repo() as repo:
        return set(repo.status()) - {"list_pictures"}  # which always runs


def changed_after(root: Path, file: str, old: str, new: str) -> set[str]:
    """The stages that DVC calls changed once the first ``old`` reads ``new`` in ``file``; it is changed back after."""
    path = root / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new, 1))
    try:
        return changed_stages(root)
    finally:
        path.write_text(before)


def test_nothing_has_changed_in_a_finished_study(finished: Path) -> None:
    assert changed_stages(finished) == set()


@pytest.mark.parametrize("codec", ["ae1", "resae_v1", "digits_ld64"])
def test_changing_a_codec_retrains_that_codec_alone(finished: Path, codec: str) -> None:
    text = (finished / "params.yaml").read_text()
    block = re.search(rf"  {codec}:\n(    .*\n)+", text)
    assert block is not None
    shorter = re.sub(r"epochs: \d+", "epochs: 1", block[0])
    changed = changed_after(finished, "params.yaml", block[0], shorter)
    assert changed == {f"train@{codec}", f"export@{codec}", f"fit@{codec}"}


def test_changing_a_rate_distortion_trained_codec_retrains_that_codec_alone(finished: Path) -> None:
    changed = changed_after(finished, "params.yaml", "{name: photo, levels: 8,", "{name: photo, levels: 7,")
    assert changed == {f"{stage}_rate_distortion@photo" for stage in ("train", "export", "fit")}


def test_changing_a_lossless_codec_touches_that_codec_alone(finished: Path) -> None:
    changed = changed_after(finished, "params.yaml", "{kind: handwriting,", "{kind: any,")
    assert changed == {"lossless@digits_lossless"}


def test_changing_a_network_retrains_the_codecs_that_use_it(finished: Path) -> None:
    changed = changed_after(finished, "stages/networks/residual.py", '"""', '"""Changed. ')
    assert {stage for stage in changed if stage.startswith("train@")} == {"train@resae_v1", "train@resae_v2"}


def test_changing_a_figure_measures_nothing_anew(finished: Path) -> None:
    assert changed_after(finished, "stages/figures/style.py", '"""', '"""Changed. ') == {"report", "latent_space"}


def test_the_pipeline_stays_small_enough_for_dvc(finished: Path) -> None:
    with chdir(finished), Repo() as repo:
        assert len(repo.index.stages) <= 60


def test_a_change_of_the_command_line_repeats_nothing(finished: Path) -> None:
    assert changed_after(finished, "pipeline/latentcodec/cli/__init__.py", '"""', '"""Changed. ') == set()


def imported(module: Path) -> Iterator[Path]:
    """The files of `stages` and of the deployed package that a file imports."""
    for node in ast.walk(ast.parse((ROOT / module).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            path = Path(*name.split("."))
            for file in (path.with_suffix(".py"), path / "__init__.py"):
                if (ROOT / file).exists():
                    yield file
            if name.split(".")[0] == "latentcodec":
                yield Path("pipeline/latentcodec")
            if name == "latentcodec_study":
                yield Path("codec_rs/study/src")


def needed(module: Path, network: Path | None) -> set[Path]:
    """All files that running a module imports; of the networks, which params.yaml names, its codec's alone."""
    found, ahead = set(), {module}
    while ahead:
        file = ahead.pop()
        found.add(file)
        if file == Path("stages/networks/__init__.py"):
            ahead |= {network} - found if network else set()
        elif file.parts[0] == "stages":
            ahead |= set(imported(file)) - found
    return found - {Path("stages/__init__.py"), Path("stages/networks/__init__.py"), Path("stages/params.py")}


def test_every_stage_depends_on_all_the_code_that_it_runs(unlocked: Path) -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    with chdir(unlocked), Repo() as repo:
        stages = list(repo.index.stages)
    missing = set()
    for stage in stages:
        dependencies = [Path(dep.def_path) for dep in stage.deps]
        codec = stage.addressing.partition("@")[2]
        settings = params["train"].get(codec) or params["rate_distortion"].get(codec)
        network = Path(f"stages/networks/{settings['network']['name']}.py") if settings else None
        for module in re.findall(r"python -m ([\w.]+)", str(stage.cmd)):
            for file in needed(Path(*module.split(".")).with_suffix(".py"), network):
                if not any(file.is_relative_to(dependency) for dependency in dependencies):
                    missing.add(f"{stage.addressing}: {file}")
    assert not missing


def test_the_losses_of_every_codec_are_plotted_in_one_chart_of_its_family() -> None:
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    charts = [chart for plots in yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"] for chart in plots.items()]
    losses = [set(chart["y"]) for name, chart in charts if name.startswith("Loss")]
    for codecs in (
        [c for c, block in params["train"].items() if block["data"] == data] for data in ("photos", "digits")
    ):
        assert {f"build/{codec}/live/plots/metrics/holdout_loss.tsv" for codec in codecs} in losses
    assert {f"build/{codec}/history.json" for codec in params["rate_distortion"]} in losses
    assert len(charts) == 6
