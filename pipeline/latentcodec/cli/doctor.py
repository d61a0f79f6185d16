"""``latentcodec doctor``: versions, the provider and why, and every bundle tried out."""

import json
import platform
from argparse import Namespace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from latentcodec.bundle.find import VARIABLE, bundles, search_folders
from latentcodec.cli import options
from latentcodec.cli.bundles import try_out
from latentcodec.cli.messages import explain, say
from latentcodec.cli.work import cores
from latentcodec.errors import LatentCodecError
from latentcodec.transform import sessions


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "doctor", "versions, provider and bundles, each tried out", doctor,
        "doctor",
        "doctor --provider cuda                      # fails where CUDA does not become active, and says why",
    )  # fmt: skip
    options.add_running(command)
    options.add_json(command)


def doctor(args: Namespace) -> int:
    report: dict[str, Any] = {
        "latentcodec": version("latentcodec"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": cores(),
        "numpy": version("numpy"),
        "pillow": version("pillow"),
        "onnxruntime": sessions.import_onnxruntime().__version__,
        "provider": _provider(args.provider),
        "places": [{"path": str(place), "exists": place.is_dir()} for place in search_folders()],
        "bundles": [_try(folder, args) for folder, _ in bundles()],
    }
    if args.json:
        say(json.dumps(report))
    else:
        _print(report)
    failed = "error" in report["provider"] or any("error" in bundle for bundle in report["bundles"])
    return 1 if failed else 0


def _provider(name: str) -> dict[str, str]:
    try:
        choice = sessions.choose(name)
    except LatentCodecError as error:
        return {"asked": name, "error": explain(error)}
    return {"asked": name, "chosen": choice.provider, "reason": choice.reason}


def _try(folder: Path, args: Namespace) -> dict[str, Any]:
    try:
        return {"path": str(folder), **try_out(folder, args.provider, args.threads)}
    except Exception as error:
        return {"path": str(folder), "error": explain(error)}


def _print(report: dict[str, Any]) -> None:
    for key in ("latentcodec", "python", "platform", "cores", "numpy", "pillow", "onnxruntime"):
        say(f"{key:<12} {report[key]}")
    provider = report["provider"]
    say(f"{'provider':<12} {provider.get('error') or '{chosen} ({reason})'.format(**provider)}")
    for place in report["places"]:
        say(f"{'bundles in':<12} {place['path']}{'' if place['exists'] else ' (no such folder)'}")
    if not report["bundles"]:
        say(f"no bundle found: latentcodec bundles add FOLDER adds one, {VARIABLE} names further folders")
    for bundle in report["bundles"]:
        if "error" in bundle:
            say(f"  {Path(bundle['path']).name}  FAILS: {bundle['error']}")
        else:
            say(f"  {bundle['name']}  {bundle['model']}  works on {bundle['provider']}")
