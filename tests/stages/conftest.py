import shutil
from pathlib import Path

import miniature as making
import pytest
import torch
from dvc.repo import Repo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def unlocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where DVC finds the study's stages; the study's own has a lock that a running study writes."""
    folder = tmp_path_factory.mktemp("unlocked")
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copy(ROOT / name, folder)
    Repo.init(str(folder), no_scm=True).close()
    return folder


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> making.Miniature:
    return making.make(tmp_path_factory.mktemp("miniature"))


@pytest.fixture(scope="session")
def variable_rate(tmp_path_factory: pytest.TempPathFactory) -> making.Miniature:
    return making.make_variable_rate(tmp_path_factory.mktemp("gained"))


@pytest.fixture(scope="module")
def one_thread():
    """Tiny convolutions are many times slower when threads must wait for one another on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
