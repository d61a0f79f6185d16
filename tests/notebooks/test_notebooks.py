"""The notebooks run from their first cell to their last, and are kept with what a run of them shows, in few bytes."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_to_its_end(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    try:
        resources = {"metadata": {"path": str(path.parent)}}
        NotebookClient(nbformat.read(path, as_version=4), timeout=600, resources=resources).execute()
    finally:
        shutil.rmtree(ROOT / "build/fine_tune/charts", ignore_errors=True)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_as_a_run_left_it(path: Path) -> None:
    text = path.read_text()
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert any(
        output.get("data", {}).keys() & {"image/jpeg", "image/png"} for cell in cells for output in cell["outputs"]
    )
    assert len(text) < 300_000
    assert "/tmp/" not in text and str(Path.home()) + "/" not in text and str(ROOT) not in text
