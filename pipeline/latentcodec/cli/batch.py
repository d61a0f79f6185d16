"""A command's work on all its inputs: on threads of this machine or on a Ray cluster, told line by line and, where one
is asked for, in a manifest.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TypeVar

from latentcodec import storage
from latentcodec.cli import on_ray
from latentcodec.cli.inputs import Input
from latentcodec.cli.manifest import Manifest, manifest_at
from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO, remove_abandoned
from latentcodec.cli.plan import Job
from latentcodec.cli.work import Outcome, local_outcomes, print_outcomes, share_cores

Item = TypeVar("Item", Job, Input)


def run_batch(
    args: Namespace,
    items: Sequence[Item],
    make: on_ray.Make,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> int:
    """Do a command's work for every item and print what came of it, in the items' order.

    Args:
        make: makes the work, of the options and a number of threads.
        on_outcome: is told every outcome.

    Returns:
        The exit status: 1 if an item failed.
    """
    manifest = Manifest() if args.manifest is not None else None
    with manifest_at(args.manifest, getattr(args, "force", False), manifest):
        if args.ray is not None:
            outcomes = distributed(args, items, make, manifest)
        else:
            jobs, threads = share_cores(args.jobs, getattr(args, "threads", 0), len(items))
            outcomes = _recorded(items, local_outcomes(items, _name, make(args, threads), jobs), manifest)
        return print_outcomes(zip(map(_name, items), outcomes, strict=True), len(items), on_outcome, quiet=args.quiet)


def distributed(
    args: Namespace, items: Sequence[Item], make: on_ray.Make, manifest: Manifest | None
) -> Iterator[Outcome]:
    """The outcome of every item, in order, from the Ray cluster that ``args.ray`` names. What workers that died have
    half-written beside the outputs is removed, that of a run before this one too.
    """
    if STDIO in (items[0].path, items[0].target):
        raise UsageError("--ray: stdin and stdout are of this machine alone: name files")
    folders = set[str]()
    try:
        with closing(on_ray.outcomes(items, make, args)) as outcomes:
            for item, outcome in zip(items, _recorded(items, outcomes, manifest), strict=True):
                if item.target is not None and not storage.is_url(item.target):
                    folders.add(os.path.dirname(item.target) or os.curdir)
                yield outcome
    finally:
        remove_abandoned(folders)


def _recorded(items: Sequence[Item], outcomes: Iterator[Outcome], manifest: Manifest | None) -> Iterator[Outcome]:
    for item, outcome in zip(items, outcomes, strict=True):
        if manifest is not None:
            manifest.add(item.path, item.target, outcome)
        yield outcome


def _name(item: Item) -> str:
    return item.name
