"""``latentcodec bench``: megapixels per second of one picture, of its networks alone, and of batches over workers.

A lossless bundle has no networks to measure.
"""

import itertools
import json
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentcodec.bundle.facts import CHANNELS
from latentcodec.cli import options
from latentcodec.cli.inputs import PICTURES, Input, expand, open_picture
from latentcodec.cli.messages import count, naming, say
from latentcodec.cli.work import Bar, cores
from latentcodec.codec import Codec
from latentcodec.pictures.read import read_picture
from latentcodec.settings import CodingOptions

_SECONDS = 1.0  # that each measurement takes at least
_SIZE = (512, 768)  # (height, width) of the synthetic picture: as large as Kodak's photographs
_PER_WORKER = 4  # pictures in a batch

Pictures = list[NDArray[np.uint8]]


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "bench", "how many megapixels a second this machine encodes and decodes", bench,
        "bench",
        "bench photos/ --bundle photo-v3 --provider cuda",
    )  # fmt: skip
    command.add_argument(
        "inputs", nargs="*", metavar="PICTURE", help="pictures or folders of them (default: a synthetic one)"
    )
    options.add_coding(command)
    options.add_plugin(command)
    options.add_running(command)
    options.add_json(command)


def bench(args: Namespace) -> int:
    codec = options.encoder(args, args.threads)
    colour, lossless = codec.bundle.facts.colour, codec.bundle.facts.lossless
    pictures = [_load(source, colour, lossless) for source in expand(args.inputs, PICTURES)]
    pictures = pictures or [synthetic(*(codec.bundle.facts.image_size or _SIZE), CHANNELS[colour])]
    result = {
        "bundle": codec.bundle.name,
        "model": codec.bundle.model_id.hex(),
        "provider": codec.provider,
        "cores": cores(),
        "pictures": len(pictures),
        "megapixels": _megapixels(pictures),
        **_measure(codec, pictures, options.coding(args)),
    }
    say(json.dumps(result) if args.json else "\n".join(_table(result)))
    return 0


def _load(source: Input, colour: str, lossless: bool) -> NDArray[np.uint8]:
    with naming(source.name):
        return read_picture(open_picture(source), colour, lossless=lossless).pixels


def synthetic(height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Slow waves with some noise, uint8 (H, W) or (H, W, 3): its file is about as long as a photograph's."""
    y, x = np.mgrid[:height, :width] / 40
    waves = np.stack([np.sin(x + shift) + np.cos(y - shift) for shift in range(channels)], axis=2)
    noise = np.random.default_rng(0).normal(0, 8, waves.shape)
    return (128 + 50 * waves + noise).clip(0, 255).astype(np.uint8).squeeze()


def _measure(codec: Codec, pictures: Pictures, coding: CodingOptions) -> dict[str, Any]:
    """Megapixels per second, "encode", "decode" and "batch"."""
    counts = _worker_counts()
    with Bar(range(1 + len(counts))) as bar:
        speeds: dict[str, Any] = {**_one_by_one(codec, pictures, coding), "batch": []}
        for done, workers in enumerate(counts, start=1):
            bar.draw(done)
            speeds["batch"].append(_batch(codec, pictures, coding, workers))
    return speeds


def _one_by_one(codec: Codec, pictures: Pictures, coding: CodingOptions) -> dict[str, dict[str, float]]:
    """Megapixels per second of encoding and decoding in turn: "whole", and "network" for that part alone."""
    files = [codec.encode(picture, **coding) for picture in pictures]  # which also warms the networks up
    work: dict[str, dict[str, Callable[[], object]]] = {
        "encode": {"whole": lambda: [codec.encode(picture, **coding) for picture in pictures]},
        "decode": {"whole": lambda: [codec.decode_array(data) for data in files]},
    }
    if not codec.bundle.facts.lossless:
        latents = [codec.analyse(picture[None]) for picture in pictures]
        sizes = [picture.shape[:2] for picture in pictures]
        work["encode"]["network"] = lambda: [codec.analyse(picture[None]) for picture in pictures]
        work["decode"]["network"] = lambda: list(map(codec.synthesise, latents, *zip(*sizes, strict=True)))
    pixels = _megapixels(pictures)
    return {name: {part: pixels / _seconds(run) for part, run in parts.items()} for name, parts in work.items()}


def _batch(codec: Codec, pictures: Pictures, coding: CodingOptions, workers: int) -> dict[str, float]:
    """Megapixels per second with so many workers, each with networks of one thread."""
    batch = list(itertools.islice(itertools.cycle(pictures), max(len(pictures), _PER_WORKER * cores())))
    files = [codec.encode(picture, **coding) for picture in batch]
    encoding = _seconds(lambda: list(codec.encode_batch(batch, workers=workers, **coding)))
    decoding = _seconds(lambda: list(codec.decode_batch(files, workers=workers)))
    pixels = _megapixels(batch)
    return {"workers": workers, "encode": pixels / encoding, "decode": pixels / decoding}


def _worker_counts() -> list[int]:
    """1, 2, 4 ... and all cores."""
    powers = itertools.takewhile(lambda workers: workers < cores(), (2**power for power in itertools.count()))
    return [*powers, cores()]


def _seconds(run: Callable[[], object]) -> float:
    """The shortest lap: the one that other work on the machine disturbed least."""
    laps: list[float] = []
    while len(laps) < 2 or sum(laps) < _SECONDS:
        started = time.perf_counter()
        run()
        laps.append(time.perf_counter() - started)
    return min(laps)


def _megapixels(pictures: Pictures) -> float:
    return sum(picture.shape[0] * picture.shape[1] for picture in pictures) / 1e6


def _table(result: dict[str, Any]) -> list[str]:
    lines = [
        f"{result['bundle']} {result['model']} on {result['provider']}, {count(result['cores'], 'core')}; "
        f"{count(result['pictures'], 'picture')} of {result['megapixels']:.2f} megapixels",
        f"{'':<10}  {'MP/s':>7}  {'network alone':>13}",
    ]
    for name in ("encode", "decode"):
        speeds = result[name]
        network = f"{speeds['network']:.2f}" if "network" in speeds else "none"
        lines.append(f"{name:<10}  {speeds['whole']:>7.2f}  {network:>13}")
    lines.append(f"{'batch':<10}  {'encode MP/s':>17}  {'decode MP/s':>17}")
    first = result["batch"][0]
    for row in result["batch"]:
        cells = [f"{row[name]:.2f} ({row[name] / first[name]:.2f}x)" for name in ("encode", "decode")]
        lines.append(f"{count(row['workers'], 'worker'):<10}  {cells[0]:>17}  {cells[1]:>17}")
    return lines
