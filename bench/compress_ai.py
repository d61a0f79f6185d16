"""CompressAI's learned codecs as rivals, if it is installed. With random weights, which do to measure time."""

import pickle
from importlib.util import find_spec

import numpy as np

from bench.pictures import Pixels
from bench.rivals import Rival

MODELS = ("bmshj2018_factorized", "bmshj2018_hyperprior")
QUALITY = 4
MULTIPLE = 64  # of which a picture's sides must be
MISSING = "not installed: .venv/bin/uv pip install --group bench -c requirements.txt"


def installed() -> bool:
    return find_spec("compressai") is not None


def rival(model: str) -> Rival:
    """It takes pictures whose sides are multiples of 64; its file is the pickled strings and shape."""
    import torch
    from compressai import zoo

    torch.manual_seed(0)
    network = getattr(zoo, model)(quality=QUALITY, pretrained=False).eval()
    network.update()

    @torch.inference_mode()
    def encode(pixels: Pixels) -> bytes:
        planes = torch.from_numpy(pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255)
        coded = network.compress(planes)
        return pickle.dumps({"strings": coded["strings"], "shape": coded["shape"]})

    @torch.inference_mode()
    def decode(data: bytes) -> Pixels:
        planes = network.decompress(**pickle.loads(data))["x_hat"][0].clamp(0, 1)
        return (planes * 255).round().byte().numpy().transpose(1, 2, 0)

    return Rival(f"CompressAI {model.replace('_', '-')}", f"quality {QUALITY}, random weights", encode, decode, False)
