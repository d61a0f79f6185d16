"""Measure the classical codecs: ``python -m stages.measure.classical``.

JPEG, WebP, AVIF and JPEG 2000 on the test photographs; PNG, lossless WebP and lossless JPEG XL on the test digits and
on grey photographs; all through Pillow, one file per picture, its whole length counted. Writes
build/classical/{photos,digits,grey}.json (rows of the results), build/classical/pictures.json (bytes and distortions of
every photograph, for BD-rates) and build/classical/lossless.json (bytes of every lossless file).
"""

import json
from pathlib import Path

import numpy as np
import pillow_jxl  # noqa: F401  teaches Pillow to write and read JPEG XL
from numpy.typing import NDArray
from tqdm import tqdm

from latentcodec import rivals
from latentcodec.rivals import RIVALS
from stages import metrics
from stages.channels import channels_first, channels_last
from stages.datasets.dataset import DataError
from stages.datasets.grey import grey_sets
from stages.params import Params, load_params

LOSSLESS = {"png": RIVALS["png"], "webp": RIVALS["webp-lossless"], "jpegxl": RIVALS["jpegxl-lossless"]}


def decode(data: bytes, channels: int) -> NDArray[np.uint8]:
    """(C, H, W) of a file."""
    return channels_first(rivals.decode(data, channels))


def measure_lossy(codec: str, quality: float, pictures: np.ndarray) -> dict:
    """Bytes and distortions of every picture of a stack (N, C, H, W) at one quality."""
    files = [RIVALS[codec].encode(channels_last(picture), quality) for picture in pictures]
    decoded = np.stack([decode(data, pictures.shape[1]) for data in files])
    sizes = [len(data) for data in files]
    return {"codec": codec, "quality": quality, "bytes": sizes, **metrics.distortions(pictures, decoded)}


def measure_lossless(codec: str, tested: str, pictures: list[NDArray[np.uint8]]) -> dict:
    """Bytes of every picture (H, W) of the set ``tested``; each file must give it back exactly."""
    files = [LOSSLESS[codec].encode(picture, 0) for picture in tqdm(pictures, codec, unit="file", mininterval=1)]
    for picture, data in zip(pictures, files, strict=True):
        if not np.array_equal(decode(data, 1)[0], picture):
            raise SystemExit(f"classical: {codec} is not lossless with the options {LOSSLESS[codec].options(0)}")
    sizes = {"bytes": [len(data) for data in files], "pixels": [picture.size for picture in pictures]}
    return {"codec": codec, "set": tested, "file": codec, **sizes}


def main(params: Params, root: Path = Path()) -> None:
    photos = np.load(root / "build/data/photos/test.npy")
    settings = [(codec, quality) for codec, qualities in params["classical"].items() for quality in qualities]
    progress = tqdm(settings, "classical", unit="point")
    measured = [measure_lossy(codec, quality, photos) for codec, quality in progress]
    rows = {
        "photos": [metrics.point(point["codec"], point, photos.shape, quality=point["quality"]) for point in measured]
    }
    lossless = []
    for family, kind in (("digits", "digits"), ("grey", "photos")):
        sets = grey_sets(kind, params["data"], root).items()
        files = [{"data": kind, **measure_lossless(codec, *pictures)} for pictures in sets for codec in LOSSLESS]
        rows[family] = [metrics.exact_point(measured_files) for measured_files in files]
        lossless += files
    out = root / "build/classical"
    out.mkdir(parents=True, exist_ok=True)
    for family, points in rows.items():
        (out / f"{family}.json").write_text(json.dumps(points, indent=1))
    (out / "pictures.json").write_text(json.dumps(measured))
    (out / "lossless.json").write_text(json.dumps(lossless))


if __name__ == "__main__":
    try:
        main(load_params())
    except DataError as error:
        raise SystemExit(f"classical: {error}") from None
