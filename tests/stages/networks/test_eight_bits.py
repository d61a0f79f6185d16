"""Networks in 8 bits: what training computes is what the exported networks will, and they still learn."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from miniature import smooth_pictures
from torch import nn

from stages.export import Direction, export_direction
from stages.networks.eight_bits import decoder_inputs, encoder_inputs, quantise
from stages.networks.layers.convolution import Convolution, compute_in_eight_bits, round_activations, round_weights
from stages.networks.photo import PhotoAutoencoder

pytestmark = pytest.mark.usefixtures("one_thread")


def network(eight_bits: bool) -> PhotoAutoencoder:
    """Both of its networks correct every picture visibly."""
    torch.manual_seed(3)
    built = PhotoAutoencoder(levels=4, lambdas=(0.001, 0.1), widths=(16, 32), eight_bits=eight_bits)
    for weight in (*built.analysis[-1].parameters(), *built.refine.parameters()):
        nn.init.normal_(weight, std=0.1)
    return built.eval()


def pictures(count: int, size: int, seed: int) -> list[np.ndarray]:
    return list(smooth_pictures(count, size, seed))


def latents() -> np.ndarray:
    return next(decoder_inputs(network(eight_bits=False), pictures(1, 96, seed=2)))


INPUTS = {"encode": lambda: next(encoder_inputs(pictures(1, 96, seed=2))), "decode": latents}


@pytest.fixture(scope="module", params=["encode", "decode"])
def direction(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def exported(direction: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("eight_bits") / f"{direction}r.onnx"
    built, seen = network(eight_bits=False), pictures(8, 64, seed=1)
    inputs = list(encoder_inputs(seen) if direction == "encode" else decoder_inputs(built, seen))
    example = torch.from_numpy(np.concatenate(inputs[:2]))
    export_direction(Direction(built, direction).eval(), example, ("value", "result"), True, path)
    quantise(path, built, iter(inputs))
    return path


def run(model: Path, value: np.ndarray, threads: int = 1) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"value": value})[0]


@torch.inference_mode()
def test_what_8_bits_lose_in_training_is_what_they_lose_in_the_exported_network(exported: Path, direction: str) -> None:
    value = INPUTS[direction]()
    exact, trained = (
        Direction(network(eight_bits), direction)(torch.from_numpy(value)).numpy() for eight_bits in (False, True)
    )
    lost = [np.abs(result - exact).mean() for result in (trained, run(exported, value))]
    assert max(lost) < {"encode": 1, "decode": 1 / 255}[direction]  # a level
    assert 0.5 < lost[0] / lost[1] < 2


def test_all_convolutions_but_those_that_see_pixels_or_the_lapped_transform_are_in_8_bits(
    exported: Path, direction: str
) -> None:
    nodes = [node for node in onnx.load(exported).graph.node if node.op_type in ("Conv", "DequantizeLinear")]
    quantised = {output for node in nodes if node.op_type == "DequantizeLinear" for output in node.output}
    exact = [node.input[1] for node in nodes if node.op_type == "Conv" and node.input[1] not in quantised]
    first = ["network.analysis.1.weight"] if direction == "encode" else []
    assert sorted(weight for weight in exact if "lapped" not in weight) == first
    assert len(exact) == 2 + len(first) and len(quantised) > 20


def test_results_do_not_depend_on_the_number_of_threads(exported: Path, direction: str) -> None:
    value = INPUTS[direction]()
    assert np.array_equal(run(exported, value, threads=1), run(exported, value, threads=2))


def test_weights_and_inputs_learn_through_the_rounding() -> None:
    layer = Convolution(4, 8, 3)
    compute_in_eight_bits(layer)
    x = torch.randn(2, 4, 9, 9, requires_grad=True)
    layer(x).square().mean().backward()
    for gradient in (layer.weight.grad, layer.bias.grad, x.grad):
        assert gradient is not None and (gradient != 0).float().mean() > 0.9


def test_rounding_keeps_zero_and_few_levels() -> None:
    x = torch.randn(3, 5, 20, 20) + 1
    x[0] = 0
    assert (round_activations(x)[0] == 0).all() and len(round_activations(x).unique()) <= 256
    assert (round_activations(x) - x).abs().max() <= (x.max() - x.min()) / 255
    weights = torch.randn(6, 5, 3, 3)
    assert all(len(channel.unique()) <= 127 for channel in round_weights(weights))
    assert (
        round_activations(torch.zeros(4, 4)).isfinite().all()
        and round_weights(torch.zeros(2, 2, 1, 1)).isfinite().all()
    )
