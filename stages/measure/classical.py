"""Measure the classical codecs: ``python -m stages.measure.classical``.

JPEG, WebP, AVIF and JPEG 2000 on the test photographs; PNG, WebP, JPEG XL and JPEG 2000 without loss on what the
lossless codecs are tested on; one file per picture, its whole length counted. Writes
build/classical/{photos,digits,lossless}.json (rows of the results), build/classical/pictures.json (bytes and
distortions of every photograph, for BD-rates) and build/classical/files.json (bytes of every lossless file).
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from latentcodec import rivals
from latentcodec.rivals import RIVALS
from stages import lossless_files, metrics
from stages.channels import channels_first, channels_last
from stages.datasets.dataset import DataError
from stages.datasets.lossless_sets import Sets, lossless_sets
from stages.params import Params, load_params


def decode(data: bytes, channels: int) -> NDArray[np.uint8]:
    """(C, H, W) of a file."""
    return channels_first(rivals.decode(data, channels))


def measure_lossy(codec: str, quality: float, pictures: np.ndarray) -> dict:
    """Bytes and distortions of every picture of a stack (N, C, H, W) at one quality."""
    files = [RIVALS[codec].encode(channels_last(picture), quality) for picture in pictures]
    decoded = np.stack([decode(data, pictures.shape[1]) for data in files])
    sizes = [len(data) for data in files]
    return {"codec": codec, "quality": quality, "bytes": sizes, **metrics.distortions(pictures, decoded)}


def measure_lossless(kind: str, sets: Sets) -> list[dict]:
    """Of each set what its files by each codec that has some for it are like."""
    measured = []
    settings = [(tested, name) for tested in sets for name in lossless_files.CLASSICAL]
    for tested, name in tqdm(settings, f"lossless, {kind}", unit="set"):
        if files := lossless_files.measure(name, lossless_files.CLASSICAL[name], tested, sets[tested]):
            measured.append({"data": kind, "codec": name, "set": tested, "file": name, **files})
    return measured


def main(params: Params, root: Path = Path()) -> None:
    photos = np.load(root / "build/data/photos/test.npy")
    settings = [(codec, quality) for codec, qualities in params["classical"].items() for quality in qualities]
    progress = tqdm(settings, "classical", unit="point")
    measured = [measure_lossy(codec, quality, photos) for codec, quality in progress]
    rows = {
        "photos": [metrics.point(point["codec"], point, photos.shape, quality=point["quality"]) for point in measured]
    }
    lossless = []
    for family, kind, row in (
        ("digits", "digits", metrics.lossless_point),
        ("lossless", "photos", metrics.lossless_row),
    ):
        files = measure_lossless(kind, lossless_sets(kind, params["data"], root))
        rows[family] = [row(measured_files) for measured_files in files]
        lossless += files
    out = root / "build/classical"
    out.mkdir(parents=True, exist_ok=True)
    for family, points in rows.items():
        (out / f"{family}.json").write_text(json.dumps(points, indent=1))
    (out / "pictures.json").write_text(json.dumps(measured))
    (out / "files.json").write_text(json.dumps(lossless))


if __name__ == "__main__":
    try:
        main(load_params())
    except DataError as error:
        raise SystemExit(f"classical: {error}") from None
