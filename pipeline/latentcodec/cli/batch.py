"""A command's work on all its inputs: on threads of this machine or on a Ray cluster, told line by line and, where one
is asked for, in a manifest.
"""

import os
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from operator import attrgetter
from typing import Protocol, TypeVar

from latentcodec import storage
from latentcodec.cli import on_ray
from latentcodec.cli.manifest import Manifest, manifest_at
from latentcodec.cli.outputs import remove_abandoned
from latentcodec.cli.work import Many, Outcome, local_outcomes, print_outcomes, share_cores


class Item(Protocol):
    """What a command works on: one input, or several together."""

    @property
    def name(self) -> str:
        """What messages call it."""

    @property
    def path(self) -> str:
        """What a manifest calls it."""

    @property
    def target(self) -> str | None:
        """The file that is made of it, if one is."""


T = TypeVar("T", bound=Item)


def run_batch(
    args: Namespace,
    items: Many[T],
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
            outcomes = distributed(args, items, make)
        else:
            jobs, threads = share_cores(args.jobs, getattr(args, "threads", 0), len(items))
            outcomes = local_outcomes(items, attrgetter("name"), make(args, threads), jobs)
        return print_outcomes(named(outcomes, manifest), items, on_outcome, quiet=args.quiet)


def distributed(args: Namespace, items: Many[T], make: on_ray.Make) -> Iterator[tuple[T, Outcome]]:
    """Every item with its outcome, in order, from the Ray cluster that ``args.ray`` names. What workers that died have
    half-written beside the outputs is removed, that of a run before this one too.
    """
    folders = set[str]()
    try:
        with closing(on_ray.outcomes(items, make, args)) as outcomes:
            for item, outcome in outcomes:
                if item.target is not None and not storage.is_url(item.target):
                    folders.add(os.path.dirname(item.target) or os.curdir)
                yield item, outcome
    finally:
        remove_abandoned(folders)


def named(outcomes: Iterable[tuple[T, Outcome]], manifest: Manifest | None) -> Iterator[tuple[str, Outcome]]:
    """What came of each name, which goes into a manifest too."""
    for item, outcome in outcomes:
        if manifest is not None:
            manifest.add(item.path, item.target, outcome)
        yield item.name, outcome
