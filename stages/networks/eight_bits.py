"""An exported decoder whose network computes with integers of 8 bits: convolution.py trains for it.

ONNX Runtime's own quantiser puts QuantizeLinear and DequantizeLinear about every convolution (the QDQ form), which
ONNX Runtime fuses into convolutions of integers on processors and on CUDA. The lapped synthesis stays in float32, so
that no detail is lost of what the network only corrects.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

from stages.networks.layers.variable_rate import HIGHEST_QUALITY, VariableRateAutoencoder

NETWORK = ("from_latents", "from_pixels", "refine")  # the parts of a decoder that are no linear transform
CALIBRATION_QUALITIES = (5, 20, 35, 50, 65, 80, 95, HIGHEST_QUALITY)


class _Latents(CalibrationDataReader):
    """What ranges of activations are measured on."""

    def __init__(self, latents: Iterator[NDArray[np.float32]]) -> None:
        self._latents = latents

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        latents = next(self._latents, None)
        return None if latents is None else {"latents": latents}


@torch.inference_mode()
def coded_latents(network: VariableRateAutoencoder, pictures: list[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
    """What a decoder is given of pictures (3, H, W): latents (1, C, h, w), the qualities taking turns."""
    for number, picture in enumerate(pictures):
        x = torch.from_numpy(picture)[None].float() / 255
        gain = network.gains(torch.tensor([float(CALIBRATION_QUALITIES[number % len(CALIBRATION_QUALITIES)])]))
        yield ((network.encode(x) * gain).round() / gain).numpy()


def quantise_decoder(decoder: Path, latents: Iterator[NDArray[np.float32]]) -> None:
    """Rewrite decoder.onnx: 8 bits for activations, over the ranges that these latents (1, C, h, w) give, 7 for weights
    with a range for each output channel.
    """
    nodes = onnx.load(decoder).graph.node
    network = [node.name for node in nodes if node.op_type == "Conv" and node.input[1].split(".")[1] in NETWORK]
    logging.disable(logging.WARNING)  # It advises an optimisation of the graph that it would do worse after.
    try:
        quantize_static(
            decoder, decoder, _Latents(latents), QuantFormat.QDQ,
            nodes_to_quantize=network, per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
