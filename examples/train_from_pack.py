"""Train a classifier of digits straight from a pack: no folder of pictures, no unpacked copy.

    python -m examples.train_from_pack                                           # scikit-learn's digits, seconds
    python -m examples.train_from_pack --digits mnist --mirror FOLDER            # MNIST, about a minute on one core
    python -m examples.train_from_pack --packs train.ltcp test.ltcp              # one's own

The first two pack the digits with the bundle digits-v1.

A picture's label stands in its name: ``latentcodec pack create --lossless digits/ -o train.ltcp`` calls what it finds
in digits/7/12.png "7/12". A picture is decoded when a batch asks for it, and kept. (``torch.utils.data.DataLoader``
takes a pack as it is, too.)
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

import latentcodec


def labels(pack: latentcodec.Pack) -> torch.Tensor:
    """int64 (N,): the folders in the pictures' names."""
    kinds = [name.partition("/")[0] for name in pack.names or ()]
    if not kinds or not all(map(str.isdecimal, kinds)):
        raise SystemExit("the pictures' names do not begin with labels: pack a folder that holds one for each label")
    return torch.tensor(list(map(int, kinds)))


def train(pack: latentcodec.Pack, epochs: int) -> nn.Module:
    """A perceptron with one hidden layer, from pictures (B, H, W) in [0, 1] to logits (B, 10)."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(pack.shape[0] * pack.shape[1], 256), nn.ReLU(), nn.Linear(256, 10))
    optimiser = torch.optim.Adam(network.parameters(), 0.001)
    targets = labels(pack)
    for epoch in range(epochs):
        started, total = time.perf_counter(), 0.0
        for batch in torch.randperm(len(pack)).split(64):
            pictures = torch.from_numpy(pack[batch.tolist()]) / 255
            loss = nn.functional.cross_entropy(network(pictures), targets[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(pack):.4f}, {time.perf_counter() - started:.1f} s")
    return network


@torch.no_grad()
def accuracy(network: nn.Module, pack: latentcodec.Pack) -> float:
    """The share of a pack's pictures that is given its label."""
    found = network(torch.from_numpy(pack[:]) / 255).argmax(1)
    return (found == labels(pack)).float().mean().item()


def make_packs(folder: Path, digits: str, mirror: str | None, codec: latentcodec.Codec) -> list[Path]:
    """Training and test set of the study's data, as a user would have packed a folder for each label."""
    from stages.datasets import embedded_digits, mnist  # of the repository; --packs needs the package alone

    source = {"embedded": embedded_digits, "mnist": mnist}[digits]
    data = source.load({"mirror": mirror})
    parts = {"train": (data.train, data.train_labels), "test": (data.test, data.test_labels)}
    for name, (pictures, kinds) in parts.items():
        assert kinds is not None  # digits have labels
        names = [f"{kind}/{number}" for number, kind in enumerate(kinds)]
        (folder / f"{name}.ltcp").write_bytes(codec.encode_pack([picture[0] for picture in pictures], names=names))
    return [folder / f"{name}.ltcp" for name in parts]


def main(arguments: Sequence[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packs", nargs=2, metavar=("TRAIN", "TEST"), help="packs whose names begin with labels")
    parser.add_argument("--digits", default="embedded", help="else: data to pack first, embedded or mnist")
    parser.add_argument("--mirror", metavar="FOLDER", help="where the public data sets are (else they are downloaded)")
    parser.add_argument("--epochs", type=int, default=4)
    args = parser.parse_args(arguments)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        packs = args.packs or make_packs(Path(folder), args.digits, args.mirror, latentcodec.open("digits-v1"))
        learnt, tested = map(latentcodec.Pack, packs)
        reached = accuracy(train(learnt, args.epochs), tested)
    print(f"{100 * reached:.2f} % of {len(tested)} test pictures are recognised")
    return reached


if __name__ == "__main__":
    main()
