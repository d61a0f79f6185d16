"""Teach the rate model whole symbols: ``python -m stages.calibrate_photo WEIGHTS OUT FOLDER``.

While training it sees symbols with uniform noise, and so overrates what rounded ones cost, most of all at low
qualities, where nearly all are zero ("soft then hard": Guo et al. 2021, "Soft then hard: rethinking the quantization in
neural image compression"). The network stays as it is; a few seconds are enough.
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from stages.datasets.random_crops import Folders, RandomCrops
from stages.networks.photo import HIGHEST_QUALITY, PhotoAutoencoder
from stages.optimiser import Optimiser
from stages.params import load_params
from stages.rate_distortion import RateDistortion
from stages.replacing import replacing

STEPS = 160


def calibrate(model: RateDistortion, crops: RandomCrops, batch: int, learning_rate: float, steps: int = STEPS) -> None:
    """Minimise the bits of rounded symbols over the rate model's weights, each quality weighing about the same."""
    network = model.network.requires_grad_(False)
    optimiser = Optimiser(model, learning_rate)
    for step in range(steps):
        rng = np.random.default_rng([1, step])
        x = crops.draw(batch, rng).float().contiguous(memory_format=torch.channels_last) / 255
        quality = torch.from_numpy(rng.uniform(1, HIGHEST_QUALITY, batch)).float()
        with torch.no_grad():
            gain = network.gains(quality)
            symbols = (network.encode(x) * gain).round()
        bits = model.rate_model(symbols, symbols, network.spread * gain, quality).sum((1, 2, 3)) / x[0, 0].numel()
        optimiser.zero_grad()
        (bits / network.price(quality).sqrt()).mean().backward()
        nn.utils.clip_grad_norm_(model.rate_model.parameters(), 1.0)
        optimiser.step(min(1.0, (1 - step / steps) * 1.5))


def main(weights: Path, out: Path, folder: Path) -> None:
    settings = load_params()["photo"]
    model = RateDistortion(PhotoAutoencoder(**settings["network"]), "float32")
    model.load_state_dict(torch.load(weights, weights_only=True))
    pictures = Folders([folder / name for name in settings["pictures"]])
    calibrate(model, RandomCrops(pictures, settings["crop"]), settings["batch"], settings["learning_rate"])
    with replacing(out) as beside:
        torch.save({key: value.half() for key, value in model.state_dict().items()}, beside)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
