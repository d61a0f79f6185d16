"""``photo``: the transform it starts from, its cost, its gains, and the rate it is trained against."""

import numpy as np
import pytest
import torch

from latentcodec.transform import gains
from stages.networks.layers import variable_rate
from stages.networks.layers.lapped import colour_matrix, lapped_basis
from stages.networks.layers.rate_model import RateModel, logistic_bits
from stages.networks.macs import macs
from stages.networks.photo import PhotoAutoencoder

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def network() -> PhotoAutoencoder:
    torch.manual_seed(0)
    return PhotoAutoencoder().double().eval()


def test_the_transform_it_starts_from_is_orthonormal():
    basis, colour = lapped_basis(16), colour_matrix()
    assert np.allclose(basis @ basis.T, np.eye(16))
    assert np.allclose(basis[:, 16:] @ basis[:, :16].T, 0)  # neighbours' overlap
    assert np.allclose(colour @ colour.T, np.eye(3))


@torch.inference_mode()
def test_it_starts_as_a_transform_whose_latents_come_back_up_to_the_pictures_border(network):
    y = 100 * torch.randn(1, 768, 3, 4, dtype=torch.float64)
    assert torch.allclose(network.encode(network.unclipped(y)), y, atol=1e-3)  # kernels are float32


@torch.inference_mode()
def test_a_grey_picture_is_one_latent_per_position_and_comes_back(network):
    x = torch.full((1, 3, 48, 32), 0.7, dtype=torch.float64)
    y = network.encode(x)
    assert torch.allclose(network.decode(y), x, atol=1e-4)
    assert y[:, 0].min() > 1000 and y[:, 1:].abs().max() < 0.1


def far_from_the_start(network: PhotoAutoencoder) -> PhotoAutoencoder:
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.02)
    return network


@torch.inference_mode()
def test_it_reaches_as_far_as_it_says():
    network = far_from_the_start(PhotoAutoencoder().double().eval())
    halo, cell, rows = network.codec_facts()["receptive_field"], 7, 15 * 16
    x = torch.rand(1, 3, rows, 16, dtype=torch.float64)
    seen = set()
    for pixel in range(0, rows, 8):
        changed = x.clone()
        changed[..., pixel, :] += 1
        if (network.encode(changed) - network.encode(x))[:, :, cell].any():
            seen.add(pixel)
    y = network.encode(x)
    changed = y.clone()
    changed[:, :, cell] += 1
    touched = (network.unclipped(changed) - network.unclipped(y)).abs().amax((0, 1, 3)).nonzero().flatten().tolist()
    first, last = cell * 16, cell * 16 + 15
    assert (min(touched), max(touched)) == (first - halo, last + halo)
    assert first - halo <= min(seen) and max(seen) <= last + halo


@torch.inference_mode()
def test_it_is_made_for_cpus():
    network = PhotoAutoencoder().eval()
    pixels = 512 * 768
    assert macs(network, network.encode, torch.rand(1, 3, 512, 768)) / pixels <= 12_000
    assert macs(network, network.decode, torch.rand(1, 768, 32, 48)) / pixels <= 12_000


def test_gains_grow_with_every_quality_and_interpolate_their_logarithm(network):
    torch.nn.init.normal_(network.gains.rises)
    gains = network.gains(torch.arange(1, 101).double()).detach()[..., 0, 0]
    assert (gains.diff(dim=0) > 0).all()
    assert torch.allclose(gains[[0, -1]].log(), network.gains.table()[[0, -1]])
    halfway = network.gains(torch.tensor([1 + 99 / 14], dtype=torch.float64))[0, :, 0, 0]
    assert torch.allclose(halfway.log(), network.gains.table()[:2].mean(0))


def test_prices_span_the_qualities(network):
    assert network.lmbda(torch.tensor([1.0, 100.0])).tolist() == pytest.approx([0.0006, 0.6])


@torch.no_grad()
def test_the_rate_of_a_symbol_depends_on_earlier_symbols_only():
    model = RateModel(8 * (2,), width=2).double()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    symbols, expected = torch.randn(1, 16, 5, 6).double().round(), torch.ones(1, 16, 1, 1).double()
    quality = torch.tensor([50.0]).double()
    before = model(symbols, symbols, expected, quality)
    group_size = 16 // 8
    for channel, row, column in [(0, 2, 3), (5, 1, 1), (9, 4, 5), (14, 0, 0)]:
        changed = symbols.clone()
        changed[0, channel, row, column] += 2
        touched = (model(symbols, changed, expected, quality) - before)[0].abs() > 1e-9
        group = channel // group_size
        later_groups, own = touched[(group + 1) * group_size :], touched[group * group_size : (group + 1) * group_size]
        assert not touched[: group * group_size].any()
        assert not own[:, :row].any() and not own[:, row, :column].any()
        assert not own[channel % group_size, row, column]
        own_siblings = own[torch.arange(group_size) != channel % group_size]
        assert not own_siblings[:, row, column].any()
        assert group == 7 or later_groups.any()
        assert own[:, row + 1 :].any() or row == 4


def test_probabilities_of_whole_symbols_sum_to_one_and_stay_finite_far_out():
    symbols = torch.arange(-4000, 4001).double()
    for scale in (-3.0, 0.0, 3.0):
        bits = logistic_bits(symbols - 0.3, torch.tensor(scale).double())
        assert float((2.0**-bits).sum()) == pytest.approx(1)
        assert bits.isfinite().all()


def test_training_covers_the_qualities_that_the_deployed_codec_offers() -> None:
    assert variable_rate.HIGHEST_QUALITY == gains.HIGHEST_QUALITY
