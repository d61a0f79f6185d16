"""Ray clusters of several nodes on this machine."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import pytest

T = TypeVar("T")


def tried(start: Callable[[], T], times: int = 3) -> T:
    """What starts a node: tried again, since Ray gives its processes 15 seconds, which a busy machine may not have."""
    for _ in range(times - 1):
        with suppress(Exception):  # Ray has no kind of its own
            return start()
    return start()


@contextmanager
def ray_cluster(nodes: int, **head: Any) -> Iterator[Any]:
    """A ``ray.cluster_utils.Cluster`` of so many nodes with a core each.

    Args:
        head: what else its first node is told.
    """
    pytest.importorskip("ray", reason="Ray, of the extra latentcodec[ray], is not installed")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one below the home folder
        cluster = Cluster()
        while len(cluster.list_all_nodes()) < nodes:
            options = {} if cluster.head_node else {"include_dashboard": False, **head}
            tried(partial(cluster.add_node, num_cpus=1, **options))
        yield cluster
        cluster.shutdown()
