"""`gained`: what a quality makes of latents, and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from latentcodec.transform import gains
from latentcodec.transform.gains import Gains

pytestmark = pytest.mark.filterwarnings("error")  # NumPy warns where a division or a cast went wrong

STEEP = Gains(np.log(np.array([[1, 2], [4, 2], [64, 32]], np.float32)), np.full((3, 2), 128, np.uint8))
LATENTS = arrays(np.float32, (2, 3, 4), elements=st.floats(-400, 400, width=32))


def test_gains_between_two_levels_are_their_geometric_mean() -> None:
    ones = np.ones((2, 1, 1), np.float32)
    for quality, expected in {1: (1, 2), 34: (2.519842, 2), 67: (10.07937, 5.039684), 100: (64, 32)}.items():
        np.testing.assert_allclose(1 / STEEP.dequantise(quality, ones.astype(np.int16)).ravel(), expected, rtol=1e-6)


def test_rounding_is_a_dead_zone_that_depends_on_channel_and_quality() -> None:
    latents = np.array([-1.7, -1.6, -0.7, -0.6, -0.4, 0.4, 0.6, 0.7, 1.6, 1.7], np.float32)
    rounding = np.array([[85, 128], [128, 128]], np.uint8)  # from 2/3 on at the lowest quality, in the first channel
    flat = Gains(np.zeros((2, 2), np.float32), rounding)
    both = np.stack([latents, latents])[:, None]
    assert flat.quantise(1, both)[0].ravel().tolist() == [-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]
    nearest = [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2]
    assert flat.quantise(1, both)[1].ravel().tolist() == nearest
    assert flat.quantise(100, both)[0].ravel().tolist() == nearest
    assert flat.quantise(50, np.full((2, 1, 1), 0.58, np.float32)).ravel().tolist() == [0, 1]  # half-way, from .584 on


def test_remainders_are_what_rounding_lost_of_a_magnitude() -> None:
    flat = Gains(np.zeros((2, 1), np.float32), np.full((2, 1), 64, np.uint8))  # rounded up from 3/4 on
    latents = np.array([-1.74, -0.75, -0.25, 0, 0.5, 0.74, 1.76, 1e9], np.float32)[None, None]
    symbols = flat.quantise(50, latents)
    assert symbols.ravel().tolist() == [-1, -1, 0, 0, 0, 0, 2, 32767]
    remainders = flat.remainders(50, latents, symbols)
    assert remainders.dtype == np.int8 and remainders.shape == latents.shape
    assert remainders.ravel().tolist() == [95, -32, 32, 0, 64, 95, -31, 0]


@given(LATENTS, st.integers(1, 100))
def test_nearest_rounding_is_off_by_half_a_step_at_most(latents, quality) -> None:
    symbols = STEEP.quantise(quality, latents)
    assert symbols.dtype == np.int16 and symbols.shape == latents.shape
    restored = STEEP.dequantise(quality, symbols)
    assert restored.dtype == np.float32
    half = STEEP.dequantise(quality, np.ones((2, 1, 1), np.int16)) / 2
    inside = np.abs(symbols) < gains.LARGEST
    allowed = 1.001 * half + 1e-6 * np.abs(latents)
    assert (np.abs(restored - latents) <= allowed)[inside].all()
    assert np.array_equal(STEEP.quantise(quality, -latents), -symbols)


@pytest.mark.parametrize("value", [600, 1e30, 3e38])
def test_what_is_too_large_for_a_symbol_becomes_the_largest(value: float) -> None:
    steepest = Gains(np.full((2, 2), 30, np.float32), np.full((2, 2), 128, np.uint8))
    symbols = steepest.quantise(1, np.array([value, -value], np.float32).reshape(2, 1, 1))
    assert symbols.ravel().tolist() == [32767, -32767]


def test_a_large_picture_is_quantised_in_parts_as_it_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    many = Gains(random.normal(0, 1, (4, 7)).cumsum(0).astype(np.float32), random.integers(64, 129, (4, 7), np.uint8))
    latents = random.laplace(0, 3, (2, 7, 5, 6)).astype(np.float32)
    kept = latents.copy()
    whole = many.quantise(40, latents)
    for together in (1, 150):
        monkeypatch.setattr(gains, "_VALUES_AT_ONCE", together)
        assert np.array_equal(many.quantise(40, latents), whole)
    assert np.array_equal(latents, kept)
    assert np.array_equal(many.quantise(40, latents[1]), whole[1])


def test_wrong_latents_are_refused() -> None:
    with pytest.raises(ValueError, match="no latents"):
        STEEP.quantise(50, np.zeros((2, 0, 3), np.float32))
    for bad in (np.nan, np.inf):
        with pytest.raises(ValueError, match="not finite"):
            STEEP.quantise(50, np.full((2, 1, 1), bad, np.float32))
    for shape in ((3, 4, 4), (2,), (2, 3, 4, 4)):
        with pytest.raises(ValueError, match="the gains are for 2 channels"):
            STEEP.quantise(50, np.zeros(shape, np.float32))
        with pytest.raises(ValueError, match="the gains are for 2 channels"):
            STEEP.dequantise(50, np.zeros(shape, np.int16))
