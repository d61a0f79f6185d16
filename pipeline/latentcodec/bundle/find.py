"""Where bundles are looked for: those released with the package, then the folders of ``LATENTCODEC_BUNDLES``, then the
user's own folder, which ``latentcodec bundles add`` fills.

Each of these places is a folder of bundles (or a bundle itself). A path that is given is taken as it is.
"""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from latentcodec.bundle.bundle import read_facts
from latentcodec.bundle.facts import Facts
from latentcodec.errors import BundleError, UnknownModelError

VARIABLE = "LATENTCODEC_BUNDLES"

DEFAULT_BUNDLE = "photo-v3"
"""The bundle that encodes when none is named."""
LOSSLESS_BUNDLE = "lossless-v1"
"""The one that does so without loss."""

Name = str | os.PathLike[str]
"""A bundle: its name, its model id in hexadecimal, or the path of its folder."""

_RELEASED = Path(__file__).resolve().parents[1] / "bundles"  # in the source tree a link to exports/release
_HELP = (
    "add it with `latentcodec bundles add FOLDER`, give its folder (bundle=..., on the command line --bundle), "
    f"or name the folder that holds it in {VARIABLE}"
)


def search_folders() -> list[Path]:
    """The folders that are searched, in order; they need not exist."""
    from_variable = [Path(folder) for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]
    added = user_folder()
    return [_RELEASED, *from_variable, *([] if added is None else [added])]


def user_folder() -> Path | None:
    """Where ``latentcodec bundles add`` puts bundles: with the user's data, as the platform has it; None for a user
    without a home."""
    data = os.environ.get("XDG_DATA_HOME") or os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "")
    if data and os.path.isabs(data):  # the XDG specification has others ignored
        return Path(data) / "latentcodec" / "bundles"
    home = Path(os.path.expanduser("~"))
    if not home.is_absolute() or os.environ.get("HOME") == "":  # which Python takes for the root folder
        return None
    data_of = {"win32": home / "AppData" / "Local", "darwin": home / "Library" / "Application Support"}
    return data_of.get(sys.platform, home / ".local" / "share") / "latentcodec" / "bundles"


def bundles() -> Iterator[tuple[Path, Facts | BundleError]]:
    """Every bundle that can be found: its folder and its facts, or what is wrong with them."""
    for place in search_folders():
        for folder in folders_of(place):
            try:
                yield folder, read_facts(folder)
            except BundleError as error:
                yield folder, error


def find_bundle(name: str | os.PathLike[str] | bytes) -> Path:
    """The folder of a bundle.

    Args:
        name: a name ("photo-v3"), a model id (4 bytes, or 8 hexadecimal digits), or the path of a bundle's folder.

    Raises:
        UnknownModelError: there is no such bundle; says where it was looked for and how to give one.
        BundleError: the one of that name has a codec.json that cannot be read.
    """
    if not isinstance(name, str | os.PathLike | bytes):
        raise TypeError(f"a bundle is given by its name, its model id or its path, not as {type(name).__name__}")
    identifier = _identifier(name)
    for folder, facts in bundles():
        if isinstance(facts, BundleError):
            if folder.name == name:
                raise facts
        elif facts.name == name or facts.model_id == identifier:
            return folder
    if not isinstance(name, bytes) and (Path(name) / "codec.json").is_file():
        return Path(name)
    what = f"the model id {name.hex()}" if isinstance(name, bytes) else f"the name, id or path {str(name)!r}"
    raise UnknownModelError(f"no bundle with {what}; looked in {_searched_places()}; {_HELP}")


def default_bundle(*, lossless: bool = False) -> Path:
    """The bundle that encodes when none is named: the released one called ``DEFAULT_BUNDLE``, or ``LOSSLESS_BUNDLE``.

    Raises:
        UnknownModelError: it is not there.
    """
    return find_bundle(LOSSLESS_BUNDLE if lossless else DEFAULT_BUNDLE)


def folders_of(place: Path) -> list[Path]:
    """The folders of the bundles in a place, sorted."""
    if (place / "codec.json").is_file():
        return [place]
    found = sorted(path.parent for path in place.glob("*/codec.json")) if place.is_dir() else []
    return [folder for folder in found if not folder.name.startswith(".")]  # those are half-written


def _identifier(name: str | os.PathLike[str] | bytes) -> bytes | None:
    if isinstance(name, bytes):
        return name
    return bytes.fromhex(name) if isinstance(name, str) and re.fullmatch("[0-9a-f]{8}", name) else None


def _searched_places() -> str:
    return ", ".join(str(place) for place in search_folders())
