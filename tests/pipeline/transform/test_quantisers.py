"""Quantising and back: close to the latents, within the symbols, and safe with odd latents."""

import doctest

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from latentcodec._core import kmeans
from latentcodec.container.header import BITS_QUANTISERS
from latentcodec.transform import quantisers
from latentcodec.transform.quantisers import dequantise, quantise, side_information_length

pytestmark = pytest.mark.filterwarnings("error")  # NumPy warns where a division or a cast went wrong

FLOATS = st.floats(-70000, 70000, width=32)
LATENTS = arrays(np.float32, array_shapes(min_dims=1, max_dims=4, max_side=6), elements=FLOATS)


def codebook_for(name: str, bits: int) -> np.ndarray | None:
    return np.linspace(-4, 4, 2**bits).astype(np.float16).astype(np.float32) if name == "vector_shared" else None


def test_the_examples_in_the_documentation_run() -> None:
    assert doctest.testmod(quantisers) == (0, 3)


@given(LATENTS, st.sampled_from(BITS_QUANTISERS), st.integers(1, 8))
def test_symbols_are_in_range_and_side_information_survives_float16(latents, name, bits) -> None:
    symbols, side_information = quantise(name, bits, latents, codebook_for(name, bits))
    assert symbols.dtype == np.int16
    assert symbols.shape == latents.shape
    assert 0 <= symbols.min() <= symbols.max() < 2**bits
    assert side_information.shape == (side_information_length(name, bits),)
    assert np.array_equal(side_information, side_information.astype(np.float16).astype(np.float32))
    assert np.isfinite(dequantise(name, bits, symbols, side_information, codebook_for(name, bits))).all()


@given(LATENTS, st.integers(1, 8))
@example(np.array([65504.0, -65504.0], np.float32), 8)
@example(np.array([1e-9, 0.0], np.float32), 3)
def test_min_max_is_off_by_at_most_half_a_bin_and_the_rounding_of_the_range(latents, bits) -> None:
    symbols, side_information = quantise("min_max", bits, latents)
    decoded = dequantise("min_max", bits, symbols, side_information)
    held = np.clip(latents, -65504, 65504).astype(np.float64)
    half_a_bin = (float(side_information[1]) - float(side_information[0])) / 2 ** (bits + 1)
    rounding = 2.0**-11 * np.abs(held).max() + 2.0**-24  # float16: 11 significant bits, smallest step 2^-24
    assert np.abs(decoded - held).max() <= half_a_bin + rounding * 1.01


@given(LATENTS, st.integers(1, 8))
def test_max_is_off_by_at_most_half_a_bin_where_latents_are_not_negative(latents, bits) -> None:
    latents = np.clip(np.abs(latents), 0, 65504)
    symbols, side_information = quantise("max", bits, latents)
    decoded = dequantise("max", bits, symbols, side_information)
    allowed = side_information[0] / 2 ** (bits + 1) + 2.0**-11 * latents.max() * 1.01 + 2.0**-24
    assert np.abs(decoded - latents).max() <= allowed


@given(arrays(np.float32, st.integers(1, 40), elements=st.floats(-100, 100, width=32)), st.integers(1, 4))
def test_vector_takes_the_nearest_of_its_centroids(latents, bits) -> None:
    symbols, side_information = quantise("vector", bits, latents)
    assert (np.diff(side_information) >= 0).all()
    distances = np.abs(latents[:, None].astype(np.float64) - side_information[None])
    assert np.array_equal(symbols, distances.argmin(axis=1))  # the first of equals


def test_vector_has_a_smaller_error_than_equal_bins_on_uneven_latents() -> None:
    latents = np.random.default_rng(0).exponential(size=(4, 16, 16)).astype(np.float32) ** 2
    errors = {}
    for name in ("max", "min_max", "vector"):
        decoded = dequantise(name, 3, *quantise(name, 3, latents))
        errors[name] = float(np.square(decoded - latents).mean())
    assert errors["vector"] < 0.5 * errors["min_max"]


def test_symbols_of_equal_bins_are_those_of_the_definition() -> None:
    latents = np.array([-1.0, 0.0, 0.24, 0.25, 0.99, 1.0], np.float32)
    symbols, side_information = quantise("max", 2, latents)
    assert symbols.tolist() == [0, 0, 0, 1, 3, 3]
    assert dequantise("max", 2, symbols, side_information).tolist() == [0.125, 0.125, 0.125, 0.375, 0.875, 0.875]
    symbols, side_information = quantise("min_max", 2, latents)
    assert symbols.tolist() == [0, 2, 2, 2, 3, 3]
    assert dequantise("min_max", 2, symbols, side_information).tolist() == [-0.75, 0.25, 0.25, 0.25, 0.75, 0.75]


@pytest.mark.parametrize("value", [0.0, 3.0, -3.0, 1e-30, 1e38, -1e38])
@pytest.mark.parametrize("name", ["max", "min_max", "vector"])
def test_constant_latents_come_back_as_a_constant(name: str, value: float) -> None:
    symbols, side_information = quantise(name, 3, np.full((2, 3, 4), value, np.float32))
    decoded = dequantise(name, 3, symbols, side_information)
    assert np.ptp(decoded) == 0
    if name != "max":
        assert decoded[0, 0, 0] == np.float16(np.clip(value, -65504, 65504))
    else:
        assert decoded[0, 0, 0] == np.float16(np.clip(value, 0, 65504)) * np.float32(15 / 16)


def test_side_information_belongs_to_all_pictures_of_a_pack() -> None:
    latents = np.stack([np.zeros((2, 1, 1), np.float32), np.ones((2, 1, 1), np.float32)])
    symbols, side_information = quantise("min_max", 1, latents)
    assert side_information.tolist() == [0, 1]
    assert symbols[:, 0, 0, 0].tolist() == [0, 1]


def test_vector_shared_uses_the_codebook_it_is_given() -> None:
    codebook = kmeans(np.array([0, 1, 5, 9], np.float32), 4)
    symbols, side_information = quantise("vector_shared", 2, np.array([8.5, -3.0], np.float32), codebook)
    assert side_information.size == 0
    assert dequantise("vector_shared", 2, symbols, side_information, codebook).tolist() == [9, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", BITS_QUANTISERS)
def test_latents_that_are_not_finite_are_refused(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        quantise(name, 2, np.array([0.0, bad], np.float32), codebook_for(name, 2))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("mean", 2), "unknown quantiser 'mean'"),
        (("max", 0), "bits must be 1 to 8, not 0"),
        (("max", 9), "bits must be 1 to 8, not 9"),
        (("vector_shared", 2), "needs a codebook"),
    ],
)
def test_wrong_arguments_are_named(arguments: tuple[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quantise(*arguments, np.zeros(3, np.float32))


def test_no_latents_wrong_codebooks_and_foreign_symbols_are_refused() -> None:
    with pytest.raises(ValueError, match="no latents"):
        quantise("max", 2, np.zeros((0, 3), np.float32))
    with pytest.raises(ValueError, match="4 centroids"):
        quantise("vector_shared", 2, np.zeros(3, np.float32), np.zeros(3, np.float32))
    with pytest.raises(ValueError, match="outside"):
        dequantise("max", 2, np.array([4], np.int16), np.ones(1, np.float32))
    with pytest.raises(ValueError, match="2 values of side information, not 1"):
        dequantise("min_max", 2, np.array([1], np.int16), np.ones(1, np.float32))
