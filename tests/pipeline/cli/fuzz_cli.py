"""Run the command line over odd and damaged inputs: ``python tests/pipeline/cli/fuzz_cli.py [FOLDER] [-n MUTATIONS]``.

Every file of FOLDER (or, without one, a small picture in every type and mode that Pillow writes) and so many mutations
of them, and of the .ltc files that came of them, are encoded with and without loss, described and decoded. It counts
what must not be: a traceback, an exception that nobody foresaw, a command of more than 20 seconds, a status that does
not agree with what was printed and written, and lossless files that do not give back the picture.
"""

import argparse
import contextlib
import io
import os
import random
import signal
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from latentcodec.cli import main

BUNDLE = Path(__file__).parents[2] / "golden/bundles/tiny_rgb"
LONGEST = 20  # seconds that a command may take
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F")


class Hang(BaseException):
    """A command took too long."""


def fuzz(inputs: list[Path], mutations: int, seed: int) -> Counter[str]:
    """Counts of commands and of what went wrong, in the current folder."""
    counts: Counter[str] = Counter()
    files = [path.read_bytes() for path in inputs]
    files += [file for path in inputs for file in _try_picture(path.name, path.read_bytes(), counts)]
    choose = random.Random(seed)
    for number in range(mutations):
        source = choose.randrange(len(files))
        name = inputs[source].name if source < len(inputs) else "coded.ltc"
        content = _mutated(files[source], choose)
        if name.endswith(".ltc"):
            _try_file(f"{number} {name}", content, counts)
        else:
            _try_picture(name, content, counts)
    return counts


def _try_picture(name: str, content: bytes, counts: Counter[str]) -> list[bytes]:
    """Encode a picture both ways; returns the files that came of it."""
    made = []
    Path("in" + Path(name).suffix).write_bytes(content)
    for way in (["--bundle", str(BUNDLE)], ["--lossless"]):
        status = _run(["encode", "in" + Path(name).suffix, "-o", "out.ltc", *way], name, counts, output="out.ltc")
        if status == 0:
            made.append(Path("out.ltc").read_bytes())
            _try_file(name, made[-1], counts)
            if way == ["--lossless"]:
                _check_exact("in" + Path(name).suffix, name, counts)
    return made


def _try_file(name: str, content: bytes, counts: Counter[str]) -> None:
    Path("in.ltc").write_bytes(content)
    for command in ("info", "verify"):
        _run([command, "in.ltc"], name, counts)
    _run(["decode", "in.ltc", "-o", "out.png", "--max-pixels", "4000000"], name, counts, output="out.png")


def _run(arguments: list[str], name: str, counts: Counter[str], output: str = "") -> int:
    """The status of one command, which must agree with what it printed and with the file that it wrote."""
    Path(output or "none").unlink(missing_ok=True)
    out, err = io.StringIO(), io.StringIO()
    status: int | str = "?"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        signal.setitimer(signal.ITIMER_REAL, LONGEST)
        try:
            status = main(arguments)
        except SystemExit as stop:
            status = f"SystemExit {stop.code}"
        except Hang:
            status = "hang"
        except BaseException:
            status = f"traceback: {traceback.format_exc().splitlines()[-1]}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    failures = [line for line in err.getvalue().splitlines() if not line.startswith("latentcodec: note: ")]
    counts[f"{arguments[0]}: status {status}"] += 1
    faults = [
        (status not in (0, 1), f"status {status}"),
        ("unexpected" in err.getvalue(), f"unforeseen: {failures}"),
        (status == 0 and bool(failures), f"done, and yet {failures}"),
        (status == 1 and (len(failures) != 1 or not failures[0].startswith("latentcodec: ")), f"said {failures}"),
        (bool(output) and (status == 0) != Path(output).exists(), f"status {status}, and {output}"),
    ]
    for wrong, text in faults:
        if wrong:
            counts["FAULTS"] += 1
            print(f"{name}: {' '.join(arguments)}: {text}", file=sys.stderr)
            _keep(Path(arguments[1]), f"{counts['FAULTS']}-{name}")
    return status if isinstance(status, int) else 2


def _keep(path: Path, name: str) -> None:
    """Put an input that shows a fault where it stays."""
    folder = Path(tempfile.gettempdir(), "latentcodec-fuzz")
    folder.mkdir(exist_ok=True)
    (folder / name.replace(" ", "-")).write_bytes(path.read_bytes())


def _check_exact(path: str, name: str, counts: Counter[str]) -> None:
    """What was encoded without loss comes back as Pillow reads the picture, as far as that is grey or RGB."""
    with Image.open(path) as original, Image.open("out.png") as decoded:
        if original.mode in ("L", "RGB") and original.getexif().get(0x0112, 1) == 1 and decoded.mode == original.mode:
            counts["exact"] += 1
            if not np.array_equal(np.asarray(original), np.asarray(decoded)):
                counts["FAULTS"] += 1
                print(f"{name}: not what was encoded", file=sys.stderr)


def _mutated(content: bytes, choose: random.Random) -> bytes:
    """Some bytes changed, cut off, repeated or removed."""
    data = bytearray(content)
    for _ in range(choose.choice((1, 1, 2, 5))):
        place = choose.randrange(len(data) + 1)
        kind = choose.randrange(5)
        if kind < 2 and place < len(data):
            data[place] = choose.choice((choose.randrange(256), 0, 255, data[place] ^ 1 << choose.randrange(8)))
        elif kind == 2:
            del data[place:]
        elif kind == 3:
            del data[place : place + choose.randrange(1, 9)]
        else:
            data[place:place] = data[place : place + choose.randrange(1, 65)]
    return bytes(data)


def pictures() -> Iterator[Path]:
    """A picture of 48x64 in every type and mode that Pillow writes, in the current folder."""
    y, x = np.mgrid[:48, :64]
    colour = Image.fromarray(np.stack([4 * x, 5 * y, 2 * (x + y)], axis=2).astype(np.uint8))
    for suffix, kind in Image.registered_extensions().items():
        for mode in (
            ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F") if kind in Image.SAVE else ()
        ):
            path = Path(f"{mode.replace(';', '')}{suffix}")
            with contextlib.suppress(Exception):  # not every type holds every mode
                (colour.convert("I").convert(mode) if mode == "I;16" else colour.convert(mode)).save(path)
                yield path


def run() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("-n", "--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    inputs = sorted(path.resolve() for path in args.folder.iterdir() if path.is_file()) if args.folder else None

    def hang(*_: object) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, hang)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        counts = fuzz(inputs or list(pictures()), args.mutations, args.seed)
    for name, number in sorted(counts.items()):
        print(f"{number:7}  {name}")
    return 1 if counts["FAULTS"] else 0


if __name__ == "__main__":
    os.environ |= {"OMP_NUM_THREADS": "1", "LATENTCODEC_BUNDLES": str(BUNDLE)}
    sys.exit(run())
