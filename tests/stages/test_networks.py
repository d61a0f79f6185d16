"""Every network of params.yaml is what it says it is."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from stages import networks
from stages.params import load_params

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")
EVERY = {str(settings["network"]): settings["network"] for settings in PARAMS["train"].values()}
every_network = pytest.mark.parametrize("options", EVERY.values(), ids=EVERY)


def build(options: dict) -> torch.nn.Module:
    """In float64, whose convolutions are direct: a NaN spreads to what depends on it and to nothing else."""
    torch.manual_seed(0)
    return networks.build(**options).double().eval()


def picture(facts: dict, height: int, width: int) -> Tensor:
    height, width = facts["image_size"] or (height, width)
    return torch.rand(1, {"RGB": 3, "L": 1}[facts["colour"]], height, width, dtype=torch.float64)


def touched(values: Tensor) -> tuple[Tensor, Tensor]:
    """The rows and the columns (of the last two dimensions) in which a NaN has arrived."""
    place = values.isnan().flatten(0, -3).any(0)
    return place.any(1).nonzero().flatten(), place.any(0).nonzero().flatten()


@every_network
@torch.inference_mode()
def test_shapes_are_those_that_the_facts_promise(options):
    network = build(options)
    facts = network.codec_facts()
    x = picture(facts, 40, 64)
    y = network.encode(x)
    stride = facts["stride"]
    assert y.shape == (1, facts["latent_channels"], x.shape[-2] // stride, x.shape[-1] // stride)
    decoded = network.decode(y)
    assert decoded.shape == x.shape
    assert 0 <= decoded.min() and decoded.max() <= 1


@every_network
def test_the_single_picture_size_is_a_multiple_of_the_stride(options):
    facts = build(options).codec_facts()
    assert all(side % facts["stride"] == 0 for side in facts["image_size"] or ())


@every_network
@torch.inference_mode()
def test_receptive_field_is_the_farthest_that_a_pixel_reaches(options):
    network = build(options)
    facts = network.codec_facts()
    reach = 0
    for phase in range(8):  # a pixel's place in its latent's cell decides how far it reaches
        x = picture(facts, 176, 176)
        at = min(88, x.shape[-1] - 8) + phase
        for pixel in (at, phase):  # in the middle, and at the edge for networks of a single small size
            changed = x.clone()
            changed[..., pixel, pixel] = torch.nan
            for touched_lines in touched(network.decode(network.encode(changed))):
                reach = max(reach, int((touched_lines - pixel).abs().max()))
    assert reach == facts["receptive_field"]


@pytest.mark.parametrize(
    ("options", "analysis", "synthesis"),
    [({"name": "base"}, 11, 12), ({"name": "residual", "activation": "mish"}, 39, 21)],
    ids=["base", "residual"],
)
@torch.inference_mode()
def test_each_transform_alone_reaches_as_far_as_documented(options, analysis, synthesis):
    network = build(options)
    stride, cell = network.codec_facts()["stride"], 11
    x = picture(network.codec_facts(), 176, 176)

    seen = []  # a pixel and the cells [first, last + 1) * stride whose latents it changes
    for pixel in range(cell * stride, (cell + 1) * stride):
        changed = x.clone()
        changed[..., pixel, pixel] = torch.nan
        rows, _ = touched(network.encode(changed))
        seen += [int(rows[-1]) * stride - pixel, pixel - (int(rows[0]) * stride + stride - 1)]
    assert max(seen) == analysis

    y = network.encode(x)
    y[..., cell, cell] = torch.nan
    rows, _ = touched(network.decode(y))
    assert max(cell * stride - int(rows[0]), int(rows[-1]) - (cell * stride + stride - 1)) == synthesis


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="unknown network 'nosuch'"):
        networks.build("nosuch")
