"""``latentcodec bundles list``, ``add``, ``remove`` and ``verify``."""

import json
import re
from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import Any

import numpy as np

from latentcodec.bundle.bundle import copy_bundle, load_bundle, read_facts, remove_bundle
from latentcodec.bundle.card import describe_card, read_card
from latentcodec.bundle.facts import CHANNELS, Facts
from latentcodec.bundle.fetch import as_folder
from latentcodec.bundle.find import bundles, find_bundle, folders_of, user_folder
from latentcodec.cli import options
from latentcodec.cli.messages import UsageError
from latentcodec.cli.work import note, run_all
from latentcodec.codec import Codec
from latentcodec.container.header import LOSSLESS, PLANES, VARIABLE_RATE
from latentcodec.errors import BundleError


def declare(verbs: Any) -> None:
    group = options.add_group(
        verbs, "bundles", "the trained codecs on this machine", "bundles list", "bundles add mine/", "bundles verify"
    )
    command = options.add_command(
        group, "list", "the bundles that are found, where, and their cards", list_bundles,
        "bundles list",
        "bundles list --json | jq -r .name",
    )  # fmt: skip
    options.add_json(command)

    command = options.add_command(
        group, "add", "check bundles and copy them to where they are always found", add,
        "bundles add exports/study/mine",
        "bundles add https://example.org/mine.zip --sha256 2c26b46b68ffc68f...",
        "bundles add s3://bucket/mine",
    )  # fmt: skip
    command.add_argument(
        "sources", nargs="+", metavar="SOURCE",
        help="a bundle: the folder that holds codec.json, a zip of it, or the URL of either",
    )  # fmt: skip
    command.add_argument("--sha256", type=_sha256, metavar="HEX", help="refuse a zip that has another SHA-256")
    command.add_argument("--force", action="store_true", help="replace another bundle of the same name")
    options.add_json(command)

    command = options.add_command(
        group, "remove", "remove bundles that were added", remove,
        "bundles remove mine",
    )  # fmt: skip
    command.add_argument("names", nargs="+", metavar="NAME", help="an added bundle's name or model id")
    options.add_json(command)

    command = options.add_command(
        group, "verify", "check hashes and tables of bundles and try them out", verify,
        "bundles verify",
        "bundles verify mine/ photo-v3",
    )  # fmt: skip
    command.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="a bundle's name, model id or folder (default: every one that is found)",
    )
    options.add_running(command)
    options.add_json(command)


def list_bundles(args: Namespace) -> int:
    def work(entry: tuple[Path, Facts | BundleError]) -> str:
        folder, facts = entry
        if isinstance(facts, BundleError):
            raise facts
        card, model = read_card(folder), facts.model_id.hex()
        if args.json:
            return json.dumps({"path": str(folder), "model": model, **facts.to_json(), "card": card})
        size = "any size" if facts.image_size is None else "{1}x{0}".format(*facts.image_size)
        choices = {
            VARIABLE_RATE: "quality 1 to 100",
            LOSSLESS: "every pixel comes back",
            PLANES: "every pixel comes back, colours, alpha and 16 bits too",
        }
        offers = [
            f"{name}: {choices.get(name) or ', '.join(map(str, bits)) + ' bits'}"
            for name, bits in facts.quantisers.items()
        ]
        title = f"{facts.name}  {model}  {facts.colour}, {size}  {folder}"
        return "\n  ".join([title, *offers, *describe_card(card)])

    return run_all(list(bundles()), lambda entry: str(entry[0]), work)


def add(args: Namespace) -> int:
    if args.sha256 is not None and len(args.sources) > 1:
        raise UsageError("--sha256 is that of one zip: add one at a time")

    def work(source: str) -> str:
        with as_folder(source, args.sha256) as folder:
            facts, target = _added(folder, replace=args.force)
        first = find_bundle(facts["name"])
        if _model(first) != facts["model"]:
            note(f"by its name, the bundle in {first} is found first")
        if args.json:
            return json.dumps({"input": source, "output": str(target), **facts})
        return f"{facts['name']}  {facts['model']}  added: {target}"

    return run_all(args.sources, str, work)


def _added(folder: Path, *, replace: bool) -> tuple[dict[str, Any], Path]:
    """Try a bundle out and copy it to the user's folder: what ``try_out`` says of it, and where it is now."""
    facts = try_out(folder)
    target = _home() / facts["name"]
    if not replace and _model(target) not in (None, facts["model"]):
        raise FileExistsError(f"{target} is another bundle of that name (--force replaces it)")
    copy_bundle(folder, target)
    return facts, target


def remove(args: Namespace) -> int:
    home = _home()

    def work(name: str) -> str:
        folder = next((folder for folder in folders_of(home) if name in (folder.name, _model(folder))), None)
        if folder is None:
            raise BundleError(f"it was not added, so it is not removed: {find_bundle(name)}")
        remove_bundle(folder)
        return json.dumps({"input": name, "path": str(folder)}) if args.json else f"{name}  removed: {folder}"

    return run_all(args.names, str, work)


def verify(args: Namespace) -> int:
    def work(name: str) -> str:
        folder = find_bundle(name)
        facts = try_out(folder, args.provider, args.threads)
        if args.json:
            return json.dumps({"path": str(folder), **facts})
        return f"{facts['name']}  {facts['model']}  sound, runs on {facts['provider']}  {folder}"

    return run_all(args.names or [str(folder) for folder, _ in bundles()], str, work)


def try_out(folder: Path, provider: str = "cpu", threads: int = 0) -> dict[str, Any]:
    """Load a bundle and send a small picture through it, both ways: its name, model id and provider.

    Raises:
        LatentCodecError: anything is wrong with it.
    """
    codec = Codec(load_bundle(folder), provider=provider, threads=threads)
    height, width = codec.bundle.facts.image_size or (64, 64)
    ramp = np.linspace(0, 255, height * width).astype(np.uint8).reshape(height, width)
    codec.decode(codec.encode(np.stack([ramp] * CHANNELS[codec.bundle.facts.colour], axis=2).squeeze()))
    return {"name": codec.bundle.name, "model": codec.bundle.model_id.hex(), "provider": codec.provider}


def _model(folder: Path) -> str | None:
    """The model id of the bundle in a folder; None if there is none that can be read."""
    try:
        return read_facts(folder).model_id.hex()
    except BundleError:
        return None


def _home() -> Path:
    """Where added bundles are."""
    home = user_folder()
    if home is None:
        raise OSError(
            "there is no home for bundles: set HOME or XDG_DATA_HOME, or name their folder in LATENTCODEC_BUNDLES"
        )
    return home


def _sha256(text: str) -> str:
    if re.fullmatch("[0-9a-fA-F]{64}", text) is None:
        raise ArgumentTypeError(f"a SHA-256 has 64 hexadecimal digits: not {text!r}")
    return text.lower()
