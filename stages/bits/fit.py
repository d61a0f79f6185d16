"""Fit what the coder needs to know and finish the bundle: ``python -m stages.bits.fit ae2``.

Runs the exported encoder over training pictures; per quantiser and b it fits the shared codebook (scikit-learn's
KMeans, for ``vector_shared``) and counts the training symbols per latent channel, from which the integer probability
tables are made. Writes exports/study/<codec>/: the networks, tables.bin, codec.json and card.json.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

import latentcodec
from latentcodec._core import Tables
from latentcodec.container.header import QUANTISERS
from latentcodec.transform import quantisers
from latentcodec.transform.sessions import open_session
from stages.networks.facts import read_facts
from stages.params import Params, Quantise, load_params


def training_latents(encoder: Path, data: Path, pictures: int, seed: int) -> np.ndarray:
    """(N, C, h, w) float32 latents of at most ``pictures`` training items, those held out included."""
    items = np.concatenate([np.load(data / f"{part}.npy", mmap_mode="r") for part in ("train", "holdout")])
    if len(items) > pictures:
        items = items[np.sort(np.random.default_rng(seed).permutation(len(items))[:pictures])]
    session = open_session(encoder)
    batches = (items[start : start + 32].astype(np.float32) / 255 for start in range(0, len(items), 32))
    return np.concatenate([session.run(None, {"image": batch})[0] for batch in batches])


def shared_codebook(latents: np.ndarray, bits: int, values: int, seed: int) -> np.ndarray:
    """(2^bits,) float32 centroids, sorted and exact in float16, of a sample of ``values`` latents."""
    sample = np.random.default_rng(seed).choice(latents.ravel(), min(values, latents.size), replace=False)
    kmeans = KMeans(2**bits, random_state=seed, n_init=1).fit(sample[:, None])
    return np.sort(kmeans.cluster_centers_.ravel()).astype(np.float16).astype(np.float32)


def count_symbols(symbols: np.ndarray, bits: int) -> np.ndarray:
    """(C, 2^bits) int64: how often each symbol of (N, C, h, w) stands in each channel."""
    channels = symbols.swapaxes(0, 1).reshape(symbols.shape[1], -1)
    return np.stack([np.bincount(channel, minlength=2**bits) for channel in channels])


def fit_tables(latents: np.ndarray, settings: Quantise, kmeans: dict, packed: bool) -> bytes:
    """tables.bin for every quantiser and b of ``settings``. In a pack the range belongs to all pictures together.

    For ``context`` the coder reads the training symbols itself, a stream for each picture or one for the whole pack.
    """
    entries, streams = [], {}
    for name in settings["quantisers"]:
        for bits in settings["bits"]:
            codebook = shared_codebook(latents, bits, **kmeans) if name == "vector_shared" else None
            tensors = [latents] if packed else list(latents)
            quantised = [quantisers.quantise(name, bits, tensor, codebook)[0] for tensor in tensors]
            symbols = quantised[0] if packed else np.stack(quantised)
            number = QUANTISERS.index(name)
            entries.append((number, bits, codebook, count_symbols(symbols, bits)))
            if "context" in settings["entropy"]:
                streams[number, bits] = [symbols] if packed else [tensor[None] for tensor in symbols]
    return Tables.build(entries, streams)


def quality_mapping(settings: Quantise) -> list[list]:
    """[[highest quality, quantiser, b], ...]: qualities 1..100 shared out evenly among the b."""
    bits = settings["bits"]
    return [[round(100 * (rank + 1) / len(bits)), settings["default"], b] for rank, b in enumerate(bits)]


def model_card(codec: str, params: Params, data: Path) -> dict:
    """Where the bundle comes from: parameters, data and its terms."""
    source = json.loads((data / "source.json").read_text())
    digests = {part: hashlib.sha256((data / f"{part}.npy").read_bytes()).hexdigest() for part in ("train", "holdout")}
    return {"name": codec, "training": params["train"][codec], "data": {**source, "sha256": digests}}


def fit(codec: str, params: Params, root: Path = Path()) -> None:
    kind = params["train"][codec]["data"]
    settings = params["quantise"][kind]
    build, data = root / "build" / codec, root / "build/data" / kind
    facts = read_facts(build / "encoder.onnx")
    latents = training_latents(build / "encoder.onnx", data, params["fit"]["pictures"], params["fit"]["seed"])
    kmeans = {"values": params["fit"]["kmeans_values"], "seed": params["fit"]["seed"]}
    tables = fit_tables(latents, settings, kmeans, packed=facts["image_size"] is not None)
    facts |= {
        "name": codec,
        "quantisers": dict.fromkeys(settings["quantisers"], settings["bits"]),
        "entropy": settings["entropy"],
        "quality": quality_mapping(settings),
    }
    folder = root / "exports/study" / codec
    model_id = latentcodec.write_bundle(
        folder,
        facts,
        encoder=build / "encoder.onnx",
        decoder=build / "decoder.onnx",
        tables=tables,
        card=model_card(codec, params, data),
    )
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: model {model_id.hex()}, {size / 1e6:.2f} MB, tables from {len(latents)} pictures")


if __name__ == "__main__":
    fit(sys.argv[1], load_params())
