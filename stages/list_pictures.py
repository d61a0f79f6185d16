"""List one's own pictures, so that DVC notices new ones: ``python -m stages.list_pictures``.

Writes build/data/pictures.json: name, bytes and time (ns) of every picture below data.folder where data.photos is
``folder``, else an empty list. It runs at every ``dvc repro``; what depends on it runs when the list is another.
"""

import json
from pathlib import Path

from stages.datasets.dataset import DataError
from stages.datasets.folder import find_pictures
from stages.params import Data, load_params


def listing(settings: Data) -> list[tuple[str, int, int]]:
    """``settings`` is the data block of params.yaml. Raises DataError: no such folder, or no picture in it."""
    if settings["photos"] != "folder" or not settings["folder"]:
        return []
    folder = Path(settings["folder"])
    facts = [(path, path.stat()) for path in find_pictures(folder)]
    return [(str(path.relative_to(folder)), fact.st_size, fact.st_mtime_ns) for path, fact in facts]


if __name__ == "__main__":
    try:
        pictures = listing(load_params()["data"])
    except DataError as error:
        raise SystemExit(f"list_pictures: {error}") from None
    out = Path("build/data/pictures.json")
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(pictures, indent=1) + "\n")
