"""Ray clusters of several nodes on this machine."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

_TRIES = 3
"""Ray gives its processes 15 seconds to start, which on a busy machine is not enough."""


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
            _add_node(cluster, **({} if cluster.head_node else {"include_dashboard": False, **head}))
        yield cluster
        cluster.shutdown()


def _add_node(cluster: Any, **options: Any) -> None:
    for _ in range(_TRIES - 1):
        with suppress(Exception):  # Ray has no kind of its own
            cluster.add_node(num_cpus=1, **options)
            return
    cluster.add_node(num_cpus=1, **options)
