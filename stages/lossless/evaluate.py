"""Measure one lossless codec as it is deployed: ``python -m stages.lossless.evaluate digits_lossless``.

Every test picture becomes a file of its own by the finished bundle in exports/study/<codec>, and digits one pack too,
in blocks of 64; a picture that does not come back to the last pixel is an error. Writes in build/<codec>/evaluation/:
points.json (rows of the results), measured.json (bytes of every file), timings.json (milliseconds of the processor per
picture), and costs.npz: ``pictures``, a digit of each class (10, 28, 28) or a photograph (1, H, W, 3), the ``bits``
(n, H, W) that their pixels cost, and their files' ``lengths``.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import latentcodec
from latentcodec.evaluation.stopwatch import PROCESSOR, Stopwatch
from stages import lossless_files, metrics
from stages.channels import channels_first
from stages.datasets.dataset import DataError
from stages.datasets.lossless_sets import Picture, lossless_sets
from stages.params import Params, load_params

BLOCK = 64  # digits per block of a pack: random access costs the decoding of one


def files(name: str, codec: latentcodec.Codec, dataset: str, pictures: Sequence[Picture]) -> dict:
    """A .ltc file for each picture."""
    return lossless_files.measure(name, lossless_files.latentcodec_of(codec), dataset, pictures)


def pack(name: str, codec: latentcodec.Codec, dataset: str, pictures: Sequence[Picture]) -> dict:
    """One .ltcp file of all, and times per picture; any of them can be had at the price of its block."""
    encode, decode = Stopwatch(PROCESSOR), Stopwatch(PROCESSOR)
    stack = np.stack([np.asarray(picture) for picture in pictures])
    data = encode(codec.encode_pack, stack, block=BLOCK)
    some = np.random.default_rng(0).permutation(len(stack))[:BLOCK]
    alike = np.array_equal(decode(codec.decode_pack, data), stack)
    if not alike or not np.array_equal(codec.decode_pack(data, some), stack[some]):
        raise SystemExit(f"{name}: a picture of {dataset} came back changed: the codec is not lossless")
    sizes = {"bytes": [len(data)], "pixels": [picture.size for picture in stack], "raw": [stack.nbytes]}
    return {**sizes, "encode_ms": encode.mean() / len(stack), "decode_ms": decode.mean() / len(stack)}


class Costs(NamedTuple):
    """Pictures, the bits that each pixel costs, and the lengths of their files."""

    pictures: NDArray[np.uint8]
    bits: NDArray[np.float32]
    lengths: NDArray[np.int64]


def costs_of_digits(codec: latentcodec.Codec, lengths: list[int], root: Path) -> Costs:
    """Of the first digit of each class."""
    digits, labels = (np.load(root / f"build/data/digits/{part}.npy") for part in ("test", "test_labels"))
    sample = np.unique(labels, return_index=True)[1]
    pictures = digits[sample, 0]
    bits = np.concatenate([codec.bundle.tables.pixel_costs(digit[None]) for digit in pictures])
    return Costs(pictures, bits, np.array(lengths)[sample])


def costs_of_photograph(codec: latentcodec.Codec, photograph: Picture, length: int) -> Costs:
    picture = np.asarray(photograph)
    bits = codec.bundle.tables.plane_costs(channels_first(picture)).sum(axis=0)
    return Costs(picture[None], bits[None], np.array([length]))


def main(name: str, params: Params, root: Path = Path()) -> None:
    kind = params["lossless"][name]["data"]
    codec = latentcodec.open(root / "exports/study" / name)
    forms = {"ltc": files, "ltcp": pack} if kind == "digits" else {"ltc": files}
    measured = []
    sets = lossless_sets(kind, params["data"], root)
    for dataset, pictures in tqdm(sets.items(), name, unit="set"):
        for form, code in forms.items():
            setting = {"codec": name, "entropy": "context", "set": dataset, "file": form}
            measured.append({"data": kind, **setting, **code(name, codec, dataset, pictures)})
    keys = ("codec", "entropy", "set", "file", "encode_ms", "decode_ms")
    times = [{"quantiser": "lossless", **{key: of_set[key] for key in keys}} for of_set in measured]
    out = root / "build" / name / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    row = metrics.lossless_point if kind == "digits" else metrics.lossless_row
    (out / "points.json").write_text(json.dumps([row(of_set) for of_set in measured], indent=1))
    (out / "measured.json").write_text(json.dumps(measured))
    (out / "timings.json").write_text(json.dumps(times, indent=1))
    lengths = measured[0]["bytes"]
    if kind == "digits":
        costs = costs_of_digits(codec, lengths, root)
    else:
        costs = costs_of_photograph(codec, next(iter(sets.values()))[-1], lengths[-1])
    np.savez_compressed(out / "costs.npz", pictures=costs.pictures, bits=costs.bits, lengths=costs.lengths)


if __name__ == "__main__":
    try:
        main(sys.argv[1], load_params())
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
