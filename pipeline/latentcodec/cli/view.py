"""``latentcodec view``: .ltc files in the system's viewer of pictures."""

import os
import shutil
import subprocess
import sys
import tempfile
from argparse import Namespace
from operator import attrgetter
from pathlib import Path
from typing import Any

from latentcodec import api
from latentcodec.cli import options
from latentcodec.cli.inputs import FILES, Input, expand, read_ltc
from latentcodec.cli.outputs import STDIO
from latentcodec.cli.work import Outcome, run_all
from latentcodec.errors import LatentCodecError
from latentcodec.pictures.write import to_file

_OPENERS = ("xdg-open", "open")  # of Linux and other free systems, and of macOS


def declare(verbs: Any) -> None:
    command = options.add_command(
        verbs, "view", "show .ltc files in the system's viewer of pictures", view,
        "view photo.ltc",
        "cat photo.ltc | latentcodec view -",
    )  # fmt: skip
    command.add_argument("inputs", nargs="*", metavar="FILE", help="a .ltc file, a folder of them, or '-' for stdin")
    options.add_list(command)
    options.add_decoding(command)


def view(args: Namespace) -> int:
    opener = _opener()

    def work(source: Input) -> Outcome:
        picture = api.decode(read_ltc(source), bundle=args.bundle, max_pixels=args.max_pixels)
        # Each in a folder of its own, which stays: nobody says when a viewer has been closed.
        name = "stdin" if source.path == STDIO else Path(source.path).stem
        shown = Path(tempfile.mkdtemp(prefix="latentcodec-view-"), f"{name}.png")
        shown.write_bytes(to_file(picture, "PNG"))
        _open(opener, shown)
        return Outcome(f"{source.name}: {shown}")

    return run_all(expand(args.inputs, FILES, args.files_from), attrgetter("name"), work)


def _opener() -> str:
    """The program that opens a file as a click on it does; "" for Windows, which does it by itself."""
    if sys.platform == "win32":
        return ""
    found = next(filter(None, map(shutil.which, _OPENERS)), None)
    if found is None:
        raise LatentCodecError(
            f"no program opens pictures here: install xdg-utils ({_OPENERS[0]}), or use `latentcodec decode`"
        )
    return found


def _open(opener: str, picture: Path) -> None:
    if sys.platform == "win32":
        os.startfile(picture)
        return
    done = subprocess.run([opener, str(picture)], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        message = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
        raise LatentCodecError(f"{Path(opener).name} does not show {picture}: {message}")
