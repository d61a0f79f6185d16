"""``cars``: what sets it apart from ``photo``: masking, reach, cost, scaled crops."""

import numpy as np
import pytest
import torch

from stages.datasets.random_crops import RandomCrops
from stages.networks.cars import CarsAutoencoder
from stages.networks.layers.masking import Masking
from stages.networks.macs import macs

pytestmark = pytest.mark.usefixtures("one_thread")


@torch.inference_mode()
def test_masking_is_undone_exactly_and_shrinks_what_is_strong_most():
    masking = Masking(exponent=0.4)
    y = torch.tensor([1.0, 30, 300, 3000])[:, None, None, None] * torch.randn(4, 96, 5, 6)
    coded = masking.shrunk(y)
    assert torch.allclose(masking.expanded(coded), y, rtol=1e-3)
    factor = (coded / y)[:, 1:].mean((1, 2, 3))
    assert (factor.diff() < 0).all() and factor[0] > 0.99
    assert torch.equal(coded[:, 0], y[:, 0])


@torch.inference_mode()
def test_it_starts_as_a_transform_whose_latents_come_back_up_to_the_pictures_border():
    network, y = CarsAutoencoder().eval(), 100 * torch.randn(1, 96, 3, 4)
    assert torch.allclose(network.encode(network.unclipped(y)), y, atol=0.1)


@torch.inference_mode()
def test_it_reaches_as_far_as_it_says_and_is_made_for_cpus():
    network = CarsAutoencoder().eval()
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.05)
    halo, cell = network.codec_facts()["receptive_field"], 12
    x = torch.rand(1, 3, 25 * 8, 16)
    y = network.encode(x)
    changed = y.clone()
    changed[:, 1:, cell] += 100
    touched = (network.unclipped(changed) - network.unclipped(y)).abs().amax((0, 1, 3)).nonzero().flatten().tolist()
    assert (min(touched), max(touched)) == (cell * 8 - halo, cell * 8 + 7 + halo)
    changed = x.clone()
    changed[..., : cell * 8 - halo, :] += 1
    assert torch.allclose(network.encode(changed)[:, :, cell], y[:, :, cell], atol=1e-4)
    assert macs(network, network.encode, x) / x[0, 0].numel() <= 20_000
    assert macs(network, network.decode, y) / x[0, 0].numel() <= 12_000


def test_scaled_crops_are_resized_pictures_of_the_same_size():
    stripes = np.tile((np.arange(64) % 8 < 4) * np.uint8(255), (3, 64, 1))
    rng = np.random.default_rng(0)
    plain = RandomCrops([stripes], 32).draw(20, rng)
    scaled = RandomCrops([stripes], 32, (0.5, 2.0)).draw(20, rng)
    assert plain.shape == scaled.shape == (20, 3, 32, 32)
    edges = (scaled[:, 0, 0].int().diff().abs() > 0).sum(1)
    assert len(set((plain[:, 0, 0].int().diff() != 0).sum(1).tolist())) <= 2 < len(set(edges.tolist()))
