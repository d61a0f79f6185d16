"""A command's work on all its inputs: on threads of this machine, or on a Ray cluster."""

from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TypeVar

from latentcodec.cli import on_ray
from latentcodec.cli.inputs import Input
from latentcodec.cli.messages import UsageError
from latentcodec.cli.outputs import STDIO
from latentcodec.cli.plan import Job
from latentcodec.cli.work import Outcome, run_all, share_cores, tell

Item = TypeVar("Item", Job, Input)


def run_batch(
    args: Namespace,
    items: Sequence[Item],
    make: on_ray.Make,
    heed: Callable[[Outcome], None] = lambda outcome: None,
) -> int:
    """Do a command's work for every item and print what came of it, in the items' order.

    Args:
        make: makes the work, of the options and a number of threads.
        heed: is told every outcome.

    Returns:
        The exit status: 1 if an item failed.
    """
    if args.ray is None:
        jobs, threads = share_cores(args.jobs, getattr(args, "threads", 0), len(items))
        return run_all(items, _name, make(args, threads), heed, jobs=jobs, quiet=args.quiet)
    if STDIO in (items[0].path, items[0].target):
        raise UsageError("--ray: stdin and stdout are of this machine alone: name files")
    named = zip(map(_name, items), on_ray.outcomes(items, make, args), strict=True)
    return tell(named, len(items), heed, quiet=args.quiet)


def _name(item: Item) -> str:
    return item.name
