"""Export one trained network to ONNX: ``python -m stages.export ae2``.

Reads build/<codec>/weights.pt, writes build/<codec>/{encoder,decoder}.onnx, checked against torch on pictures, held
out if any are. The files say in their metadata which codec, network and weights they hold. Batch, height and width stay
free where the network allows it. Weights are stored in half precision, which is what they have, and cast when they are
used.
"""

import hashlib
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxscript import opset20
from torch import Tensor, nn

from latentcodec.transform.sessions import open_session
from stages import networks
from stages.datasets.training_set import cropped, load_training_set
from stages.networks.autoencoder import Autoencoder
from stages.networks.eight_bits import decoder_inputs, encoder_inputs, quantise
from stages.networks.facts import write_facts
from stages.networks.layers.variable_rate import VariableRateAutoencoder
from stages.params import Params, load_params

OPSET = 20
op: Any = opset20  # whose annotations know no output as an input
LEAST_HALVED = 1024  # values: what a cast saves on fewer is not worth a node
TOLERANCE = 1e-4  # largest difference to torch, relative to the largest value: float32 sums in another order
EIGHT_BITS_TOLERANCE = 0.1  # Where the networks compute in 8 bits; the mean difference is far smaller.
CALIBRATION_PICTURES, CALIBRATION_PIXELS = 32, 512 * 512  # what the ranges of 8 bits are measured on


class Direction(nn.Module):
    """One of the two transforms of an autoencoder, as a module of its own for the exporter."""

    def __init__(self, network: nn.Module, method: str) -> None:
        super().__init__()
        self.network, self.method = network, method

    def forward(self, value: Tensor) -> Tensor:
        return getattr(self.network, self.method)(value)


