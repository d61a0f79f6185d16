"""The network of an ONNX file as a module of torch: its weights are parameters, and gradients flow through it.

An interpreter of the operators that bundles' networks have (ONNX operator set 20, https://onnx.ai/onnx/operators/):
node by node, as they stand in the file. Weights in half precision become float32, as ONNX Runtime computes with them;
weights of 8 bits become the float32 numbers that they stand for. Activations are rounded to 8 bits where the file does
so, and their gradient is that of the identity within the range (Jacob et al. 2018, "Quantization and training of neural
networks for efficient integer-arithmetic-only inference").
"""

from collections import Counter
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from latentcodec.errors import BundleError

Attributes = dict[str, Any]
Operator = Callable[..., Tensor | tuple[Tensor, ...]]
"""Of the node's attributes and its inputs, of which those that are left out are None."""


class Graph(nn.Module):
    """One network, from its input to its output.

    Args:
        file: the content of the ONNX file.

    Raises:
        BundleError: it has operators that are not known here.
    """

    def __init__(self, file: bytes) -> None:
        super().__init__()
        graph = onnx.load_from_string(file).graph
        if unknown := {node.op_type for node in graph.node} - OPERATORS.keys():
            raise BundleError(f"the network has operators that are unknown here: {', '.join(sorted(unknown))}")
        self._input, self._output = graph.input[0].name, graph.output[0].name
        self._integers: dict[str, Tensor] = {}
        values = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
        nodes = [node for node in graph.node if not _unpack(node, values)]
        for name, value in values.items():
            self._keep(name, torch.from_numpy(np.array(value)))
        self._nodes = [
            (node.op_type, {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute},
             list(node.input), list(node.output))
            for node in nodes
        ]  # fmt: skip
        self._uses = Counter(name for _, _, inputs, _ in self._nodes for name in inputs)

    def forward(self, x: Tensor) -> Tensor:
        """The network's output for its input, both float32 (N, C, H, W)."""
        values, uses = {self._input: x}, self._uses.copy()
        for kind, attributes, inputs, outputs in self._nodes:
            results = OPERATORS[kind](attributes, *(self._value(name, values) for name in inputs))
            values.update(zip(outputs, results if isinstance(results, tuple) else (results,), strict=True))
            for name in inputs:  # what no later node needs is given up, but for what gradients need
                uses[name] -= 1
                if not uses[name]:
                    values.pop(name, None)
        return values[self._output]

    def _value(self, name: str, values: dict[str, Tensor]) -> Tensor | None:
        """Of an input, computed or from the file; None for one that is left out."""
        if not name or name in values:
            return values.get(name)
        return self._integers[name] if name in self._integers else attrgetter(name)(self)

    def _keep(self, name: str, value: Tensor) -> None:
        """Weights are parameters under their names in the file, single numbers and scales constants that move with the
        module; whole numbers, most of them sizes, stay where sizes are computed."""
        if not value.is_floating_point():
            self._integers[name] = value
            return
        module: nn.Module = self
        *path, leaf = name.split(".")
        for part in path:
            if part not in module._modules:
                module.add_module(part, nn.Module())
            module = module.get_submodule(part)
        if value.numel() == 1 or name.endswith("_scale"):
            module.register_buffer(leaf, value, persistent=False)
        else:
            module.register_parameter(leaf, nn.Parameter(value))


def _unpack(node: onnx.NodeProto, values: dict[str, np.ndarray]) -> bool:
    """Puts in the place of a weight of half precision or of 8 bits what the node makes of it; False if the node does
    something else."""
    if node.op_type not in ("Cast", "DequantizeLinear") or not all(name in values for name in node.input):
        return False
    inputs = [values[name] for name in node.input]
    if node.op_type == "DequantizeLinear":
        shape = (-1, *[1] * (inputs[0].ndim - 1)) if inputs[1].ndim else ()
        scale = inputs[1].reshape(shape)
        levels = inputs[0].astype(np.int32)
        offset = inputs[2].astype(np.int32).reshape(shape) if len(inputs) > 2 else 0
        values[node.output[0]] = (levels - offset).astype(np.float32) * scale
    elif inputs[0].dtype == np.float16:
        values[node.output[0]] = inputs[0].astype(np.float32)
    else:
        return False
    del values[node.input[0]]
    return True


def _numbers(x: Tensor) -> list[int]:
    return [int(value) for value in x.tolist()]


def _shape(attributes: Attributes, x: Tensor) -> Tensor:
    return torch.tensor(x.shape[attributes.get("start", 0) : attributes.get("end")], dtype=torch.int64)


def _cast(attributes: Attributes, x: Tensor) -> Tensor:
    return x.to(_TYPES[attributes["to"]])


def _divide(_: Attributes, x: Tensor, y: Tensor) -> Tensor:
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


def _slice(_: Attributes, x: Tensor, starts: Tensor, ends: Tensor, axes: Tensor, steps: Tensor | None = None) -> Tensor:
    strides = _numbers(steps) if steps is not None else [1] * len(starts)
    for start, end, axis, step in zip(_numbers(starts), _numbers(ends), _numbers(axes), strides, strict=True):
        places = range(*slice(start, end, step).indices(x.shape[axis]))
        x = x.index_select(axis, torch.tensor(places, dtype=torch.int64, device=x.device))
    return x


