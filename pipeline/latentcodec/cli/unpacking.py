"""``latentcodec pack extract``."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from latentcodec import api
from latentcodec.cli import notes
from latentcodec.cli.errors import UsageError, count
from latentcodec.cli.files import save
from latentcodec.cli.inputs import name_of, readable
from latentcodec.cli.outputs import STDIO, write_output
from latentcodec.cli.running import run_all
from latentcodec.container.read import read


def extract(args: Namespace) -> int:
    if args.input == STDIO and args.output is None:
        raise UsageError("what comes from stdin needs a folder: -o")
    folder = Path(args.output or Path(args.input).with_suffix(""))
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is no folder")
    data = read(readable(args.input))
    names = api.pack_names(data)
    total = api.info(data)["count"]
    wanted = _wanted(args, names, total)
    codec = api.codec_for(data, args.bundle, args.max_pixels, args.provider, args.threads)
    pictures = dict(zip(wanted, codec.decode_pack(data, wanted, max_pixels=args.max_pixels), strict=True))

    def work(number: int) -> str:
        name = f"{number:0{len(str(total - 1))}}"
        if names is not None and is_safe(names[number]):
            name = names[number]
        elif names is not None:
            notes.add(f"its name {names[number]!r} is not one for a file: it is written as {name}")
        write_output(
            f"{folder / name}.png", save(Image.fromarray(pictures[number]), "PNG"), args.force, create_folder=True
        )
        return ""

    status = run_all(wanted, lambda number: f"picture {number}", work)
    if not status:
        print(f"{name_of(args.input)} -> {folder}: {count(len(wanted), 'picture')}")
    return status


def is_safe(name: str) -> bool:
    """Whether a name from a file that anybody may have made names a file below a folder, on any platform."""
    parts = name.split("/")
    return name.isprintable() and not set(name) & set('\\:*?"<>|') and all(part.strip(" .") for part in parts)


def _wanted(args: Namespace, names: Sequence[str] | None, total: int) -> list[int]:
    """The numbers of the pictures that are asked for, by name or number, each once.

    Raises:
        UsageError: there is no such picture.
    """
    if not args.names and args.pictures is None:
        return list(range(total))
    if args.names and names is None:
        raise UsageError("the pack has no names: --pictures takes numbers")
    known = {name: number for number, name in enumerate(names or ())}
    for name in args.names:
        if name not in known:
            raise UsageError(f"the pack has no picture called {name!r}")
    for number in args.pictures or ():
        if number >= total:
            raise UsageError(f"the pack holds pictures 0 to {total - 1}, there is no picture {number}")
    return list(dict.fromkeys([*(known[name] for name in args.names), *(args.pictures or ())]))
