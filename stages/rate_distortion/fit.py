"""Fit what the coder of a rate-distortion trained codec needs and finish its bundle.

Run it as ``python -m stages.rate_distortion.fit photo``.

Runs the exported encoder over training pictures and quantises each at qualities from all over 1..100; from these
symbols the coder counts its static tables and learns the context coder's starting state. It does so twice: the first
coder, which rounds to the nearest, measures which dead zones pay (dead_zones.py). Writes exports/study/<codec>/:
the networks, tables.bin (with the gains), codec.json and card.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

import latentcodec
from latentcodec._core import Tables
from latentcodec.container.header import HIGHEST_QUALITY
from latentcodec.transform.gains import Gains
from latentcodec.transform.sessions import open_session
from stages import networks
from stages.datasets.dataset import DataError
from stages.datasets.training_set import TrainingSet, cropped, load_training_set
from stages.networks.facts import read_facts
from stages.networks.layers.variable_rate import VariableRateAutoencoder
from stages.params import FitRateDistortion, Params, RateDistortionTraining, Structure, load_params
from stages.rate_distortion import dead_zones

STATIC_BANDS, CONTEXT_BANDS = 10, 8
Streams = list[tuple[int, NDArray[np.int16]]]


class Reader:
    """The training pictures, those held out last, and their latents by the exported encoder."""

    def __init__(self, encoder: Path, data: TrainingSet, pixels: int, stride: int) -> None:
        self.session, self.data, self.pixels, self.stride = open_session(encoder), data, pixels, stride
        self.holdout = data.held_out

    def __len__(self) -> int:
        return len(self.data.pictures) + len(self.holdout)

    def picture(self, index: int) -> NDArray[np.uint8]:
        """(C, H, W)."""
        count = len(self.data.pictures)
        whole = self.data.pictures[index] if index < count else self.holdout[index - count]
        return cropped(whole, self.pixels, self.stride)

    def latents(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(C, h, w)."""
        return self.session.run(None, {"image": picture[None].astype(np.float32) / 255})[0][0]

    def some(self, count: int, pixels: int, seed: int) -> list[NDArray[np.uint8]]:
        """Pictures of at most so many pixels, of those held out if there are any."""
        first = len(self.data.pictures) if self.holdout else 0
        indices = np.random.default_rng(seed).permutation(np.arange(first, len(self)))[:count]
        return [cropped(self.picture(index), pixels, self.stride) for index in indices]