def _reshape(_: Attributes, x: Tensor, shape: Tensor) -> Tensor:
    return x.reshape(_numbers(shape))


def _gather(attributes: Attributes, x: Tensor, indices: Tensor) -> Tensor:
    axis = attributes.get("axis", 0)
    flat = x.index_select(axis, indices.reshape(-1).to(x.device))
    return flat.reshape(*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])


def _split(attributes: Attributes, x: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
    return x.split(_numbers(lengths), attributes.get("axis", 0))


def _squeeze(_: Attributes, x: Tensor, axes: Tensor | None = None) -> Tensor:
    return x.squeeze() if axes is None else x.squeeze(tuple(_numbers(axes)))


def _sum(attributes: Attributes, x: Tensor, axes: Tensor) -> Tensor:
    return x.sum(_numbers(axes), keepdim=bool(attributes.get("keepdims", 1)))


def _padding(attributes: Attributes) -> list[int]:
    """Of each side; bundles' networks have as much on both ends of an axis."""
    pads = attributes.get("pads", [0, 0, 0, 0])
    half = len(pads) // 2
    if pads[:half] != pads[half:]:
        raise BundleError(f"the network is padded unevenly, by {pads}")
    return pads[:half]


def _convolution(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    strides, dilations = attributes["strides"], attributes["dilations"]
    return functional.conv2d(x, weight, bias, strides, _padding(attributes), dilations, attributes["group"])


def _transposed(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    outer = attributes.get("output_padding", [0, 0])
    strides, dilations = attributes["strides"], attributes["dilations"]
    return functional.conv_transpose2d(
        x, weight, bias, strides, _padding(attributes), outer, attributes["group"], dilations
    )


def _dense(attributes: Attributes, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return functional.linear(x, weight if attributes.get("transB") else weight.T, bias)


def _depth_to_space(attributes: Attributes, x: Tensor) -> Tensor:
    if attributes.get("mode", b"DCR") != b"CRD":
        raise BundleError("the network has DepthToSpace in the order DCR; CRD is known")
    return functional.pixel_shuffle(x, attributes["blocksize"])


def _space_to_depth(attributes: Attributes, x: Tensor) -> Tensor:
    """A cell's pixels, and of each its channels, where torch has a channel's pixels together."""
    cells = functional.pixel_unshuffle(x, attributes["blocksize"])
    return cells.unflatten(1, (x.shape[1], -1)).transpose(1, 2).flatten(1, 2)


def _average(attributes: Attributes, x: Tensor) -> Tensor:
    return functional.avg_pool2d(x, attributes["kernel_shape"], attributes["strides"], _padding(attributes))


def _clip(_: Attributes, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    return torch.clip(x, low, high)


class _Rounded(torch.autograd.Function):
    """Levels of 8 bits, whose gradient is that of x / scale, and 0 where x is out of range."""

    @staticmethod
    def forward(context: Any, x: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
        limits = torch.iinfo(offset.dtype)
        levels = torch.round(x / scale) + offset.to(x.device)
        context.save_for_backward((levels >= limits.min) & (levels <= limits.max), scale)
        return levels.clip(limits.min, limits.max)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        inside, scale = context.saved_tensors
        return gradient * inside / scale, None, None


def _quantise(_: Attributes, x: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    """Levels as float32, so that a gradient may flow."""
    return _Rounded.apply(x, scale, offset)


def _dequantise(_: Attributes, levels: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    return (levels - offset.to(levels.device)) * scale


_TYPES = {1: torch.float32, 6: torch.int32, 7: torch.int64, 9: torch.bool, 10: torch.float16}
"""By the number of the type in ONNX."""

OPERATORS: dict[str, Operator] = {
    "Add": lambda _, x, y: x + y,
    "AveragePool": _average,
    "Cast": _cast,
    "Clip": _clip,
    "Concat": lambda attributes, *parts: torch.cat(parts, attributes["axis"]),
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "DepthToSpace": _depth_to_space,
    "DequantizeLinear": _dequantise,
    "Div": _divide,
    "Exp": lambda _, x: x.exp(),
    "Gather": _gather,
    "Gemm": _dense,
    "Greater": lambda _, x, y: x > y,
    "LeakyRelu": lambda attributes, x: functional.leaky_relu(x, attributes["alpha"]),
    "Log": lambda _, x: x.log(),
    "MatMul": lambda _, x, y: x @ y,
    "Mish": lambda _, x: functional.mish(x),
    "Mul": lambda _, x, y: x * y,
    "Pow": lambda _, x, y: x**y,
    "QuantizeLinear": _quantise,
    "ReduceSum": _sum,
    "Relu": lambda _, x: x.relu(),
    "Reshape": _reshape,
    "Shape": _shape,
    "Sigmoid": lambda _, x: x.sigmoid(),
    "Slice": _slice,
    "Softplus": lambda _, x: functional.softplus(x),
    "SpaceToDepth": _space_to_depth,
    "Split": _split,
    "Squeeze": _squeeze,
    "Sub": lambda _, x, y: x - y,
    "Transpose": lambda attributes, x: x.permute(attributes["perm"]),
    "Where": lambda _, condition, x, y: torch.where(condition, x, y),
}
