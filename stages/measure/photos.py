"""Measure one photo codec as it is deployed: ``python -m stages.measure.photos ae2``.

Every test picture is encoded to a file by the finished bundle in exports/study/<codec> and decoded from it again, with
every quantiser, b and entropy model that the bundle offers. Writes in build/<codec>/evaluation/: points.json (rows of
the results), pictures.json (file bytes and distortions of every picture), timings.json, and reconstructions.npz (a few
pictures, for the figures: ``sample`` (S,) their indices, ``original`` and, by ``key_of``, stacks (S, C, H, W)).
"""

import json
import sys
from pathlib import Path

import numpy as np
from tqdm import tqdm

import latentcodec
from latentcodec.bundle.facts import Facts
from latentcodec.container.header import VARIABLE_RATE
from latentcodec.evaluation.stopwatch import Stopwatch
from latentcodec.pictures.write import Box
from latentcodec.progress import Progress, unheard
from latentcodec.transform.transform import Transform
from stages import metrics
from stages.channels import channels_first, channels_last
from stages.params import Params, load_params

TIMED = 4  # pictures
KEYS = ("quantiser", "bits", "entropy", "quality")


class CachingTransform:
    """A transform whose networks do not run again on the same numbers.

    A picture has the same latents for every setting, and files that differ by their entropy model alone decode to the
    same latents, but for a variable rate: this saves most of the time that the study takes. Files and pictures are what
    the codec makes anyway.
    """

    def __init__(self, transform: Transform) -> None:
        self.quantise, self.dequantise = transform.quantise, transform.dequantise
        self._transform = transform
        self._latents: dict[bytes, np.ndarray] = {}
        self._last: tuple[tuple[bytes, Box], np.ndarray] | None = None

    @property
    def provider(self) -> str:
        return self._transform.provider

    def analyse(self, pixels: np.ndarray, progress: Progress = unheard) -> np.ndarray:
        key = pixels.tobytes()
        if key not in self._latents:
            self._latents[key] = self._transform.analyse(pixels, progress)
        return self._latents[key]

    def synthesise(self, latents: np.ndarray, box: Box, progress: Progress = unheard) -> np.ndarray:
        key = latents.tobytes(), box
        if self._last is None or self._last[0] != key:
            self._last = key, self._transform.synthesise(latents, box, progress)
        return self._last[1]


def quantisations(facts: Facts, qualities: list[int]) -> list[dict]:
    """What the rows of the results say of a quantisation: quantiser and b, or a quality of a variable rate."""
    if facts.variable_rate:
        return [{"quantiser": VARIABLE_RATE, "bits": None, "quality": quality} for quality in qualities]
    return [
        {"quantiser": quantiser, "bits": bits} for quantiser, offered in facts.quantisers.items() for bits in offered
    ]


def encode_options(quantisation: dict) -> dict:
    """The same as arguments of ``encode``."""
    return {"quality": quantisation["quality"]} if "quality" in quantisation else quantisation


def key_of(quantisation: dict) -> str:
    """``<quantiser>_<b or quality>``."""
    return f"{quantisation['quantiser']}_{quantisation.get('quality') or quantisation['bits']}"


def measure(
    name: str, codec: latentcodec.Codec, pictures: np.ndarray, qualities: list[int]
) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Bytes and distortions of every setting, and by ``key_of`` the stacks (N, C, H, W) that files of the bundle's
    first entropy model, its default, decode to."""
    facts = codec.bundle.facts
    measured, stacks = [], {}
    for quantisation in tqdm(quantisations(facts, qualities), name, unit="point"):
        lengths: dict[str, list[int]] = {entropy: [] for entropy in facts.entropy}
        decoded = {entropy: np.empty_like(pictures) for entropy in facts.entropy}
        for index, picture in enumerate(pictures):
            for entropy in facts.entropy:
                data = codec.encode(channels_last(picture), **encode_options(quantisation), entropy=entropy)
                lengths[entropy].append(len(data))
                decoded[entropy][index] = channels_first(codec.decode_array(data))
        for entropy, stack in decoded.items():
            measured.append(
                {**quantisation, "entropy": entropy, "bytes": lengths[entropy], **metrics.distortions(pictures, stack)}
            )
        stacks[key_of(quantisation)] = decoded[facts.entropy[0]]
    return measured, stacks


def time_coding(name: str, codec: latentcodec.Codec, pictures: np.ndarray, qualities: list[int]) -> list[dict]:
    """Milliseconds to encode and to decode one picture, per quantiser and entropy model, at the middle b or quality.

    The settings take turns, picture by picture, so that other work on the machine hinders all of them alike.
    """
    facts = codec.bundle.facts
    offered = quantisations(facts, qualities)
    settings = []
    for quantiser in facts.quantisers:
        own = [quantisation for quantisation in offered if quantisation["quantiser"] == quantiser]
        settings += [(own[len(own) // 2], entropy) for entropy in facts.entropy]
    watches = [(Stopwatch(), Stopwatch()) for _ in settings]
    for picture in pictures.transpose(0, 2, 3, 1):
        for (quantisation, entropy), (encode, decode) in zip(settings, watches, strict=True):
            decode(codec.decode_array, encode(codec.encode, picture, **encode_options(quantisation), entropy=entropy))
    return [
        {"codec": name, **quantisation, "entropy": entropy, "encode_ms": encode.least(), "decode_ms": decode.least()}
        for (quantisation, entropy), (encode, decode) in zip(settings, watches, strict=True)
    ]


def samples(pictures: np.ndarray, indices: list[int]) -> np.ndarray:
    """The indices of ``indices`` as an array; all must be there."""
    if not indices or not all(0 <= index < len(pictures) for index in indices):
        raise SystemExit(
            f"params.yaml: evaluate.samples: {indices} must name some of the {len(pictures)} test pictures"
        )
    return np.array(indices)


def main(name: str, params: Params, root: Path = Path()) -> None:
    pictures = np.load(root / "build/data/photos/test.npy")
    sample = samples(pictures, params["evaluate"]["samples"])
    codec = latentcodec.open(root / "exports/study" / name)
    qualities = params["evaluate"]["qualities"]
    times = time_coding(name, codec, pictures[:TIMED], qualities)
    codec.transform = CachingTransform(codec.transform)
    measured, stacks = measure(name, codec, pictures, qualities)
    out = root / "build" / name / "evaluation"
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        metrics.point(name, files, pictures.shape, **{key: files[key] for key in KEYS if key in files})
        for files in measured
    ]
    (out / "points.json").write_text(json.dumps(rows, indent=1))
    (out / "pictures.json").write_text(json.dumps(measured))
    (out / "timings.json").write_text(json.dumps(times, indent=1))
    shown = {key: stack[sample] for key, stack in stacks.items()}
    np.savez_compressed(out / "reconstructions.npz", sample=sample, original=pictures[sample], **shown)


if __name__ == "__main__":
    main(sys.argv[1], load_params())
