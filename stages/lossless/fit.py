"""Teach a lossless codec and write its bundle: ``python -m stages.lossless.fit digits_lossless``.

The coder of its pictures, pixels of handwriting or planes of any picture, reads those of the training once, in order;
what it knows then is where every file starts from.
Writes exports/study/<codec>/: tables.bin, codec.json and card.json. There are no networks.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

import latentcodec
from latentcodec._core import Tables
from stages.datasets.dataset import DataError
from stages.datasets.lossless_sets import as_grey
from stages.datasets.training_set import TrainingSet, load_training_set
from stages.params import Params, load_params

FACTS: dict[str, Any] = {
    "colour": "L",
    "image_size": None,
    "stride": 1,
    "receptive_field": 0,
    "latent_channels": 1,
    "quantisers": {"lossless": []},
    "entropy": ["context"],
    "quality": [],
}
ANY: dict[str, Any] = FACTS | {"colour": "any", "latent_channels": 4, "quantisers": {"planes": []}}


def tables(kind: str, data: TrainingSet) -> bytes:
    """tables.bin: what a coder knows that has read all pictures, those held out last."""
    read = [*data.pictures, *data.held_out]
    if kind == "any":
        return Tables.build([], planes=[np.ascontiguousarray(picture) for picture in read])
    return Tables.build([], lossless=[as_grey(picture)[None] for picture in read])


def fit(codec: str, params: Params, root: Path = Path()) -> None:
    settings = params["lossless"][codec]
    data = load_training_set(settings, params["data"]["mirror"], root)
    folder = root / "exports/study" / codec
    model_id = latentcodec.write_bundle(
        folder,
        (ANY if settings["kind"] == "any" else FACTS) | {"name": codec},
        tables=tables(settings["kind"], data),
        card={"name": codec, "training": settings, "data": data.card()},
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: model {model_id.hex()}, {size / 1e6:.2f} MB, learnt from {data.card()['pictures']} pictures")


if __name__ == "__main__":
    try:
        fit(sys.argv[1], load_params())
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
