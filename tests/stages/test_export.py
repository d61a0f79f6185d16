"""An exported network gives what torch gives, at any size, and says what it is."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from miniature import Miniature

from stages import networks
from stages.export import Direction, check


def test_other_sizes_and_batches_than_the_example_give_what_torch_gives(miniature: Miniature) -> None:
    build = miniature.root / "build/tiny"
    network = networks.build("base").eval()
    network.load_state_dict(torch.load(build / "weights.pt", weights_only=True))
    picture = torch.rand(2, 3, 40, 64)
    with torch.inference_mode():
        latents = network.encode(picture)
        decoded = network.decode(latents)
    encoder = onnxruntime.InferenceSession(build / "encoder.onnx", providers=["CPUExecutionProvider"])
    decoder = onnxruntime.InferenceSession(build / "decoder.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(encoder.run(None, {"image": picture.numpy()})[0], latents.numpy(), atol=1e-5)
    np.testing.assert_allclose(decoder.run(None, {"latents": latents.numpy()})[0], decoded.numpy(), atol=1e-5)


def test_the_files_say_which_codec_they_belong_to_and_keep_their_weights_inside(miniature: Miniature) -> None:
    for part in ("encoder", "decoder"):
        model = onnx.load(miniature.root / f"build/tiny/{part}.onnx", load_external_data=False)
        properties = {prop.key: prop.value for prop in model.metadata_props}
        assert json.loads(properties["latentcodec.codec"]) == "tiny"
        assert json.loads(properties["latentcodec.part"]) == part
        assert json.loads(properties["latentcodec.stride"]) == 8
        assert all(not tensor.external_data for tensor in model.graph.initializer)


def test_a_file_that_differs_from_torch_is_refused(miniature: Miniature) -> None:
    torch.manual_seed(1)
    other = Direction(networks.build("base").eval(), "encode")
    with torch.inference_mode(), pytest.raises(SystemExit, match="differs from torch by"):
        check(miniature.root / "build/tiny/encoder.onnx", other, torch.rand(1, 3, 32, 32))


def test_the_files_hold_no_path_of_the_machine_that_made_them(miniature: Miniature) -> None:
    for name in ("encoder", "decoder"):
        content = (miniature.root / f"build/tiny/{name}.onnx").read_bytes()
        assert b".py" not in content and b"site-packages" not in content


@pytest.mark.parametrize("module", ["stages.networks.eight_bits", "stages.report.machine"])
def test_a_stage_starts_no_telemetry_of_onnx_runtime(module: str, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    code = f"import {module}, os; assert os.environ['ORT_DISABLE_TELEMETRY'] == '1'"
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert [path for path in tmp_path.rglob("*") if "Microsoft" in str(path)] == []
