"""Where bundles are looked for: those released with the package, then the folders of ``LATENTCODEC_BUNDLES``, then the
user's own folder, which ``latentcodec bundles add`` fills.

Each of these places is a folder of bundles (or a bundle itself). A path that is given is taken as it is.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latentcodec.bundle.bundle import read_facts
from latentcodec.bundle.facts import model_id
from latentcodec.errors import BundleError, UnknownModelError

VARIABLE = "LATENTCODEC_BUNDLES"

DEFAULT = "photo-v2"
"""The bundle that encodes when none is named."""
LOSSLESS = "grey-v1"
"""The one that does so without loss."""

Name = str | os.PathLike[str]
"""A bundle: its name, its model id in hexadecimal, or the path of its folder."""

_RELEASED = Path(__file__).resolve().parents[1] / "bundles"  # in the source tree a link to exports/release
_HELP = (
    "add it with `latentcodec bundles add FOLDER`, give its folder (bundle=..., on the command line --bundle), "
    f"or name the folder that holds it in {VARIABLE}"
)


def places() -> list[Path]:
    """The folders that are searched, in order; they need not exist."""
    named = [Path(folder) for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]
    return [_RELEASED, *named, user_folder()]


def user_folder() -> Path:
    """Where ``latentcodec bundles add`` puts bundles: with the user's data, as the platform has it."""
    home = Path(os.path.expanduser("~"))
    if chosen := os.environ.get("XDG_DATA_HOME"):
        data = Path(chosen)
    elif sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        data = home / ".local" / "share"
    return data / "latentcodec" / "bundles"


def bundles() -> Iterator[tuple[Path, dict[str, Any] | BundleError]]:
    """Every bundle that can be found: its folder and its facts, or what is wrong with them."""
    for place in places():
        for folder in _folders(place):
            try:
                yield folder, read_facts(folder)
            except BundleError as error:
                yield folder, error


def find_bundle(wanted: str | os.PathLike[str] | bytes) -> Path:
    """The folder of a bundle.

    Args:
        wanted: a name ("ae2"), a model id (4 bytes, or 8 hexadecimal digits), or the path of a bundle's folder.

    Raises:
        UnknownModelError: there is no such bundle; says where it was looked for and how to give one.
        BundleError: the one of that name has a codec.json that cannot be read.
    """
    identifier = _identifier(wanted)
    for folder, facts in bundles():
        if isinstance(facts, BundleError):
            if folder.name == wanted:
                raise facts
        elif facts["name"] == wanted or model_id(facts) == identifier:
            return folder
    if not isinstance(wanted, bytes) and (Path(wanted) / "codec.json").is_file():
        return Path(wanted)
    what = f"the model id {wanted.hex()}" if isinstance(wanted, bytes) else f"the name, id or path {str(wanted)!r}"
    raise UnknownModelError(f"no bundle with {what}; looked in {_looked_in()}; {_HELP}")


def default_bundle(*, lossless: bool = False) -> Path:
    """The bundle that encodes when none is named: the released one called ``DEFAULT``, or ``LOSSLESS``.

    Raises:
        UnknownModelError: it is not there.
    """
    return find_bundle(LOSSLESS if lossless else DEFAULT)


def _folders(place: Path) -> list[Path]:
    if (place / "codec.json").is_file():
        return [place]
    found = sorted(path.parent for path in place.glob("*/codec.json")) if place.is_dir() else []
    return [folder for folder in found if not folder.name.startswith(".")]  # those are half-written


def _identifier(wanted: str | os.PathLike[str] | bytes) -> bytes | None:
    if isinstance(wanted, bytes):
        return wanted
    return bytes.fromhex(wanted) if isinstance(wanted, str) and re.fullmatch("[0-9a-f]{8}", wanted) else None


def _looked_in() -> str:
    return ", ".join(str(place) for place in places())
