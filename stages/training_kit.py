"""Pack what a rented GPU needs to train a codec: ``python -m stages.training_kit OUT --mirror FOLDER``.

A training of params.yaml, with what params-full.yaml changes and its block ``training_kit`` for a GPU, becomes a folder
of files of at most 17 MB: train.py, which starts it, code.zip (the code, the settings, the weights to start from) and
the training pictures, scaled down and coded anew until they fit, in pictures-*.zip. docs/TRAINING.md tells how it is
used.
"""

import argparse
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from stages.datasets.dataset import DataError
from stages.datasets.training_set import TrainingSet, load_training_set
from stages.params import full_params

SOURCES = Path(__file__).parents[1]
PART = 16_500_000  # bytes of pictures in a file
QUALITIES = range(95, 45, -5)
SAMPLED = 20  # one picture in so many is tried to choose the quality
CODE = ("stages/*.py", "stages/datasets/*", "stages/networks/**/*.py", "stages/rate_distortion/*.py",
        "stages/training/*.py")  # fmt: skip


def scaled(picture: NDArray[np.uint8], pixels: int) -> Image.Image:
    """(3, H, W) as a picture of at most so many pixels."""
    image = Image.fromarray(picture.transpose(1, 2, 0))
    share = (pixels / (image.width * image.height)) ** 0.5
    if share >= 1:
        return image
    return image.resize((round(share * image.width), round(share * image.height)), Image.Resampling.LANCZOS)


def coded(image: Image.Image, quality: int) -> bytes:
    """AVIF with full colour resolution, so that training sees the colours' high frequencies."""
    file = io.BytesIO()
    image.save(file, "AVIF", quality=quality, subsampling="4:4:4", speed=8)
    return file.getvalue()


def best_quality(pictures: Sequence[NDArray[np.uint8]], pixels: int, room: int) -> int:
    """The highest at which all pictures take about ``room`` bytes at most."""
    sample = [scaled(pictures[index], pixels) for index in range(0, len(pictures), SAMPLED)]
    for quality in QUALITIES:
        if sum(len(coded(image, quality)) for image in sample) / len(sample) * len(pictures) <= room:
            return quality
    raise DataError(f"{len(pictures)} pictures do not fit into {room / 1e6:g} MB: give more megabytes or fewer pixels")


def parts(files: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    """Files in order, together at most ``size`` bytes, a larger one alone."""
    part: list[bytes] = []
    for file in files:
        if part and sum(map(len, part)) + len(file) > size:
            yield part
            part = []
        part.append(file)
    yield part


def write_pictures(out: Path, data: TrainingSet, pixels: int, room: int) -> None:
    quality = best_quality(data.pictures, pixels, room)
    files = (coded(scaled(picture, pixels), quality) for picture in data.pictures)
    for number, part in enumerate(parts(files, PART)):
        with zipfile.ZipFile(out / f"pictures-{number}.zip", "w") as archive:
            for index, file in enumerate(part):
                archive.writestr(f"{number}-{index:04}.avif", file)
    print(f"{len(data.pictures)} pictures of at most {pixels:,} pixels, AVIF of quality {quality}")


def write_code(out: Path, codec: str, settings: dict) -> None:
    with zipfile.ZipFile(out / "code.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for pattern in CODE:
            for file in sorted(SOURCES.glob(pattern)):
                if file.suffix in (".py", ".csv"):
                    archive.write(file, file.relative_to(SOURCES))
        if start := settings["start"]:
            archive.write(start, "start.pt")
            if (history := Path(start).with_suffix(".json")).exists():
                archive.write(history, "start.json")
        archive.writestr("settings.json", json.dumps({"codec": codec, **settings}))
    shutil.copy(SOURCES / "stages/rate_distortion/in_kit.py", out / "train.py")


def pack(out: Path, params: dict) -> None:
    """Raises DataError: the pictures cannot be had, or do not fit."""
    kit = params["training_kit"]
    settings = params["rate_distortion"][kit["codec"]] | kit["settings"]
    data = load_training_set(settings, params["data"]["mirror"])
    if out.exists():
        raise DataError(f"{out} is there already: name another folder, or remove it")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=out.parent) as folder:
        packed = Path(folder, out.name)
        packed.mkdir()
        write_code(packed, kit["codec"], settings)
        write_pictures(packed, data, kit["pixels"], round(1e6 * kit["megabytes"]))
        packed.rename(out)
    for file in sorted(out.iterdir()):
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m stages.training_kit", description="Pack a training for a GPU.")
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--mirror", help="where the training pictures are, in place of params.yaml: data.mirror")
    options = parser.parse_args()
    try:
        pack(options.out, full_params(options.mirror))
    except DataError as error:
        raise SystemExit(f"training_kit: {error}") from None
