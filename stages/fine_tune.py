"""Fine-tune the released codec of photographs on pictures of your own, and release what comes of it:

    python -m stages.fine_tune FOLDER --name mine --terms "CC0"

The encoder and its gains stay as they are, and so does what they quantise pictures to. The context coder reads that of
your pictures after all that it has read, so that it takes fewer bits; with ``--minutes`` the decoder
learns on from them, too (rate_distortion/deployed.py). Composes the stages of the study, in a folder of its own below
build/fine_tune: train, export, fit, release; ``fine_tune`` in params.yaml has what is set otherwise than for `make
study-full`. After a kill the same command goes on. docs/fine-tuning.md tells what comes of it.
"""

import argparse
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import yaml
from PIL import Image

import latentcodec
from latentcodec.bundle.card import read_card
from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures, upright
from stages.datasets.training_set import load_training_set
from stages.export import export
from stages.model_card import RELEASED
from stages.params import Params, full_params
from stages.rate_distortion.fit import fit
from stages.rate_distortion.trainer import train
from stages.release import release
from stages.training.device import choose_device

WORK = Path("build/fine_tune")
LEAST_CROP = 64  # pixels
SET_ASIDE = 5  # One picture in so many is measured and not learnt from, unless others are given for that.


def fine_tune(
    name: str, folder: Path, terms: str, minutes: float, params: dict[str, Any], test: Path | None = None,
    work: Path = WORK, released: Path = RELEASED,
) -> Path:  # fmt: skip
    """Write the bundle ``released``/``name``, and return its folder.

    Args:
        folder: the pictures, any number of any size; one in five is measured and not learnt from, unless ``test`` is
            another folder for that.
        terms: on which terms the pictures are; the card has them with those of the bundle that is gone on from.
        minutes: that the decoder learns; 0: it stays as the weights have it.
        params: of the study, with a block ``fine_tune``.

    Raises:
        DataError: no pictures, or one that cannot be read.
        SystemExit: there is such a bundle already.
    """
    if Path(name).name != name or minutes < 0:
        raise DataError(f"a name without folders and 0 minutes or more are expected, not {name!r} and {minutes}")
    if (released / name).exists():
        raise SystemExit(f"{released / name} is there already: take another name, or remove it")
    base, root = latentcodec.open(params["fine_tune"]["bundle"]), work / name
    learnt, measured = lay_out(folder, test, root)
    params = own_params(name, learnt, terms, minutes, base.bundle, params, root)
    block, mirror = params["rate_distortion"][name], params["data"]["mirror"]
    train(name, block, choose_device(params["device"]), load_training_set(block, mirror), root)
    export(name, cast(Params, params), root)
    # As it is: exported anew, it would have its ranges of 8 bits from these pictures alone.
    shutil.copy(base.bundle.path / "encoder.onnx", root / "build" / name)
    fit(name, cast(Params, params), root, base.bundle.tables)
    release(name, name, terms_with(base, terms), root, released, measured)
    return released / name


def lay_out(folder: Path, test: Path | None, root: Path) -> tuple[Path, Path]:
    """Folders below ``root`` of links to the pictures: to those that are learnt from, and to the others."""
    for named in (folder, folder if test is None else test):
        if not named.is_dir():
            raise DataError(f"there is no folder {named}")
    pictures = find_pictures(folder)
    measured = pictures[::SET_ASIDE] if test is None else find_pictures(test)
    learnt = [picture for picture in pictures if picture not in measured]
    if not learnt:
        raise DataError(f"{folder} has {len(pictures)} picture(s); it takes two at least, one of them to be measured")
    check(learnt, measured)
    own = folder.resolve().name
    aside = f"{own}, set aside" if test is None else test.resolve().name
    return link(learnt, root / "learnt" / own), link(measured, root / "measured" / aside)


def check(learnt: Sequence[Path], measured: Sequence[Path]) -> None:
    """Raise DataError for a picture that cannot be read, or is too small to be learnt from."""
    for path in learnt:
        if (smallest := min(upright(path).shape[:2])) < LEAST_CROP:
            raise DataError(
                f"{path} has a side of {smallest} pixels; the training takes {LEAST_CROP} and more: remove it"
            )
    for path in measured:
        upright(path)


def link(pictures: Sequence[Path], place: Path) -> Path:
    """Make ``place`` a folder of links to pictures, in their order."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for number, picture in enumerate(pictures):
        (place / f"{number:05}{picture.suffix}").symlink_to(picture.resolve())
    return place


def own_params(
    name: str,
    pictures: Path,
    terms: str,
    minutes: float,
    base: latentcodec.Bundle,
    params: dict[str, Any],
    root: Path,
) -> dict[str, Any]:
    """The study's parameters with this codec alone; they are written to params.yaml in ``root``, too."""
    how, dead_zones = params["fine_tune"], root / "dead_zones.npy"
    np.save(dead_zones, base.tables.gains()[1])
    block = params["rate_distortion"][how["codec"]] | how["settings"]
    block |= {"pictures": [pictures.name], "terms": terms, "dead_zones": str(dead_zones)}
    block |= {"minutes": minutes, "crop": crop(pictures, block["crop"], base.facts.stride)}
    megapixels = params["fit_rate_distortion"] | {"megapixels": how["megapixels"]}
    params = params | {"train": {}, "rate_distortion": {name: block}, "fit_rate_distortion": megapixels}
    params["data"] = params["data"] | {"mirror": str(pictures.parent)}
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    return params


def crop(pictures: Path, at_most: int, stride: int) -> int:
    """The side of crops that the smallest of the pictures allows, by their headers."""
    return min(at_most, min(map(smaller_side, find_pictures(pictures))) // stride * stride)


def smaller_side(path: Path) -> int:
    with Image.open(path) as picture:
        return min(picture.size)


def terms_with(base: latentcodec.Codec, terms: str) -> str:
    """Of what has gone on from a bundle: those of the own pictures, and the bundle's."""
    card = read_card(base.bundle.path)
    return f"own pictures: {terms}; it went on from {base.bundle.name}: {card.get('terms', 'not stated')}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stages.fine_tune", description="Fine-tune on your own pictures.")
    parser.add_argument("pictures", type=Path, help="a folder of them")
    parser.add_argument("--name", required=True, help="what the bundle is to be called")
    parser.add_argument(
        "--minutes", type=float, default=0, help="that the decoder learns on (0: the entropy coder alone)"
    )
    parser.add_argument("--terms", default="not stated", help="on which terms the pictures are (free text)")
    parser.add_argument("--test", type=Path, help="other pictures to measure it on (default: one in five of these)")
    parser.add_argument("--out", type=Path, default=RELEASED, help=f"the folder that the bundle goes into ({RELEASED})")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        folder = fine_tune(
            options.name, options.pictures, options.terms, options.minutes, full_params(), options.test,
            released=options.out,
        )  # fmt: skip
    except (latentcodec.LatentCodecError, DataError, OSError) as error:
        raise SystemExit(f"fine_tune: {error}") from None
    print(
        f"{folder}: made in {(time.monotonic() - started) / 60:.1f} minutes; latentcodec encode --bundle {folder} ..."
    )


if __name__ == "__main__":
    main()
