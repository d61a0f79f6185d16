"""Measure one lossless codec as it is deployed: ``python -m stages.lossless.evaluate digits_lossless``.

Every test picture becomes a file of its own by the finished bundle in exports/study/<codec>, and digits one pack too,
in blocks of 64; a picture that does not come back to the last pixel is an error. Writes in build/<codec>/evaluation/:
points.json (rows of the results), measured.json (bytes of every file), timings.json (milliseconds per picture), and of
digits costs.npz: ``digits`` (10, 28, 28), one of each class, what each pixel costs in ``bits``, and files' ``lengths``.
"""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import latentcodec
from stages import metrics
from stages.datasets.dataset import DataError
from stages.datasets.grey import grey_sets
from stages.params import Params, load_params

BLOCK = 64  # digits per block of a pack: random access costs the decoding of one
Pictures = list[NDArray[np.uint8]]


def files(name: str, codec: latentcodec.Codec, pictures: Pictures) -> tuple[list[int], dict]:
    """Bytes of a .ltc file for each picture (H, W), and times."""
    encode, decode = metrics.Stopwatch(), metrics.Stopwatch()
    lengths = []
    for picture in tqdm(pictures, name, unit="file", mininterval=1):
        data = encode(codec.encode, picture)
        require_equal(name, decode(codec.decode_array, data), picture)
        lengths.append(len(data))
    return lengths, {"encode_ms": encode.mean(), "decode_ms": decode.mean()}


def pack(name: str, codec: latentcodec.Codec, pictures: Pictures) -> tuple[list[int], dict]:
    """Bytes of one .ltcp file of all, and times per picture; any of them can be had at the price of its block."""
    encode, decode = metrics.Stopwatch(), metrics.Stopwatch()
    stack = np.stack(pictures)
    data = encode(codec.encode_pack, stack, block=BLOCK)
    require_equal(name, decode(codec.decode_pack, data), stack)
    some = np.random.default_rng(0).permutation(len(stack))[:BLOCK]
    require_equal(name, codec.decode_pack(data, some), stack[some])
    return [len(data)], {"encode_ms": encode.mean() / len(stack), "decode_ms": decode.mean() / len(stack)}


def require_equal(name: str, decoded: NDArray[np.uint8], original: NDArray[np.uint8]) -> None:
    if not np.array_equal(decoded, original):
        raise SystemExit(f"{name}: a picture came back changed: the codec is not lossless")


def main(name: str, params: Params, root: Path = Path()) -> None:
    kind = params["lossless"][name]["data"]
    codec = latentcodec.open(root / "exports/study" / name)
    forms = {"ltc": files, "ltcp": pack} if kind == "digits" else {"ltc": files}
    measured, times = [], []
    for tested, pictures in grey_sets(kind, params["data"], root).items():
        for form, code in forms.items():
            setting = {"codec": name, "entropy": "context", "set": tested, "file": form}
            lengths, lasted = code(name, codec, pictures)
            sizes = {"bytes": lengths, "pixels": [picture.size for picture in pictures]}
            measured.append({"data": kind, **setting, **sizes})
            times.append({**setting, "quantiser": "lossless", **lasted})
    out = root / "build" / name / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    (out / "points.json").write_text(json.dumps([metrics.exact_point(files) for files in measured], indent=1))
    (out / "measured.json").write_text(json.dumps(measured))
    (out / "timings.json").write_text(json.dumps(times, indent=1))
    if kind == "digits":
        digits, labels = (np.load(root / f"build/data/digits/{part}.npy") for part in ("test", "test_labels"))
        sample = np.unique(labels, return_index=True)[1]
        shown = digits[sample, 0]
        bits = np.concatenate([codec.bundle.tables.pixel_costs(digit[None]) for digit in shown])
        lengths_of_shown = np.array(measured[0]["bytes"])[sample]
        np.savez_compressed(out / "costs.npz", digits=shown, bits=bits, lengths=lengths_of_shown)


if __name__ == "__main__":
    try:
        main(sys.argv[1], load_params())
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
