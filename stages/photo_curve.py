"""How far a training of ``photo`` has come: ``python -m stages.photo_curve WEIGHTS OUT.json PICTURE...``.

Decodes pictures as a codec would, takes the rate from the training's own estimate (no file is written), and compares
with the classical codecs' files by BD-rate over PSNR. Classical curves are kept in build/photo/ from run to run.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

from stages import classical
from stages.bd_rate import Curve, bd_rate
from stages.networks.photo import PhotoAutoencoder
from stages.params import load_params
from stages.rate_distortion import RateDistortion

QUALITIES = (5, 20, 35, 50, 65, 80, 95)
CODECS = ("webp", "jpeg", "avif")


def psnr(mse: np.ndarray) -> np.ndarray:
    """dB, of squared 8-bit pixel levels."""
    return 10 * np.log10(255**2 / mse)


def estimated_curve(model: RateDistortion, pictures: list[np.ndarray]) -> Curve:
    """Of pictures (3, H, W) uint8 whose sides are multiples of 16, at QUALITIES."""
    points = np.zeros((2, len(QUALITIES), len(pictures)))
    for column, picture in enumerate(tqdm(pictures, "photo", unit="picture")):
        x = torch.from_numpy(picture)[None].float().contiguous(memory_format=torch.channels_last) / 255
        for row, quality in enumerate(QUALITIES):
            passage = model.deployed_passage(x, torch.tensor([float(quality)]))
            points[:, row, column] = passage.bits_per_pixel.item(), passage.mse.item()
    return Curve(points[0], psnr(points[1]))


def classical_curve(codec: str, qualities: list[float], picture: np.ndarray) -> dict[str, list[float]]:
    """{bpp, psnr} of one picture's files."""
    files = [classical.encode(codec, picture, quality) for quality in qualities]
    errors = [np.square(picture.astype(float) - classical.decode(file, 3)).mean() for file in files]
    return {"bpp": [8 * len(file) * 3 / picture.size for file in files], "psnr": psnr(np.array(errors)).tolist()}


def kept_curve(codec: str, qualities: list[float], paths: list[Path], cache: Path) -> Curve:
    kept = json.loads(cache.read_text()) if cache.exists() else {}
    for path in tqdm(paths, codec, unit="picture"):
        key = f"{path} {codec} {qualities}"
        if key not in kept:
            kept[key] = classical_curve(codec, qualities, read(path))
    cache.parent.mkdir(parents=True, exist_ok=True)
    cache.write_text(json.dumps(kept))
    rows = [kept[f"{path} {codec} {qualities}"] for path in paths]
    return Curve(*(np.array([row[axis] for row in rows]).T for axis in ("bpp", "psnr")))


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).transpose(2, 0, 1).copy()


def main(weights: Path, out: Path, paths: list[Path]) -> None:
    params = load_params()
    model = RateDistortion(PhotoAutoencoder(**params["photo"]["network"]), "float32").eval()
    model.load_state_dict(torch.load(weights, weights_only=True))
    own = estimated_curve(model, [read(path) for path in paths])
    rates = {
        codec: bd_rate(kept_curve(codec, params["classical"][codec], paths, Path("build/photo/classical.json")), own)
        for codec in CODECS
    }
    result = {
        "pictures": [path.name for path in paths],
        "points": [
            {"quality": quality, "bpp": float(rate.mean()), "psnr": float(db.mean())}
            for quality, rate, db in zip(QUALITIES, own.rate, own.quality, strict=True)
        ],
        "bd_rate_psnr": {codec: delta.value for codec, delta in rates.items()},
        "notes": {codec: delta.note for codec, delta in rates.items() if delta.note},
    }
    out.write_text(json.dumps(result, indent=1))
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(name) for name in sys.argv[3:]])
