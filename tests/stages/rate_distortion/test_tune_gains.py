"""Gains that are tuned to metrics: what a channel is, and that a step goes down."""

from pathlib import Path

import numpy as np
import pytest
import torch
from miniature import RATE_DISTORTION, Miniature

import latentcodec
from stages import networks
from stages.networks.layers.variable_rate import VariableRateAutoencoder
from stages.rate_distortion import tune_gains


def test_a_change_is_of_the_plane_and_the_frequency_that_it_has_most_of() -> None:
    across = np.cos(2 * np.pi * 0.125 * np.arange(64))[None, :, None]
    for plane, colour in enumerate(([1, 1, 1], [0.1, -0.25, 1.8], [1.4, -0.7, 0])):
        found, frequency = tune_gains.response(np.ones((64, 1, 1)) * across * colour)
        assert found == plane and frequency == pytest.approx(0.125, abs=0.01)


def test_offsets_are_of_one_plane_and_go_over_into_each_other() -> None:
    planes, frequencies = np.array([0, 0, 0, 1, 2]), np.array([0.01, 0.08, 0.6, 0.1, 0.1])
    parts = tune_gains.basis(planes, frequencies, 8)
    everywhere = [part for part in parts if (part == part[0]).all()]
    np.testing.assert_allclose(np.sum(everywhere, axis=0), 1)
    assert all(len(set(planes[part.any(0)])) <= 1 for part in parts)


class Valley:
    """Files are smallest with certain gains."""

    log_gains = np.zeros((8, 2))

    def points(self, offsets: np.ndarray) -> list[list[dict]]:
        far = 1 + np.square(offsets - [0.4, -0.3]).mean()
        return [
            [{"bpp": far * quality, "psnr": 30.0 + quality / 10, "ms_ssim": 0.9 + quality / 1e4,
              "ssimulacra2": 1.0 * quality, "butteraugli": 9 - quality / 20, "ssim": 0.9 + quality / 1e4}]
            for quality in tune_gains.QUALITIES
        ]  # fmt: skip


def test_steps_lead_to_smaller_files_of_equal_quality() -> None:
    parts = np.stack([np.ones((8, 1)) * [1, 0], np.ones((8, 1)) * [0, 1]])
    offsets = tune_gains.tuned(Valley(), parts)
    assert np.abs(offsets - [0.4, -0.3]).max() < 0.15


def test_tuned_weights_have_these_gains_and_are_else_the_same(variable_rate: Miniature) -> None:
    file = variable_rate.root / "build/tiny/weights.pt"
    weights = torch.load(file, weights_only=True)
    log_gains, _ = latentcodec.open(variable_rate.bundle).bundle.tables.gains()
    tuned = tune_gains.with_gains(weights, log_gains + np.linspace(-0.1, 0.2, log_gains.shape[1]))
    torch.save(tuned, Path(file).with_name("tuned.pt"))
    network = networks.trained(RATE_DISTORTION["network"], file.with_name("tuned.pt"))
    assert isinstance(network, VariableRateAutoencoder)
    found = network.gains.table().detach().numpy() - log_gains
    np.testing.assert_allclose(
        found, np.broadcast_to(np.linspace(-0.1, 0.2, log_gains.shape[1]), found.shape), atol=0.01
    )
    assert {name for name, value in tuned.items() if value is not weights[name]} == {
        "network.gains.first", "network.gains.rises"
    }  # fmt: skip


def test_a_picture_is_measured_as_its_file_is(variable_rate: Miniature) -> None:
    trial = tune_gains.Trial(str(variable_rate.bundle), [])
    codec, picture = latentcodec.open(variable_rate.bundle), variable_rate.pictures[0]
    latents = codec.analyse(picture[None])[0]
    measured = trial.measured(trial.codec.transform.gains, 40, picture, latents)
    assert measured["bpp"] * picture.shape[0] * picture.shape[1] / 8 == pytest.approx(
        len(codec.encode(picture, quality=40)), abs=4
    )
