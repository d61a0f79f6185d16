"""``latentcodec bundles list`` and ``latentcodec doctor``."""

import json
import platform
from argparse import Namespace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from latentcodec import sessions
from latentcodec.bundle import load_bundle
from latentcodec.cli.common import explain
from latentcodec.codec import Codec
from latentcodec.errors import BundleError, LatentCodecError
from latentcodec.facts import CHANNELS, model_id
from latentcodec.search import VARIABLE, bundles, places


def list_bundles(args: Namespace) -> int:
    """Each bundle that is found: name, model id, what it codes, its folder. 1 if one of them cannot be read."""
    status = 0
    for folder, facts in bundles():
        if isinstance(facts, BundleError):
            status = 1
            print(json.dumps({"path": str(folder), "error": explain(facts)}) if args.json else explain(facts))
            continue
        model = model_id(facts).hex()
        if args.json:
            print(json.dumps({"path": str(folder), "model": model, **facts}))
            continue
        size = "any size" if facts["image_size"] is None else "{1}x{0}".format(*facts["image_size"])
        print(f"{facts['name']}  {model}  {facts['colour']}, {size}  {folder}")
        for quantiser, bits in facts["quantisers"].items():
            print(f"  {quantiser}: {', '.join(map(str, bits))} bits")
    return status


def doctor(args: Namespace) -> int:
    """Versions, the provider that is chosen and why, every bundle tried on a small picture. 1 if something fails."""
    import onnxruntime

    report: dict[str, Any] = {
        "latentcodec": version("latentcodec"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "numpy": version("numpy"),
        "pillow": version("pillow"),
        "onnxruntime": onnxruntime.__version__,
        "provider": _provider(args.provider),
        "places": [{"path": str(place), "exists": place.is_dir()} for place in places()],
        "bundles": [_try(folder, args) for folder, _ in bundles()],
    }
    if args.json:
        print(json.dumps(report))
    else:
        _print(report)
    failed = "error" in report["provider"] or any("error" in bundle for bundle in report["bundles"])
    return 1 if failed else 0


def _provider(asked: str) -> dict[str, str]:
    try:
        choice = sessions.choose(asked)
    except LatentCodecError as error:
        return {"asked": asked, "error": explain(error)}
    return {"asked": asked, "chosen": choice.provider, "reason": choice.reason}


def _try(folder: Path, args: Namespace) -> dict[str, str | int]:
    """Load a bundle and send a picture through it, both ways."""
    found: dict[str, str | int] = {"path": str(folder)}
    try:
        codec = Codec(load_bundle(folder), provider=args.provider, threads=args.threads)
        found["name"] = codec.bundle.name
        found["model"] = codec.bundle.model_id.hex()
        height, width = codec.bundle.image_size or (64, 64)
        ramp = np.linspace(0, 255, height * width).astype(np.uint8).reshape(height, width)
        data = codec.encode(np.stack([ramp] * CHANNELS[codec.bundle.colour], axis=2).squeeze())
        codec.decode(data)
        found["provider"] = codec.provider
        found["bytes"] = len(data)
    except (LatentCodecError, ValueError) as error:
        found["error"] = explain(error)
    return found


def _print(report: dict[str, Any]) -> None:
    for key in ("latentcodec", "python", "platform", "numpy", "pillow", "onnxruntime"):
        print(f"{key:<12} {report[key]}")
    provider = report["provider"]
    print(f"{'provider':<12} {provider.get('error') or '{chosen} ({reason})'.format(**provider)}")
    for place in report["places"]:
        print(f"{'bundles in':<12} {place['path']}{'' if place['exists'] else ' (no such folder)'}")
    if not report["bundles"]:
        print(f"no bundle found: {VARIABLE} names further folders")
    for bundle in report["bundles"]:
        if "error" in bundle:
            print(f"  {Path(bundle['path']).name}  FAILS: {bundle['error']}")
        else:
            print(f"  {bundle['name']}  {bundle['model']}  works on {bundle['provider']}")
