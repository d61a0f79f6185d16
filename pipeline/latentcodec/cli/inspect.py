"""``latentcodec info`` and ``verify``: look at files without decoding them."""

import json
from argparse import Namespace
from operator import attrgetter
from typing import Any

from latentcodec import api
from latentcodec.bundle.card import describe_card, read_card
from latentcodec.bundle.find import find_bundle
from latentcodec.cli import options
from latentcodec.cli.batch import run_batch
from latentcodec.cli.inputs import FILES_AND_PACKS, Input, expand, read_ltc
from latentcodec.cli.messages import count
from latentcodec.cli.work import Outcome, row, run_all
from latentcodec.container.header import LOSSLESS, LOSSLESS_QUANTISERS
from latentcodec.errors import LatentCodecError

_FILE = "a .ltc or .ltcp file, a folder of them, or '-' for stdin"


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "info", "what files say about themselves, and their bundle's card", info,
        "info photo.ltc",
        "info --json coded/ | jq .bpp",
    )  # fmt: skip
    command.add_argument("inputs", nargs="*", metavar="FILE", help=_FILE)
    options.add_list(command)
    options.add_json(command)

    command = options.add_command(
        verbs, "verify", "check every checksum and symbol of files, without running a network", verify,
        "verify photo.ltc",
        "verify --quiet archive/                     # failures only; the exit status tells whether there were any",
    )  # fmt: skip
    command.add_argument("inputs", nargs="*", metavar="FILE", help=_FILE)
    options.add_list(command)
    options.add_decoding(command)
    options.add_jobs(command)
    options.add_ray(command)
    options.add_manifest(command)
    options.add_json(command)
    options.add_quiet(command)


def info(args: Namespace) -> int:
    def work(source: Input) -> Outcome:
        facts = api.info(read_ltc(source))
        return Outcome(json.dumps({"file": source.path, **facts}) if args.json else describe(source.name, facts))

    return run_all(expand(args.inputs, FILES_AND_PACKS, args.files_from), attrgetter("name"), work)


def verify(args: Namespace) -> int:
    inputs = expand(args.inputs, FILES_AND_PACKS, args.files_from)
    return run_batch(args, inputs, Verifier)


class Verifier:
    """Checks files as the command's options say."""

    def __init__(self, args: Namespace, threads: int) -> None:
        self._args = args  # no network runs, so there is nothing for threads to do

    def __call__(self, source: Input) -> Outcome:
        facts = api.verify(read_ltc(source), bundle=self._args.bundle, max_pixels=self._args.max_pixels)
        as_json = json.dumps({"file": source.path, **facts})
        return Outcome(as_json if self._args.json else f"{source.name}: {_proven(facts)}", facts=row(facts))


def _proven(facts: dict[str, Any]) -> str:
    pixels = facts.get("pixels_crc32")
    return f"sound, pixels equal to those encoded (CRC-32 {pixels})" if pixels else "sound"


def describe(name: str, facts: dict[str, Any]) -> str:
    """What ``info`` prints about one file."""
    size = f"{facts['width']}x{facts['height']}"
    if facts["format"] == "ltcp":
        size = f"{count(facts['count'], 'picture')} of {size}, {facts['block']} in a block"
    if facts.get("tile"):
        size += ", in tiles of {tile}x{tile}".format(**facts)
    names = {
        "grey": "grey",
        "alpha": "alpha",
        "icc": "ICC profile",
        "exif": "EXIF",
        "xmp": "XMP",
        "iptc": "IPTC",
        "text": "texts",
        "dpi": "density",
        "cicp": "CICP",
        "gamma": "gamma",
        "chromaticity": "chromaticities",
        "importance": "importance map",
        "names": "names",
    }
    has = ", ".join(text for key, text in names.items() if facts.get(key))
    *parts, total = facts["bytes"].items()
    lines = [
        f"format     {facts['format']}, version {facts['version']}",
        f"model      {facts['model']} ({facts['bundle'] or 'its bundle is not found here'})",
        f"size       {size}",
        *([f"has        {has}"] if has else []),
        f"quantiser  {_quantiser(facts)}",
        f"entropy    {facts['entropy']}",
        f"bytes      {total[1]}: "
        + ", ".join(f"{part.replace('_', ' ')} {number}" for part, number in parts if number),
        f"rate       {_rate(facts)}",
    ]
    return "\n  ".join([name, *lines, *_card_of(facts["model"])])


def _quantiser(facts: dict[str, Any]) -> str:
    if facts["quantiser"] in LOSSLESS_QUANTISERS:
        return f"{LOSSLESS}, {_samples(facts)}"
    parameter = count(facts["bits"], "bit") if "bits" in facts else f"quality {facts['quality']}"
    return f"{facts['quantiser']}, {parameter}"


def _samples(facts: dict[str, Any]) -> str:
    """In words what a file without loss holds of a pixel."""
    alpha = bool(facts.get("alpha"))  # which a pack has not
    channels = (1 if facts["grey"] else 3) + alpha
    words = ("grey" if facts["grey"] else "RGB") + " and alpha" * alpha
    of_palette = " by a palette" if facts["planes"] < channels else ""
    return f"{words}{of_palette}, {count(facts['depth'], 'bit')} a {'pixel' if of_palette else 'sample'}"


def _rate(facts: dict[str, Any]) -> str:
    ratio = (
        f", compression ratio {facts['planes'] * facts['depth'] / facts['bpp']:.2f}"
        if facts["quantiser"] in LOSSLESS_QUANTISERS
        else ""
    )
    return f"{facts['bpp']:.4f} bpp{ratio}"


def _card_of(model: str) -> list[str]:
    try:
        lines = describe_card(read_card(find_bundle(bytes.fromhex(model))))
    except LatentCodecError:
        return []
    return ["bundle", *(f"  {line}" for line in lines)] if lines else []
