"""Bring one kind of data into the form that training reads: ``python -m stages.prepare photos`` (or ``digits``).

Reads the ``data`` block of params.yaml, writes build/data/<kind>/{train,holdout,test}.npy, uint8 (N, C, H, W), and for
digits {train,holdout,test}_labels.npy, uint8 (N,), and source.json, the data's name and terms. All of them or, if
anything is wrong, none: what stood there stays.
"""

import argparse
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages import datasets
from stages.datasets.dataset import DataError, Pictures
from stages.datasets.split import hold_out
from stages.params import Data, Family, load_params


def prepare(kind: Family, settings: Data, root: Path = Path()) -> None:
    """``settings`` is the data block of params.yaml."""
    data = datasets.load(kind, settings)
    train, holdout = hold_out(np.arange(data.train.shape[0]), settings["holdout"][kind], settings["seed"])
    with replaced_together(root / "build/data" / kind) as folder:
        write(data.train, {folder / "train.npy": train, folder / "holdout.npy": holdout})
        write(data.test, {folder / "test.npy": np.arange(data.test.shape[0])})
        name = Path(settings["folder"] or "").name if settings[kind] == "folder" else settings[kind]
        (folder / "source.json").write_text(json.dumps({"name": name, "terms": data.terms}, indent=2) + "\n")
        if data.train_labels is not None and data.test_labels is not None:
            np.save(folder / "train_labels.npy", data.train_labels[train])
            np.save(folder / "holdout_labels.npy", data.train_labels[holdout])
            np.save(folder / "test_labels.npy", data.test_labels)
    print(
        f"{kind}, {settings[kind]}: {len(train)} to train on, {len(holdout)} held out, {data.test.shape[0]} to test on"
    )


def write(pictures: Pictures, parts: dict[Path, np.ndarray]) -> None:
    """Each file gets the pictures at its indices (ascending; together they are all), one picture in memory at a time.

    It is what ``np.save`` writes, but as a stream: a full disk is an error here, where a memory map would be killed.
    """
    count, *shape = pictures.shape
    files: list = [None] * count
    with ExitStack() as opened:
        for path, indices in parts.items():
            file = opened.enter_context(path.open("wb"))
            header = {"descr": "|u1", "fortran_order": False, "shape": (len(indices), *shape)}
            np.lib.format.write_array_header_1_0(file, header)
            for index in indices:
                files[index] = file
        for file, picture in zip(files, tqdm(pictures, "writing", count, delay=1), strict=True):
            file.write(picture.tobytes())


@contextmanager
def replaced_together(folder: Path) -> Iterator[Path]:
    """A new folder beside ``folder``; its files move there when the block ends well, and vanish when it does not."""
    beside = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(beside, ignore_errors=True)  # of a run that was killed
    beside.mkdir(parents=True)
    try:
        yield beside
        folder.mkdir(exist_ok=True)
        for file in beside.iterdir():
            os.replace(file, folder / file.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stages.prepare", description="Bring data into training's form.")
    parser.add_argument("kind", choices=datasets.DATA_SETS)
    kind = parser.parse_args().kind
    try:
        prepare(kind, load_params()["data"])
    except (DataError, OSError) as error:
        raise SystemExit(f"prepare {kind}: {error}") from None


if __name__ == "__main__":
    main()
