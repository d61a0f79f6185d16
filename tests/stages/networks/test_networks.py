"""Every network of params.yaml is what it says it is."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from stages import networks
from stages.params import load_params

PARAMS = load_params(Path(__file__).parents[3] / "params.yaml")
EVERY = {str(settings["network"]): settings["network"] for settings in PARAMS["train"].values()}
every_network = pytest.mark.parametrize("options", EVERY.values(), ids=EVERY)


pytestmark = pytest.mark.usefixtures("one_thread")


def build(options: dict) -> torch.nn.Module:
    """In float64, whose convolutions are direct: a NaN spreads to what depends on it and to nothing else."""
    torch.manual_seed(0)
    return networks.build(**options).double().eval()


def picture(facts: dict, height: int, width: int) -> Tensor:
    height, width = facts["image_size"] or (height, width)
    return torch.rand(1, {"RGB": 3, "L": 1}[facts["colour"]], height, width, dtype=torch.float64)


def touched(values: Tensor) -> Tensor:
    """The rows at which a NaN has arrived anywhere."""
    return values.isnan().movedim(-2, 0).flatten(1).any(1).nonzero().flatten()


def strip(facts: dict) -> Tensor:
    """High and thin: far faster than a square, and with square kernels as far to reach."""
    return picture(facts, 152, 8)


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


@pytest.mark.parametrize(
    ("options", "analysis", "synthesis"),
    [
        ({"name": "base"}, 11, 12),
        ({"name": "residual", "activation": "relu"}, 39, 21),
        ({"name": "residual", "activation": "mish"}, 39, 21),
    ],
    ids=["base", "residual relu", "residual mish"],
)
@torch.inference_mode()
def test_each_transform_alone_reaches_as_far_as_documented(options, analysis, synthesis):
    network = build(options)
    facts = network.codec_facts()
    stride, cell = facts["stride"], 9
    first, last = cell * stride, (cell + 1) * stride - 1
    x = strip(facts)

    outside = []  # how far each pixel of the cell lies outside of the cells whose latents it changes
    for pixel in range(first, last + 1):
        changed = x.clone()
        changed[..., pixel, :] = torch.nan
        cells = touched(network.encode(changed))
        outside += [int(cells[-1]) * stride - pixel, pixel - (int(cells[0]) * stride + stride - 1)]
    assert max(outside) == analysis

    y = network.encode(x)
    y[..., cell, :] = torch.nan
    pixels = touched(network.decode(y))
    assert max(first - int(pixels[0]), int(pixels[-1]) - last) == synthesis

    assert facts["receptive_field"] == max(analysis, synthesis)


def test_a_network_of_one_cell_has_no_halo():
    facts = build({"name": "digits", "latent_dim": 8}).codec_facts()
    assert facts["image_size"] == [facts["stride"]] * 2
    assert facts["receptive_field"] == 0


@every_network
def test_kernels_are_square(options):
    sizes = [module.kernel_size for module in build(options).modules() if hasattr(module, "kernel_size")]
    assert sizes and all(size == (size[0], size[0]) for size in sizes if isinstance(size, tuple))


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="unknown network 'nosuch'"):
        networks.build("nosuch")
