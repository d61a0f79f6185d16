"""Train on a machine that has torch, NumPy and Pillow alone: ``python3 train.py --minutes 9 --out FOLDER``.

stages/training_kit.py packs this file as train.py beside code and pictures. It reads them, takes two steps to see that
all is well, with the largest batch that fits, and trains for so many minutes. FOLDER then holds weights.pt and
history.json, which also come every minute before. Run again after a kill, it goes on where it was.
"""

import argparse
import io
import json
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

STARTED = time.monotonic()
KIT = Path(__file__).resolve().parent
WORK = KIT / "work"


def main() -> None:
    parser = argparse.ArgumentParser(description="Train with what this kit holds.")
    parser.add_argument("--minutes", type=float, required=True, help="of training; reading and checking come before")
    parser.add_argument("--out", type=Path, required=True, help="where weights.pt and history.json go")
    parser.add_argument("--device", default="auto", help="auto (the default) | cuda | cpu")
    parser.add_argument("--batch", type=int, help="crops a step, at most (default: as packed)")
    options = parser.parse_args()
    with zipfile.ZipFile(KIT / "code.zip") as archive:
        archive.extractall(WORK)
    sys.path.insert(0, str(WORK))
    train(options)


def train(options: argparse.Namespace) -> None:
    from stages.datasets.training_set import TrainingSet
    from stages.rate_distortion import trainer
    from stages.training.device import choose_device

    settings = json.loads((WORK / "settings.json").read_text())
    codec, device = settings.pop("codec"), choose_device(options.device)
    settings["start"] = settings["start"] and str(WORK / "start.pt")
    settings["batch"] = min(settings["batch"], options.batch or settings["batch"])
    data = TrainingSet(pictures(), None, [], ", ".join(settings["pictures"] or []), settings["terms"])
    say(f"{len(data.pictures)} pictures read, on {device}")
    settings["batch"], seconds = trainer.largest_batch(settings, device, data)
    say(f"checked: {seconds:.2f} s a step of {settings['batch']} crops of {settings['crop']}")
    settings["minutes"] = options.minutes
    trainer.train(codec, settings, device, data, WORK, options.out)
    say(f"done: {options.out}/weights.pt")


def pictures() -> list:
    """(3, H, W) uint8 each."""
    files = []
    for part in sorted(KIT.glob("pictures-*.zip")):
        with zipfile.ZipFile(part) as archive:
            files += [archive.read(name) for name in sorted(archive.namelist())]
    with ThreadPoolExecutor() as pool:
        return list(pool.map(pixels, files))


def pixels(file: bytes):
    import numpy as np
    from PIL import Image

    return np.ascontiguousarray(np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).transpose(2, 0, 1))


def say(what: str) -> None:
    print(f"{time.monotonic() - STARTED:.0f} s: {what}", flush=True)


if __name__ == "__main__":
    main()