def draws(pictures: int, streams: int, seed: int) -> list[tuple[int, int, bool]]:
    """(picture, quality, mirrored): all pictures equally often, qualities all over 1..100, both in random order."""
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(pictures) for _ in range(-(-streams // pictures))])[:streams]
    places = (rng.permutation(streams) + rng.random(streams)) / streams
    qualities = 1 + (places * HIGHEST_QUALITY).astype(int)
    return list(zip(order.tolist(), qualities.tolist(), (rng.random(streams) < 0.5).tolist(), strict=True))


def quantised(reader: Reader, gains: Gains, megapixels: float, seed: int, tables: Tables | None = None) -> Streams:
    """Streams of about so many megapixels in all: as they are rounded, or as a coder with these tables chooses
    them."""
    mean = np.mean([reader.picture(index)[0].size for index in range(len(reader))])
    drawn = draws(len(reader), max(STATIC_BANDS, round(megapixels * 1e6 / mean)), seed)
    streams: Streams = [(0, np.empty(0, np.int16))] * len(drawn)
    latents: dict[bool, NDArray[np.float32]] = {}
    last = -1
    for place in tqdm(sorted(range(len(drawn)), key=lambda place: drawn[place]), "symbols", unit="stream"):
        index, quality, mirrored = drawn[place]
        if index != last:
            latents, last = {}, index
        if mirrored not in latents:
            picture = reader.picture(index)
            latents[mirrored] = reader.latents(picture[..., ::-1] if mirrored else picture)
        if tables:
            symbols, _ = dead_zones.coded(tables, gains, quality, latents[mirrored], reader.picture(index).shape[1:])
        else:
            symbols = gains.quantise(quality, latents[mirrored])
        streams[place] = quality, symbols[None]
    return streams


def fit_dead_zones(
    reader: Reader, decoder: Path, network: VariableRateAutoencoder, structure: Structure | None, how: FitRateDistortion
) -> tuple[NDArray[np.uint8], Tables]:
    """(L, C) roundings, tried with a coder that has learnt from a quarter of the streams, rounded to the nearest, and
    its tables."""
    log_gains = network.gains.table().detach().numpy()
    nearest = np.full(log_gains.shape, dead_zones.NEAREST, np.uint8)
    streams = quantised(reader, Gains(log_gains, nearest), how["megapixels"] / 4, how["seed"])
    tables = Tables.parse(Tables.build([], variable_rate=(log_gains, nearest, streams, 0, CONTEXT_BANDS)))
    pictures = reader.some(**how["dead_zone"], seed=how["seed"])
    latents = [reader.latents(picture) for picture in pictures]
    trial = dead_zones.Trial(pictures, latents, decoder, tables, structure)
    lambdas = network.lmbda(torch.linspace(1, HIGHEST_QUALITY, len(log_gains)))
    return dead_zones.fitted(trial, log_gains, lambdas.double().numpy()), tables


def fit(codec: str, params: Params, root: Path = Path(), base: Tables | None = None) -> None:
    """``base``: tables to go on from, whose dead zones are kept; else the coder begins anew."""
    settings, how = params["rate_distortion"][codec], params["fit_rate_distortion"]
    build = root / "build" / codec
    data = load_training_set(settings, params["data"]["mirror"], root)
    network = networks.trained(settings["network"], build / "weights.pt")
    assert isinstance(network, VariableRateAutoencoder)
    facts = read_facts(build / "encoder.onnx")
    reader = Reader(build / "encoder.onnx", data, how["pixels"], facts["stride"])
    log_gains = network.gains.table().detach().numpy()
    if base is None:
        rounding, trial = fit_dead_zones(reader, build / "decoder.onnx", network, settings["structure"], how)
    else:
        rounding, trial = base.gains()[1], base
    streams = quantised(reader, Gains(log_gains, rounding), how["megapixels"], how["seed"], trial)
    if base is None:
        tables = Tables.build([], variable_rate=(log_gains, rounding, streams, STATIC_BANDS, CONTEXT_BANDS))
    else:
        tables = base.continued(log_gains, rounding, streams)
    facts |= {"name": codec, "quantisers": {"gained": []}, "entropy": ["context", "static"], "quality": []}
    folder = root / "exports/study" / codec
    model_id = latentcodec.write_bundle(
        folder,
        facts,
        encoder=build / "encoder.onnx",
        decoder=build / "decoder.onnx",
        tables=tables,
        card=model_card(codec, settings, data, json.loads((build / "history.json").read_text()), base is not None),
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: model {model_id.hex()}, {size / 1e6:.2f} MB, tables from {len(streams)} streams")


def model_card(
    codec: str, settings: RateDistortionTraining, data: TrainingSet, history: list[dict], other_pictures: bool = False
) -> dict:
    """Where the bundle comes from; steps and hours are those of all trainings that led to its weights.

    ``other_pictures``: the weights that it starts from have learnt from others, even if no step was made since.
    """
    last = history[-1] if history else {"step": 0, "minutes": 0.0}
    spent = {"steps_in_all": last["step"], "hours_in_all": round(last["minutes"] / 60, 2)}
    start = settings["start"] and Path(settings["start"]).name
    card = data.card()
    if settings["start"] and (settings["minutes"] or settings["steps"] or other_pictures):
        card["terms"] = f"{card['terms']}; weights went on from {start}: {terms_of(Path(settings['start']))}"
    dead_zones = settings["dead_zones"] and Path(settings["dead_zones"]).name
    return {"name": codec, "training": {**settings, "start": start, "dead_zones": dead_zones, **spent}, "data": card}


def terms_of(weights: Path) -> str:
    """Of what some weights have learnt from, which all that goes on from them inherits: <weights>.card.json has it."""
    card = weights.with_suffix(".card.json")
    return json.loads(card.read_text())["terms"] if card.exists() else "terms not stated"


if __name__ == "__main__":
    try:
        fit(sys.argv[1], load_params())
    except DataError as error:
        raise SystemExit(f"{sys.argv[1]}: {error}") from None
