"""Exported networks that compute with integers of 8 bits: layers/convolution.py trains for it.

ONNX Runtime's own quantiser puts QuantizeLinear and DequantizeLinear about every convolution (the QDQ form), which
ONNX Runtime fuses into convolutions of integers on processors and on CUDA. The lapped transform stays in float32, so
that no detail is lost of what the networks only correct.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from torch import nn

from stages.networks.layers.convolution import Convolution
from stages.networks.layers.variable_rate import HIGHEST_QUALITY, VariableRateAutoencoder

CALIBRATION_QUALITIES = (5, 20, 35, 50, 65, 80, 95, HIGHEST_QUALITY)


class _Inputs(CalibrationDataReader):
    """What ranges of activations are measured on."""

    def __init__(self, name: str, inputs: Iterator[NDArray[np.float32]]) -> None:
        self._name, self._inputs = name, inputs

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        value = next(self._inputs, None)
        return None if value is None else {self._name: value}


def encoder_inputs(pictures: list[NDArray[np.uint8]]) -> Iterator[NDArray[np.float32]]:
    """What an encoder is given of pictures (3, H, W): (1, 3, H, W) in [0, 1]."""
    for picture in pictures:
        yield np.divide(picture[None], 255, dtype=np.float32)


@torch.inference_mode()
def decoder_inputs(
    network: VariableRateAutoencoder, pictures: list[NDArray[np.uint8]]
) -> Iterator[NDArray[np.float32]]:
    """What a decoder is given of pictures (3, H, W): latents (1, C, h, w), the qualities taking turns."""
    for number, picture in enumerate(pictures):
        x = torch.from_numpy(picture)[None].float() / 255
        gain = network.gains(torch.tensor([float(CALIBRATION_QUALITIES[number % len(CALIBRATION_QUALITIES)])]))
        yield ((network.encode(x) * gain).round() / gain).numpy()


def quantise(part: Path, network: nn.Module, inputs: Iterator[NDArray[np.float32]]) -> None:
    """Rewrite the encoder.onnx or decoder.onnx of ``network``, each ``Convolution`` of it: 8 bits for activations, over
    the ranges that these inputs give, 7 for weights with a range for each output channel.
    """
    graph = onnx.load(part).graph
    weights = {f"network.{name}.weight" for name, layer in network.named_modules() if isinstance(layer, Convolution)}
    logging.disable(logging.WARNING)  # It advises an optimisation of the graph that it would do worse after.
    try:
        quantize_static(
            part, part, _Inputs(graph.input[0].name, inputs), QuantFormat.QDQ,
            nodes_to_quantize=[node.name for node in graph.node if node.op_type == "Conv" and node.input[1] in weights],
            per_channel=True, reduce_range=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
        )  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)
