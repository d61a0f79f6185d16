"""The decoder's network in 8 bits: what training computes is what the exported network will, and it still learns."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from miniature import smooth_pictures
from torch import nn

from stages.export import Direction, export_direction
from stages.networks.eight_bits import coded_latents, quantise_decoder
from stages.networks.layers.convolution import Convolution, compute_in_eight_bits, round_activations, round_weights
from stages.networks.photo import PhotoAutoencoder

pytestmark = pytest.mark.usefixtures("one_thread")


def network(eight_bits: bool) -> PhotoAutoencoder:
    """Its decoder corrects every picture visibly."""
    torch.manual_seed(3)
    built = PhotoAutoencoder(levels=4, lambdas=(0.001, 0.1), widths=(16, 32), eight_bits=eight_bits)
    for weight in built.refine.parameters():
        nn.init.normal_(weight, std=0.1)
    return built.eval()


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("eight_bits") / "decoder.onnx"
    built = network(eight_bits=False)
    pictures = list(smooth_pictures(8, 64, seed=1))
    with torch.inference_mode():
        latents = built.encode(torch.from_numpy(np.stack(pictures[:2])).float() / 255)
    export_direction(Direction(built, "decode").eval(), latents, ("latents", "image"), True, path)
    quantise_decoder(path, coded_latents(built, pictures))
    return path


def decoded(decoder: Path, latents: np.ndarray, threads: int = 1) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(decoder, options, providers=["CPUExecutionProvider"])
    return session.run(None, {"latents": latents})[0]


def latents() -> np.ndarray:
    return next(coded_latents(network(eight_bits=False), list(smooth_pictures(1, 96, seed=2))))


@torch.inference_mode()
def test_what_8_bits_lose_in_training_is_what_they_lose_in_the_exported_network(decoder: Path) -> None:
    exact, trained = (network(eight_bits).decode(torch.from_numpy(latents())).numpy() for eight_bits in (False, True))
    lost = [np.abs(pixels - exact).mean() for pixels in (trained, decoded(decoder, latents()))]
    assert max(lost) < 1 / 255
    assert 0.5 < lost[0] / lost[1] < 2


def test_all_convolutions_of_the_decoders_network_are_in_8_bits_and_no_other(decoder: Path) -> None:
    nodes = onnx.load(decoder).graph.node
    quantised = {output for node in nodes if node.op_type == "DequantizeLinear" for output in node.output}
    found = {node.input[1] in quantised for node in nodes if node.op_type == "Conv" and "lapped" not in node.input[1]}
    lapped = [node for node in nodes if node.op_type == "Conv" and "lapped" in node.input[1]]
    assert found == {True} and len(lapped) == 2


def test_its_pixels_do_not_depend_on_the_number_of_threads(decoder: Path) -> None:
    assert np.array_equal(decoded(decoder, latents(), threads=1), decoded(decoder, latents(), threads=2))


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
