"""Maps of latents."""

import numpy as np
import pytest

from stages.report import latent_space


@pytest.fixture
def latents() -> np.ndarray:
    """(60, 8): two clusters, far apart."""
    random = np.random.default_rng(0)
    return np.concatenate([random.normal(centre, 0.3, (30, 8)) for centre in (-3, 3)]).astype(np.float32)


def test_both_maps_keep_clusters_apart_and_repeat(latents: np.ndarray):
    places = latent_space.maps(latents, perplexity=10, seed=0)
    assert list(places) == ["tsne", "pca"]
    for name, again in latent_space.maps(latents, perplexity=10, seed=0).items():
        assert places[name].shape == (60, 2)
        assert np.array_equal(places[name], again)
        first, second = places[name][:30], places[name][30:]
        apart = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
        assert apart > 2 * max(first.std(axis=0).max(), second.std(axis=0).max())
