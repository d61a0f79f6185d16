"""Train a classifier on the latents of coded pictures, and one on their pixels, and compare.

    python -m examples.train_from_latents digits                                # of the study, once it is finished
    python -m examples.train_from_latents digits --mirror FOLDER --study .full  # MNIST, of the full study
    python -m examples.train_from_latents photographs --mirror FOLDER           # is it a car? cars128 and cid22
    python -m examples.train_from_latents --packs train.ltcp test.ltcp          # one's own, as train_from_pack has them

Latents need the entropy decoder alone: no network runs before the classifier. What is compared takes both from the same
packs: reading them, training, and how many test pictures are recognised.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

import latentcodec
import latentcodec.torch
from examples.train_from_pack import labels, make_packs

SIDE = 128
QUALITY = 50


class Energies(nn.Module):
    """How much there is of each channel of latents (N, C, h, w): (N, C), in the logarithm."""

    def forward(self, latents: Tensor) -> Tensor:
        return latents.square().mean((2, 3)).add(1).log()


def of_latents(shape: torch.Size, kinds: int) -> nn.Module:
    """For latents (C, h, w): of photographs their energies, which a linear layer weighs; of digits all of them."""
    if shape[1] > 1:
        return nn.Sequential(Energies(), nn.BatchNorm1d(shape[0]), nn.Linear(shape[0], kinds))
    hidden = [nn.BatchNorm1d(shape[0]), nn.Linear(shape[0], 64), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *hidden, nn.Linear(64, kinds))


def of_pixels(shape: torch.Size, kinds: int) -> nn.Module:
    """For pictures (C, H, W) in [0, 1]: three convolutions."""
    widths = [shape[0], 16, 32, 64]
    layers: list[nn.Module] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(256, kinds))


def train(network: nn.Module, inputs: Tensor, targets: Tensor, epochs: int) -> nn.Module:
    optimiser = torch.optim.Adam(network.parameters(), 0.003)
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(64):
            if len(batch) > 1:  # batch normalisation needs two
                loss = nn.functional.cross_entropy(network(inputs[batch]), targets[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    return network.eval()


def read_latents(pack: Path, bundle: latentcodec.Bundle) -> Tensor:
    data = latentcodec.torch.Latents(pack, bundle=bundle.path)
    return torch.stack([data[index] for index in range(len(data))])


def read_pixels(pack: Path, bundle: latentcodec.Bundle) -> Tensor:
    pixels = torch.from_numpy(latentcodec.Pack(pack, bundle=bundle.path)[:]).float() / 255
    return pixels[:, None] if pixels.ndim == 3 else pixels.movedim(3, 1)


def compare(packs: Sequence[Path], bundle: latentcodec.Bundle, epochs: int) -> dict[str, float]:
    """The share of test pictures that is recognised from each; prints it with the times."""
    targets = [labels(latentcodec.Pack(pack, bundle=bundle.path)) for pack in packs]
    kinds = int(targets[0].max()) + 1
    ways: list[tuple[str, Callable[..., Tensor], Callable[..., nn.Module]]] = [
        ("latents", read_latents, of_latents),
        ("pixels", read_pixels, of_pixels),
    ]
    shares = {}
    for name, read, build in ways:
        torch.manual_seed(0)
        started = time.process_time()
        learnt, tested = (read(pack, bundle) for pack in packs)
        between = time.process_time()
        network = train(build(learnt.shape[1:], kinds), learnt, targets[0], epochs)
        ended = time.process_time()
        with torch.no_grad():
            shares[name] = (network(tested).argmax(1) == targets[1]).float().mean().item()
        print(
            f"{name}: {100 * shares[name]:.2f} % of {len(tested)} test pictures are recognised; "
            f"{between - started:.1f} s of the processor to read, {ended - between:.1f} s to train"
        )
    return shares


def photographs(folder: Path, mirror: Path, codec: latentcodec.Codec) -> list[Path]:
    """Packs of cars (1) and of parts of other photographs (0), all of 128x128."""
    rng = np.random.default_rng(0)
    packs = []
    for part, others in (("train", "cid22-train"), ("test", "cid22-valid")):
        cars = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((mirror / "cars128" / part).iterdir())]
        rest = [crop(path, rng) for path in sorted((mirror / "photos" / others).iterdir())[: 2 * len(cars)]]
        names = [f"{kind}/{index}" for kind, several in ((1, cars), (0, rest)) for index in range(len(several))]
        packs.append(folder / f"{part}.ltcp")
        packs[-1].write_bytes(codec.encode_pack([*cars, *rest], names=names, quality=QUALITY))
    return packs


def crop(path: Path, rng: np.random.Generator) -> np.ndarray:
    """A random part of a photograph, at half its size, so that as much is to be seen as in a picture of a car."""
    image = Image.open(path).convert("RGB").reduce(2)
    left, top = (int(rng.integers(0, side - SIDE + 1)) for side in image.size)
    return np.asarray(image.crop((left, top, left + SIDE, top + SIDE)))


def main(arguments: Sequence[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", choices=["digits", "photographs"], default="digits")
    parser.add_argument("--packs", nargs=2, type=Path, metavar=("TRAIN", "TEST"), help="instead: with labels in names")
    parser.add_argument("--bundle", help="that of the packs (digits_ld16 of the study for digits, else photo-v3)")
    parser.add_argument("--study", default=".", help="the folder of the study")
    parser.add_argument("--mirror", metavar="FOLDER", help="where the public data sets are")
    parser.add_argument("--epochs", type=int, default=15)
    args = parser.parse_args(arguments)
    digits = args.task == "digits" and not args.packs
    codec = latentcodec.open(args.bundle or (f"{args.study}/exports/study/digits_ld16" if digits else "photo-v3"))
    with tempfile.TemporaryDirectory() as folder:
        if args.packs:
            packs = args.packs
        elif digits:
            packs = make_packs(Path(folder), "mnist" if args.mirror else "embedded", args.mirror, codec)
        else:
            packs = photographs(Path(folder), Path(args.mirror or parser.error("photographs need --mirror")), codec)
        return compare(packs, codec.bundle, args.epochs)


if __name__ == "__main__":
    main()
