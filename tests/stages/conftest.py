import miniature as making
import pytest
import torch


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
