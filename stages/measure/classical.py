"""Measure the classical codecs: ``python -m stages.measure.classical``.

JPEG, WebP, AVIF and JPEG 2000 on the test photographs; PNG, lossless WebP and lossless JPEG XL on the test digits and
on grey photographs; all through Pillow, one file per picture, its whole length counted. Writes
build/classical/{photos,digits,grey}.json (rows of the results), build/classical/pictures.json (bytes and distortions of
every photograph, for BD-rates) and build/classical/lossless.json (bytes of every lossless file).
"""

import io
import json
from pathlib import Path

import numpy as np
import pillow_jxl  # noqa: F401  teaches Pillow to write and read JPEG XL
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from stages.datasets.dataset import DataError
from stages.datasets.grey import grey_sets
from stages.measure import metrics
from stages.params import load_params

# Pillow's options beside the quality. JPEG 2000 has no quality: its number is the ratio of raw to coded size that is
# asked for, and it is written as a bare codestream, since the boxes of a .jp2 would cost a small picture .04 bpp.
LOSSY: dict[str, tuple[str, dict]] = {
    "jpeg": ("JPEG", {"optimize": True}),
    "webp": ("WEBP", {"method": 6}),
    "avif": ("AVIF", {"speed": 6}),
    "jpeg2000": ("JPEG2000", {"quality_mode": "rates", "irreversible": True, "no_jp2": True}),
}
LOSSLESS: dict[str, tuple[str, dict]] = {
    "png": ("PNG", {"optimize": True}),
    "webp": ("WEBP", {"lossless": True, "quality": 100, "method": 6}),
    "jpegxl": ("JXL", {"lossless": True, "effort": 9}),
}


def encode(codec: str, picture: np.ndarray, quality: float) -> bytes:
    """The whole file of a picture (C, H, W) uint8."""
    kind, options = LOSSY[codec]
    setting = {"quality_layers": [quality]} if codec == "jpeg2000" else {"quality": quality}
    return _save(picture, kind, {**options, **setting})


def decode(data: bytes, channels: int) -> np.ndarray:
    """(C, H, W) uint8."""
    with Image.open(io.BytesIO(data)) as image:
        return np.atleast_3d(np.array(image.convert("RGB" if channels == 3 else "L"))).transpose(2, 0, 1)


def matched(codec: str, picture: np.ndarray, size: int) -> bytes:
    """The file of a picture (C, H, W) whose length is nearest to ``size`` bytes, by bisection over quality.

    Not for JPEG 2000, whose number is no quality.
    """
    low, high = 1, 95 if codec == "jpeg" else 100  # above 95 a JPEG grows without getting better
    files = {quality: encode(codec, picture, quality) for quality in (low, high)}
    while high - low > 1:
        middle = (low + high) // 2
        files[middle] = encode(codec, picture, middle)
        low, high = (middle, high) if len(files[middle]) <= size else (low, middle)
    return min(files.values(), key=lambda data: abs(len(data) - size))


def measure_lossy(codec: str, quality: float, pictures: np.ndarray) -> dict:
    """Bytes and distortions of every picture of a stack (N, C, H, W) at one quality."""
    files = [encode(codec, picture, quality) for picture in pictures]
    decoded = np.stack([decode(data, pictures.shape[1]) for data in files])
    sizes = [len(data) for data in files]
    return {"codec": codec, "quality": quality, "bytes": sizes, **metrics.distortions(pictures, decoded)}


def measure_lossless(codec: str, tested: str, pictures: list[NDArray[np.uint8]]) -> dict:
    """Bytes of every picture (H, W) of the set ``tested``; each file must give it back exactly."""
    kind, options = LOSSLESS[codec]
    files = [_save(picture[None], kind, options) for picture in tqdm(pictures, codec, unit="file", mininterval=1)]
    for picture, data in zip(pictures, files, strict=True):
        if not np.array_equal(decode(data, 1)[0], picture):
            raise SystemExit(f"classical: {codec} is not lossless with the options {options}")
    sizes = {"bytes": [len(data) for data in files], "pixels": [picture.size for picture in pictures]}
    return {"codec": codec, "set": tested, "file": codec, **sizes}


def main(params: dict, root: Path = Path()) -> None:
    photos = np.load(root / "build/data/photos/test.npy")
    settings = [(codec, quality) for codec, qualities in params["classical"].items() for quality in qualities]
    progress = tqdm(settings, "classical", unit="point")
    measured = [measure_lossy(codec, quality, photos) for codec, quality in progress]
    rows = {"photos": [metrics.point(of["codec"], of, photos.shape, quality=of["quality"]) for of in measured]}
    lossless = []
    for family, kind in (("digits", "digits"), ("grey", "photos")):
        sets = grey_sets(kind, params["data"], root).items()
        files = [{"data": kind, **measure_lossless(codec, *of)} for of in sets for codec in LOSSLESS]
        rows[family] = [metrics.exact_point(of) for of in files]
        lossless += files
    out = root / "build/classical"
    out.mkdir(parents=True, exist_ok=True)
    for family, of in rows.items():
        (out / f"{family}.json").write_text(json.dumps(of, indent=1))
    (out / "pictures.json").write_text(json.dumps(measured))
    (out / "lossless.json").write_text(json.dumps(lossless))


def _save(picture: np.ndarray, kind: str, options: dict) -> bytes:
    file = io.BytesIO()
    pixels = picture[0] if len(picture) == 1 else picture.transpose(1, 2, 0)
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


if __name__ == "__main__":
    try:
        main(load_params())
    except DataError as error:
        raise SystemExit(f"classical: {error}") from None
