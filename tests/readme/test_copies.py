"""Copies of the work tree are whole, whatever a study writes meanwhile."""

import subprocess
from pathlib import Path

import pytest
import readme

COMMITTED = {"dvc.lock": "stages: {}\n", "results/photos.json": "[]\n", "results/full/photos.json": "[1]\n"}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work tree where a study is just writing its lock, has deleted a result, and has another half-written."""
    root = tmp_path / "tree"
    for name, text in COMMITTED.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(readme, "ROOT", root)
    readme.committed(root)
    (root / "dvc.lock").write_text("sta")
    (root / "results/photos.json").unlink()
    (root / "results/digits.json").write_text("[")
    (root / "results/full/photos.json").write_text("[2]\n")
    return root


def test_a_copy_of_the_tree_has_what_the_study_writes_as_it_was_committed(tree: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    readme.copy_of_the_tree(copy)
    copied = {str(path.relative_to(copy)): path.read_text() for path in copy.rglob("*.*") if ".git" not in path.parts}
    assert copied == COMMITTED | {"results/full/photos.json": "[2]\n"}
    status = ["git", "status", "--porcelain"]
    assert subprocess.run(status, cwd=copy, check=True, capture_output=True).stdout == b""
