"""Many pictures on a Ray cluster: the commands of the same names with ``--ray``, for a program.

    import latentcodec.ray

    rows = latentcodec.ray.encode("s3://bucket/photos/", "s3://bucket/coded/", quality=70)
    rows.filter(pyarrow.compute.is_valid(rows["error"]))      # what failed, and why

Ray is connected to already, or ``address`` says where it is: "host:6379", "ray://host:10001", "auto", "local", or ""
for the cluster that Ray knows, or else a local one. Each returns a ``pyarrow.Table`` with a row for every picture, in
the order of the sources: ``latentcodec.cli.manifest.COLUMNS``. A picture that fails does not stop the others, and what
is there already is not made again.

Needs the extra ``latentcodec[ray]``; each node of the cluster needs this package in the same version.
"""

import os
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from latentcodec.cli import decode as decoding
from latentcodec.cli import encode as encoding
from latentcodec.cli.batch import Item, distributed, named
from latentcodec.cli.inputs import FILES_AND_PACKS, expand
from latentcodec.cli.inspect import Verifier
from latentcodec.cli.main import build_parser
from latentcodec.cli.manifest import Manifest, manifest_at, read_table
from latentcodec.cli.messages import UsageError
from latentcodec.cli.on_ray import Make
from latentcodec.cli.options import load_plugin
from latentcodec.cli.work import Bar, Many
from latentcodec.settings import EncodeOptions

__all__ = ["decode", "encode", "verify"]

Location = str | os.PathLike[str]
"""A path, or a URL."""
Sources = Location | Iterable[Location]
"""A folder, a file, a shard or a pattern; or the names of files and shards."""


class Options(TypedDict, total=False):
    """What all three take; everything else means what the command's option of that name does."""

    address: str
    """The cluster, "" unless told."""
    root: Location
    """The folder that names of files are relative to, and below which they have their places: with it
    "summer/a.png" becomes "summer/a.ltc" in ``out``, and "a.ltc" without it."""
    manifest: Location
    """Where the rows are written too, when all is done."""
    jobs: int
    bundle: Location


class WritingOptions(Options, total=False):
    threads: int
    provider: str
    force: bool
    no_clobber: bool
    plugin: list[str]


class RayEncodeOptions(WritingOptions, EncodeOptions, total=False):
    lossless: bool
    auto: bool


class RayDecodeOptions(WritingOptions, total=False):
    region: tuple[int, int, int, int]
    max_pixels: int


class RayVerifyOptions(Options, total=False):
    max_pixels: int


def encode(sources: Sources, out: Location | None = None, **options: Unpack[RayEncodeOptions]) -> Any:
    """Pictures to .ltc files in the folder ``out``, or beside the pictures.

    Raises:
        ValueError: options that do not exist or do not go together, no such bundle or cluster, or nodes that cannot do
            the work; no picture is the reason.
    """
    with _usage_as_value_error():
        args = _arguments("encode", sources, out, **options)
        return _rows(args, encoding.prepare(args), encoding.Encoder)


def decode(sources: Sources, out: Location | None = None, **options: Unpack[RayDecodeOptions]) -> Any:
    """.ltc files to PNG files in the folder ``out``, or beside them; raises as ``encode``."""
    with _usage_as_value_error():
        args = _arguments("decode", sources, out, **options)
        return _rows(args, *decoding.prepare(args))


def verify(sources: Sources, **options: Unpack[RayVerifyOptions]) -> Any:
    """Check .ltc and .ltcp files; raises as ``encode``."""
    with _usage_as_value_error():
        args = _arguments("verify", sources, None, **options)
        return _rows(args, expand(args.inputs, FILES_AND_PACKS, args.files_from), Verifier)


def _arguments(
    command: str,
    sources: Sources,
    out: Location | None,
    root: Location | None = None,
    address: str = "",
    **options: Any,
) -> Namespace:
    """What the command line would make of them."""
    args = build_parser().parse_args([command])
    if unknown := options.keys() - vars(args).keys():
        raise UsageError(f"{command} has no option {', '.join(sorted(unknown))}")
    paths = {key: os.fspath(options[key]) for key in ("bundle", "manifest") if options.get(key) is not None}
    inputs, names = [] if root is None else [os.fspath(root)], None
    if isinstance(sources, str | os.PathLike):
        inputs = [os.fspath(sources)]
    else:
        names = [os.fspath(source) for source in sources]
    output = None if out is None else os.path.join(os.fspath(out), "")
    vars(args).update({**options, **paths, "inputs": inputs, "files_from": names, "output": output, "ray": address})
    for plugin in options.get("plugin", ()):
        load_plugin(plugin)
    return args


def _rows(args: Namespace, items: Many[Item], make: Make) -> Any:
    """Do the work; a row for each item."""
    manifest = Manifest()
    with manifest_at(args.manifest, getattr(args, "force", False), manifest), Bar(items) as bar:
        for done, _ in enumerate(named(distributed(args, items, make), manifest), start=1):
            bar.draw(done)
    return read_table(manifest.content())


@contextmanager
def _usage_as_value_error() -> Iterator[None]:
    """Wrong usage is a ValueError in Python."""
    try:
        yield
    except UsageError as error:
        raise ValueError(str(error)) from error
