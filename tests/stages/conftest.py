import miniature as making
import pytest


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> making.Miniature:
    return making.make(tmp_path_factory.mktemp("miniature"))
