"""Release a bundle of the study under a name of its own: ``python -m stages.release mine --codec resae_v2``.

Takes exports/study/<codec> and writes exports/release/<name>: the same networks and tables, so the same symbols, under
another name, so with another model id. Its card.json says what the networks were trained on, on which terms, and what
each step of --quality reaches on the study's test pictures, or on those of a folder: whole files, written and read by
the installed codec. A lossless bundle has no steps, and its card the bits per pixel. README.md is the card as a page.
"""

import argparse
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

import latentcodec
from latentcodec.cli.messages import count
from stages import metrics, model_card
from stages.channels import channels_first, channels_last
from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures, upright
from stages.datasets.lossless_sets import as_grey
from stages.lossless import evaluate as evaluate_lossless
from stages.model_card import RELEASED
from stages.params import load_params


def data_facts(facts: dict, data: Path) -> dict:
    """The ``data`` of the study's card, with the number of pictures in each part that was learnt from.

    The card of a rate-distortion trained codec has that already.
    """
    if "pictures" in facts:
        return facts
    pictures = {}
    for part, digest in facts["sha256"].items():
        file = data / f"{part}.npy"
        if hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise SystemExit(f"{file} is not what the bundle was made from; `dvc repro` makes it anew")
        pictures[part] = len(np.load(file, mmap_mode="r"))
    return {**facts, "pictures": pictures}


def code(codec: latentcodec.Codec, pictures: np.ndarray, quality: int) -> tuple[list[int], np.ndarray]:
    """The lengths in bytes of the files that hold pictures (N, C, H, W), and what they decode to.

    A network of one size codes many small pictures, so its file is one pack of all of them.
    """
    arrays = pictures.transpose(0, 2, 3, 1) if codec.bundle.facts.colour == "RGB" else pictures[:, 0]
    if codec.bundle.facts.image_size is not None:
        files = [codec.encode_pack(arrays, quality=quality)]
        decoded = codec.decode_pack(files[0])
    else:
        files = [codec.encode(array, quality=quality) for array in arrays]
        decoded = np.stack([codec.decode_array(file) for file in files])
    stack = decoded.transpose(0, 3, 1, 2) if codec.bundle.facts.colour == "RGB" else decoded[:, None]
    return [len(file) for file in files], stack


DIGITS = {"psnr": 2, "ssim": 4, "ssimulacra2": 2, "butteraugli": 3}
"""The metrics on the card, and how many decimals each has there."""


def measure(codec: latentcodec.Codec, stacks: list[np.ndarray], quality: int) -> dict:
    """One row of the card: the means over pictures, in stacks (N, C, H, W); bpp counts whole files, PSNR is in dB."""
    coded = [(stack, *code(codec, stack, quality)) for stack in stacks]
    bits = 8 * sum(sum(lengths) for _, lengths, _ in coded)
    row = {"quality": quality, "bpp": round(bits / sum(stack[:, 0].size for stack in stacks), 4)}
    for name, digits in DIGITS.items():
        values = [
            found for stack, _, decoded in coded if (found := metrics.METRICS[name].measure(stack, decoded)) is not None
        ]
        if values:
            row[name] = round(float(np.concatenate(values).mean()), digits)
    return row


def lossless_bpp(codec: latentcodec.Codec, stacks: list[np.ndarray], packed: bool) -> dict[str, float]:
    """Bits per pixel of whole files, or of a pack for each stack (N, C, H, W); every picture comes back as it was.

    A bundle of any pictures has those of the pictures as they are and in grey, any other in grey alone.
    """
    code = evaluate_lossless.pack if packed else evaluate_lossless.files
    pixels = sum(stack[:, 0].size for stack in stacks)

    def bpp(as_coded: Callable[[np.ndarray], np.ndarray]) -> float:
        sets = [[Image.fromarray(as_coded(picture)) for picture in stack] for stack in stacks]
        lengths = [code(codec.bundle.name, codec, "the pictures", pictures)["bytes"] for pictures in sets]
        return round(8 * sum(map(sum, lengths)) / pixels, 4)

    if codec.bundle.facts.any_picture:
        return {"bpp": bpp(channels_last), "bpp_grey": bpp(as_grey)}
    return {"bpp": bpp(as_grey)}


