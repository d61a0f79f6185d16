"""An exported network gives what torch gives, at any size, and says what it is."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from stages import networks
from stages.export import Half, check, export

PARAMS = {"train": {"tiny": {"network": {"name": "base"}, "data": "photos"}}}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("export")
    (root / "build/tiny").mkdir(parents=True)
    (root / "build/data/photos").mkdir(parents=True)
    pictures = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), np.uint8)
    np.save(root / "build/data/photos/holdout.npy", pictures)
    torch.manual_seed(0)
    torch.save(networks.build("base").state_dict(), root / "build/tiny/weights.pt")
    export("tiny", PARAMS, root)
    return root / "build/tiny"


def test_other_sizes_and_batches_than_the_example_give_what_torch_gives(exported: Path) -> None:
    network = networks.build("base").eval()
    network.load_state_dict(torch.load(exported / "weights.pt", weights_only=True))
    picture = torch.rand(2, 3, 48, 64)
    with torch.inference_mode():
        latents = network.encode(picture)
        decoded = network.decode(latents)
    encoder = onnxruntime.InferenceSession(exported / "encoder.onnx", providers=["CPUExecutionProvider"])
    decoder = onnxruntime.InferenceSession(exported / "decoder.onnx", providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(encoder.run(None, {"image": picture.numpy()})[0], latents.numpy(), atol=1e-5)
    np.testing.assert_allclose(decoder.run(None, {"latents": latents.numpy()})[0], decoded.numpy(), atol=1e-5)


def test_the_files_say_which_codec_and_weights_they_hold_and_keep_them_inside(exported: Path) -> None:
    for part in ("encoder", "decoder"):
        model = onnx.load(exported / f"{part}.onnx", load_external_data=False)
        said = {
            prop.key: json.loads(prop.value) for prop in model.metadata_props if prop.key.startswith("latentcodec.")
        }
        assert said["latentcodec.codec"] == "tiny"
        assert said["latentcodec.part"] == part
        assert said["latentcodec.stride"] == 8
        assert all(not tensor.external_data for tensor in model.graph.initializer)


def test_a_file_that_differs_from_torch_is_refused(exported: Path) -> None:
    torch.manual_seed(1)
    other = Half(networks.build("base").eval(), "encode")
    with torch.inference_mode(), pytest.raises(SystemExit, match="differs from torch by"):
        check(exported / "encoder.onnx", other, torch.rand(1, 3, 32, 32))