def pixel_unshuffle(x: Any, downscale_factor: int) -> Any:
    """torch's operator for the exporter: SpaceToDepth of one channel at a time orders cells as torch does.

    ONNX Runtime takes a tenth of the time that the exporter's own transposition takes.
    """
    one_channel, all_channels = (
        op.Constant(value_ints=shape) for shape in ([-1, 1], [x.shape[1] * downscale_factor**2])
    )
    planes = op.Reshape(x, op.Concat(one_channel, op.Shape(x, start=2), axis=0))
    cells = op.SpaceToDepth(planes, blocksize=downscale_factor)
    return op.Reshape(cells, op.Concat(op.Shape(x, end=1), all_channels, op.Shape(cells, start=2), axis=0))


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """Without what the exporter says of itself at each call: that torchvision is missing, and a renamed class."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".isinstance.treespec", FutureWarning)
            yield
    finally:
        logger.setLevel(level)


def export_direction(direction: Direction, example: Tensor, names: tuple[str, str], free_size: bool, out: Path) -> None:
    """Write ``direction`` as an ONNX file whose input and output are called ``names``."""
    free = {0: torch.export.Dim.DYNAMIC}
    if free_size:
        free |= {2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    with quiet_exporter():
        torch.onnx.export(
            direction,
            (example,),
            str(out),
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_shapes=(free,),
            opset_version=OPSET,
            dynamo=True,
            external_data=False,
            custom_translation_table={torch.ops.aten.pixel_unshuffle.default: pixel_unshuffle},
            verbose=False,
        )


def store_in_float16(model: onnx.ModelProto) -> None:
    """Store in float16 what float16 holds exactly; ONNX Runtime folds the casts when it loads the model."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        with np.errstate(over="ignore"):
            rounded = values.astype(np.float16) if values.dtype == np.float32 else values
        if rounded is values or values.size < LEAST_HALVED or not np.array_equal(rounded.astype(np.float32), values):
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(rounded, f"{name}.half"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    stored = {tensor.name for tensor in model.graph.initializer}
    described = [info for info in model.graph.value_info if info.name not in stored]
    del model.graph.value_info[:]
    model.graph.value_info.extend(described)


def describe(path: Path, facts: dict) -> None:
    """Put ``facts`` into the file's metadata and let the ONNX checker read it through.

    Weights are halved. The exporter's own remarks on every node go: they hold the paths of this machine, and would make
    the model id depend on them.
    """
    model = onnx.load(path)
    for part in (model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        del part.metadata_props[:]
    store_in_float16(model)
    write_facts(model, facts)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def check(path: Path, direction: Direction, example: Tensor, tolerance: float = TOLERANCE) -> None:
    """ONNX Runtime must give what torch gives."""
    session = open_session(path, provider="cpu")
    found = session.run(None, {session.get_inputs()[0].name: example.numpy()})[0]
    expected = direction(example).numpy()
    worst = float(np.abs(found - expected).max() / max(np.abs(expected).max(), 1e-12))
    if not worst <= tolerance:
        raise SystemExit(f"{path}: differs from torch by {worst:.1e} of the largest value, allowed is {tolerance:.0e}")
    print(f"{path}: differs from torch by at most {worst:.1e} of the largest value")


def described(codec: str, params: Params) -> dict[str, Any]:
    """The network of a codec of ``train`` or ``rate_distortion``, as params.yaml has it."""
    return (params["train"] if codec in params["train"] else params["rate_distortion"])[codec]["network"]


def examples(codec: str, params: Params, network: Autoencoder, root: Path) -> NDArray[np.uint8]:
    """Up to three pictures (N, C, H, W), held out if any are, on which an exported network is checked."""
    if codec in params["train"]:
        return np.load(root / f"build/data/{params['train'][codec]['data']}/holdout.npy", mmap_mode="r")[:3]
    data = load_training_set(params["rate_distortion"][codec], params["data"]["mirror"], root)
    pictures, stride = data.held_out[:3] or data.spread(3), network.codec_facts()["stride"]
    rows, columns = (min(picture.shape[axis] for picture in pictures) // stride * stride for axis in (1, 2))
    return np.stack([picture[:, :rows, :columns] for picture in pictures])


@torch.inference_mode()
def export(codec: str, params: Params, root: Path = Path()) -> None:
    build = root / "build" / codec
    options = described(codec, params)
    eight_bits = options.get("eight_bits", False)
    # What computes in 8 bits is exported in float32 and then rewritten: the exporter knows no better way.
    network = networks.trained(options | {"eight_bits": False} if eight_bits else options, build / "weights.pt")
    pictures = torch.from_numpy(examples(codec, params, network, root).astype(np.float32) / 255)
    latents = network.encode(pictures)
    facts = network.codec_facts()
    description = {
        "codec": codec,
        "network": options,
        "weights_sha256": hashlib.sha256((build / "weights.pt").read_bytes()).hexdigest(),
        **facts,
    }
    directions = {
        "encoder": ("encode", pictures, ("image", "latents")),
        "decoder": ("decode", latents, ("latents", "image")),
    }
    calibration = calibration_pictures(codec, params, facts["stride"], root) if eight_bits else []
    for name, (method, example, tensors) in directions.items():
        direction, path = Direction(network, method).eval(), build / f"{name}.onnx"
        export_direction(direction, example, tensors, facts["image_size"] is None, path)
        if eight_bits:
            assert isinstance(network, VariableRateAutoencoder)
            quantise(
                path,
                network,
                encoder_inputs(calibration) if name == "encoder" else decoder_inputs(network, calibration),
            )
        tolerance = EIGHT_BITS_TOLERANCE if eight_bits else TOLERANCE
        describe(path, {"part": name, **description})
        check(path, direction, example[:1], tolerance)
        check(path, direction, example, tolerance)


def calibration_pictures(codec: str, params: Params, stride: int, root: Path) -> list[NDArray[np.uint8]]:
    """Training pictures (3, H, W) of a rate-distortion trained codec, cropped."""
    settings = params["rate_distortion"][codec]
    pictures = load_training_set(settings, params["data"]["mirror"], root).spread(CALIBRATION_PICTURES)
    return [cropped(picture, CALIBRATION_PIXELS, stride) for picture in pictures]


if __name__ == "__main__":
    export(sys.argv[1], load_params())