def stacks_of(folder: Path) -> list[np.ndarray]:
    """The folder's pictures, a stack (N, 3, H, W) for each size that they have."""
    by_size: dict[tuple, list[np.ndarray]] = {}
    for path in find_pictures(folder):
        picture = channels_first(upright(path))
        by_size.setdefault(picture.shape, []).append(picture)
    return [np.stack(pictures) for pictures in by_size.values()]


def card_of(name: str, codec: latentcodec.Codec, study: Path, terms: str, measured_on: Path | None) -> dict:
    study_card = json.loads((codec.bundle.path / "card.json").read_text())
    kind = study_card["training"].get("data", "photos")
    data = study / "build/data" / kind
    facts = data_facts(study_card["data"], data)
    stacks = [np.load(data / "test.npy")] if measured_on is None else stacks_of(measured_on)
    test_set = measured_on.name if measured_on else json.loads((data / "source.json").read_text())["name"]
    pictures = count(sum(map(len, stacks)), "test picture")
    sides = " and ".join("x".join(map(str, stack.shape[:1:-1])) for stack in stacks)
    packed = kind == "digits" and codec.bundle.facts.lossless
    card = {
        "name": name,
        "codec": study_card["name"],
        "terms": terms,
        "data": facts,
        "training": study_card["training"],
        "measured_on": f"{pictures} of {test_set}, {sides}{', one pack' if packed else ''}, none of them learnt from",
    }
    if codec.bundle.facts.lossless:
        return {**card, **lossless_bpp(codec, stacks, packed), "quality": []}
    steps = [highest for highest, *_ in codec.bundle.facts.quality]
    qualities = steps or load_params(study / "params.yaml")["evaluate"]["qualities"]
    return {**card, "quality": [measure(codec, stacks, quality) for quality in qualities]}


def release(
    name: str,
    codec: str,
    terms: str,
    study: Path = Path(),
    released: Path = RELEASED,
    measured_on: Path | None = None,
) -> bytes:
    """Write the bundle ``released``/``name``; returns its model id, 4 bytes."""
    folder = released / name
    if folder.exists():
        raise SystemExit(f"{folder} is there already, and files name it: take another name, or remove it if none does")
    opened = latentcodec.open(study / "exports/study" / codec)
    source, facts = opened.bundle.path, opened.bundle.facts
    networks = {} if facts.lossless else {part: source / f"{part}.onnx" for part in ("encoder", "decoder")}
    model = latentcodec.write_bundle(
        folder,
        facts.to_json() | {"name": name},
        **networks,
        tables=(source / "tables.bin").read_bytes(),
        card=card_of(name, opened, study, terms, measured_on),
    )
    model_card.write(folder)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stages.release", description="Release a bundle of the study.")
    parser.add_argument("name", help="what the bundle is to be called")
    parser.add_argument("--codec", default="resae_v2", help="which codec of the study (resae_v2)")
    parser.add_argument("--study", type=Path, default=Path(), help="the study's folder: .full after `make study-full`")
    parser.add_argument("--terms", default="not stated", help="on which terms others may use the weights (free text)")
    parser.add_argument("--measure-on", type=Path, help="a folder of pictures, instead of the study's test pictures")
    options = parser.parse_args()
    try:
        model = release(options.name, options.codec, options.terms, options.study, measured_on=options.measure_on)
    except (latentcodec.LatentCodecError, DataError, OSError) as error:
        raise SystemExit(f"release: {error}") from None
    folder = RELEASED / options.name
    size = sum(file.stat().st_size for file in folder.iterdir())
    print(f"{folder}: model {model.hex()}, {size / 1e6:.2f} MB; on another machine: latentcodec bundles add {folder}")


if __name__ == "__main__":
    main()
