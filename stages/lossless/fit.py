"""Teach a lossless codec and write its bundle: ``python -m stages.lossless.fit digits_lossless``.

The coder of pixels reads the training pictures once, in order; what it knows then is where every file starts from.
Writes exports/study/<codec>/: tables.bin, codec.json and card.json. There are no networks.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import latentcodec
from latentcodec._core import Tables
from stages.datasets.dataset import DataError
from stages.datasets.grey import as_grey
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


def samples(data: TrainingSet) -> list[NDArray[np.uint8]]:
    """What the coder reads, in its order: pictures (1, H, W), those held out last."""
    return [as_grey(picture)[None] for picture in [*data.pictures, *data.held_out]]


def fit(codec: str, params: Params, root: Path = Path()) -> None:
    settings = params["lossless"][codec]
    data = load_training_set(settings, params["data"]["mirror"], root)
    read = samples(data)
    folder = root / "exports/study" / codec
    model_id = latentcodec.write_bundle(
        folder,
        {"name": codec, **FACTS},
        tables=Tables.build([], lossless=(settings["kind"], read)),
        card={"name": codec, "training": settings, "data": data.card()},
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: model {model_id.hex()}, {size / 1e6:.2f} MB, learnt from {len(read)} pictures")


if __name__ == "__main__":
    try:
        fit(sys.argv[1], load_params())
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
