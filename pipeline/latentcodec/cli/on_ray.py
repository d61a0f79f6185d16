"""Work on many inputs on a Ray cluster: the outcomes, in order, that ``run_all`` has of threads on one machine.

Plain actors rather than Ray Data. A row here is a name: its pixels are read, coded and written where the actor is, and
what comes back is a line of text, so there are no blocks to move, to hold back or to spill. In return the driver
keeps the order of the inputs, sees each result as it comes, and when a worker is lost knows which picture it had in
hand: that one is tried again alone and after three lost workers is an input that failed, where a data set would fail as
a whole.

An actor has one process with one bundle, on a core or on a GPU. A lost one is not restarted by Ray, whose tasks would
wait for it: it is replaced, and its work goes to those that are there.
"""

import importlib
import math
import os
import signal
import socket
import tempfile
import time
from argparse import Namespace
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from latentcodec import storage
from latentcodec.bundle.find import VARIABLE
from latentcodec.cli.messages import UsageError, about, count, report
from latentcodec.cli.options import load_plugin
from latentcodec.cli.outputs import STDIO, as_stdout
from latentcodec.cli.work import Many, Outcome, Work, attempting, warnings_as_notes

_IN_HAND = 2
"""Batches that a worker has at once: one to work on, and the next."""
_LARGEST = 32
"""Inputs in a batch."""
_SECONDS = 1.0
"""What a batch should take."""
_AHEAD = 256
"""Inputs for each worker that may be done before an earlier one is."""
_LOST = 3
"""Workers that an input may cost."""
_FAILED_STARTS = 3
_INTERVAL = 5.0
"""Seconds after which the cluster is looked at again."""
_PATIENCE = 30.0
"""Seconds without any worker after which that is said."""
_ANSWER = 20.0
"""Seconds that a cluster has to answer."""
_SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""An empty frame of settings; the fourth byte is the frame's type (RFC 9113, sections 4.1 and 6.5)."""
_ANOTHER_TOKEN = "wants another token than this machine has in RAY_AUTH_TOKEN or ~/.ray/auth_token"

Make = Callable[[Namespace, int], Work[Any]]
"""Makes the work of a command from its options and a number of threads: the class ``Encoder``, for example."""


def outcomes(items: Many[Any], make: Make, args: Namespace) -> Generator[tuple[Any, Outcome]]:
    """Every item with its outcome, in order, from workers on the cluster that ``args.ray`` names.

    Args:
        items: each has a ``name``, and a ``target`` or None.

    Raises:
        UsageError: Ray is not installed, there is no such cluster, or its nodes cannot do the work.
    """
    if STDIO in args.inputs or (getattr(args, "output", None) and as_stdout(args.output) == STDIO):
        raise UsageError("--ray: stdin and stdout are of this machine alone: name files")
    with _connected(args.ray) as ray:
        yield from _Pool(ray, items, _Setup.of(make, args)).outcomes()


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Ray, connected to a cluster, which is one of this process's own where neither ``address`` nor Ray knows one."""
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "1")  # who asks for no GPU sees none
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent to whom the user has not named
    try:
        ray: Any = importlib.import_module("ray")
    except ImportError as error:
        raise UsageError("--ray needs Ray: pip install 'latentcodec[ray]'") from error
    if ray.is_initialized():
        yield ray
        return
    handler = signal.getsignal(signal.SIGTERM)
    _connect(ray, address)
    with suppress(ValueError, TypeError):  # not on the main thread, or none of Python's
        signal.signal(signal.SIGTERM, handler)
    try:
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    """Raises:
    UsageError: no cluster answers there, or it refuses this machine's token.
    """
    place = address or "the address that Ray knows"
    _check_address(address or os.environ.get("RAY_ADDRESS", ""))
    with tempfile.TemporaryFile() as said:
        try:
            with _stderr_to(said.fileno()):
                ray.init(address or None, log_to_driver=False, logging_level="error", **_quiet(address))
        except Exception as error:
            said.seek(0)
            lines = said.read()
            if b"Unauthenticated" in lines:
                raise UsageError(f"--ray: the cluster at {place} {_ANOTHER_TOKEN}") from error
            os.write(2, lines)
            raise UsageError(f"--ray: no cluster answers at {place}: {error}") from error


def _check_address(address: str) -> None:
    """Ray itself waits for a quarter of an hour where it gets no answer.

    Its servers speak gRPC and thereby HTTP/2, where a connection begins with a preface and the settings of both sides
    (RFC 9113, section 3.4).

    Raises:
        UsageError: an address leads to no server of Ray's.
    """
    try:
        place = urlsplit("//" + address.removeprefix("ray://"))
        if place.port is None:
            return
        with socket.create_connection((place.hostname, place.port), _ANSWER) as connection:
            connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _SETTINGS)
            if connection.recv(len(_SETTINGS))[3:4] == _SETTINGS[3:4] or "RAY_USE_TLS" in os.environ:
                return
        reason = "what is there does not speak as Ray's servers do"
    except TimeoutError:
        reason = f"nothing came from there within {_ANSWER:.0f} seconds"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise UsageError(f"--ray: no cluster answers at {address}: {reason}")


@contextmanager
def _stderr_to(file: int) -> Iterator[None]:
    """Have in a file what is written to stderr, by Ray's C++ too."""
    stderr = os.dup(2)
    os.dup2(file, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)


def _quiet(address: str) -> dict[str, Any]:
    return {} if address.startswith("ray://") else {"include_dashboard": False}


@dataclass(frozen=True)
class _Setup:
    """What a worker needs to do as the command would do here."""

    make: Make
    args: Namespace
    folder: str
    bundles: str | None
    version: str

    @classmethod
    def of(cls, make: Make, args: Namespace) -> "_Setup":
        plain = {key: value for key, value in vars(args).items() if key not in ("run", "command", "parser")}
        make(Namespace(**{**plain, "provider": "cpu"}), 1)  # wrong options are told before a cluster is asked
        return cls(make, Namespace(**plain), os.getcwd(), os.environ.get(VARIABLE), version("latentcodec"))

    @property
    def threads(self) -> int:
        return getattr(self.args, "threads", 0) or 1

    @property
    def may_use_gpus(self) -> bool:
        return getattr(self.args, "provider", "cpu") != "cpu"


class Worker:
    """An actor: one process with one bundle. Its outcomes are those of the command on its node."""

    def prepare(self, setup: _Setup, at_once: int) -> None:
        """Stand where the command stands, and load what it works with.

        Raises:
            UsageError: the node has another version of this package, or lacks a plugin or the bundle.
        """
        node = f"{os.uname().nodename if hasattr(os, 'uname') else 'a node'}"
        if version("latentcodec") != setup.version:
            raise UsageError(f"{node} has latentcodec {version('latentcodec')}, this machine {setup.version}")
        with suppress(OSError):  # of URLs and whole paths nothing is relative to it
            os.chdir(setup.folder)
        if setup.bundles is not None:
            os.environ[VARIABLE] = setup.bundles
        for plugin in getattr(setup.args, "plugin", None) or ():
            load_plugin(plugin)
        self._pool = ThreadPoolExecutor(at_once)
        self._attempt = attempting(lambda item: str(item.name), setup.make(setup.args, setup.threads))

    def attempt(self, items: list[Any]) -> list[Outcome]:
        with warnings_as_notes():
            return list(self._pool.map(self._attempt, items))


@dataclass(eq=False)
class _Batch:
    """Items that a worker is given at once; ``lost`` workers died of it."""

    start: int
    items: list[Any]
    lost: int = 0


@dataclass(eq=False)
class _Handle:
    """A worker as the driver sees it, with what it has in hand, the first of which it is working on."""

    actor: Any
    ready: bool = False
    shares_files: bool = False
    """Whether what it writes is there on this machine too, as far as is known."""
    batches: deque[_Batch] = field(default_factory=deque)


@dataclass(frozen=True)
class _Size:
    """How many workers the cluster has room for, and what each of them asks for."""

    workers: int
    options: dict[str, float]
    at_once: int


def measure(nodes: list[dict[str, Any]], threads: int, may_use_gpus: bool) -> _Size:
    """A worker for each GPU where there is one, with its share of the node's cores to read and write beside it; else
    for as many cores as the networks have threads.

    Args:
        nodes: as ``ray.nodes()`` describes them.
    """
    resources = [node["Resources"] for node in nodes if node["Alive"]]
    gpus = [(int(each["GPU"]), int(each.get("CPU", 0))) for each in resources if each.get("GPU", 0) >= 1]
    if gpus and may_use_gpus:
        share = max(1, min(cores // number for number, cores in gpus))
        return _Size(sum(number for number, _ in gpus), {"num_gpus": 1, "num_cpus": share}, share)
    workers = sum(int(each.get("CPU", 0)) // threads for each in resources)
    return _Size(workers, {"num_cpus": threads}, 1)


def _shares_files(items: list[Any], outcomes: list[Outcome]) -> bool:
    """Whether a worker has written something, which then is there on this machine too.

    Raises:
        UsageError: it is on a disk of its node.
    """
    for item, outcome in zip(items, outcomes, strict=True):
        if outcome.error is None and item.target is not None:
            if not storage.is_file(item.target):
                raise UsageError(
                    f"{item.target} was written where this machine does not see it: --ray needs a file "
                    "system that all nodes share, or URLs"
                )
            return True
    return False


class _Pool:
    """The workers, what they have in hand, and what is done but not yet its turn."""

    def __init__(self, ray: Any, items: Many[Any], setup: _Setup) -> None:
        self._ray, self._items, self._to_assign = ray, items, iter(items)
        self._setup, self._shared = setup, ray.put(setup)
        self._workers: list[_Handle] = []
        self._waiting: dict[Any, _Handle] = {}
        self._again: deque[_Batch] = deque()
        self._done: dict[int, list[tuple[Any, Outcome]]] = {}
        self._assigned = self._yielded = 0
        self._all_assigned = False
        self._pace = 0.0  # seconds for an item
        self._looked = -math.inf
        self._idle_since = time.monotonic()
        self._failed_starts = 0

    def outcomes(self) -> Iterator[tuple[Any, Outcome]]:
        try:
            while not self._all_assigned or self._yielded < self._assigned:
                self._start_workers()
                self._assign()
                self._collect()
                while done := self._done.pop(self._yielded, None):
                    yield from done
                    self._yielded += len(done)
        finally:
            for worker in self._workers:
                self._kill(worker)

    def _start_workers(self) -> None:
        """Have as many workers as the cluster has room for, or as ``--jobs`` says, but no more than there is work."""
        now = time.monotonic()
        if now - self._looked < _INTERVAL:
            return
        self._looked = now
        size = measure(self._ray.nodes(), self._setup.threads, self._setup.may_use_gpus)
        workers = min(self._setup.args.jobs or max(1, size.workers), self._left(self._yielded))
        for _ in range(workers - len(self._workers)):
            actor = self._ray.remote(Worker).options(max_restarts=0, **size.options).remote()
            worker = _Handle(actor)
            self._workers.append(worker)
            self._waiting[actor.prepare.remote(self._shared, size.at_once)] = worker
        if any(worker.ready for worker in self._workers):
            self._idle_since = now
        elif now - self._idle_since > _PATIENCE:
            self._idle_since = now
            report(f"note: waiting for Ray to start {count(workers, 'worker')} of {size.options} (`ray status`)")

    def _assign(self) -> None:
        """Give every worker that is ready what it lacks, in turns."""
        for load in range(_IN_HAND):
            for worker in self._workers:
                if worker.ready and len(worker.batches) <= load and (batch := self._next_batch()):
                    worker.batches.append(batch)
                    self._waiting[worker.actor.attempt.remote(batch.items)] = worker

    def _next_batch(self) -> _Batch | None:
        if self._again:
            return self._again.popleft()
        if self._all_assigned or self._assigned - self._yielded >= _AHEAD * len(self._workers):
            return None
        fair = math.ceil(self._left(self._assigned) / (_IN_HAND * len(self._workers)))  # so that all end together
        size = max(1, min(fair, _LARGEST, int(_SECONDS / self._pace) if self._pace else 1))
        batch = _Batch(self._assigned, list(islice(self._to_assign, size)))
        self._assigned += len(batch.items)
        self._all_assigned = len(batch.items) < size
        return batch if batch.items else None

    def _left(self, done: int) -> int:
        """How many there still are, as far as that is known, after so many."""
        return self._assigned - done if self._all_assigned else max(1, len(self._items) - done)

    def _collect(self) -> None:
        """Wait until something has come, and take all that has."""
        if not self._waiting:
            time.sleep(_INTERVAL)
            return
        ready, _ = self._ray.wait(list(self._waiting), num_returns=1, timeout=_INTERVAL)
        if ready:
            ready, _ = self._ray.wait(list(self._waiting), num_returns=len(self._waiting), timeout=0)
        for result in ready:
            if (worker := self._waiting.pop(result, None)) is not None:  # None: it was lost a moment ago
                self._take(worker, result)

    def _take(self, worker: _Handle, result: Any) -> None:
        """What a worker has brought: that it is ready, outcomes, or its end."""
        errors = self._ray.exceptions
        try:
            outcomes = self._ray.get(result)
        except errors.RayTaskError as error:
            raise error.cause if isinstance(error.cause, Exception) else error from None
        except errors.RayError as error:
            self._remove_worker(worker, error)
            return
        if not worker.ready:
            worker.ready, self._failed_starts = True, 0
            return
        batch = worker.batches.popleft()
        worker.shares_files = worker.shares_files or _shares_files(batch.items, outcomes)
        self._done[batch.start] = list(zip(batch.items, outcomes, strict=True))
        pace = sum(outcome.seconds for outcome in outcomes) / len(outcomes)
        self._pace = 0.9 * self._pace + 0.1 * pace if self._pace else pace

    def _remove_worker(self, worker: _Handle, error: Exception) -> None:
        """Let others do what a worker had in hand; the batch that it was working on one by one."""
        self._kill(worker)
        self._workers.remove(worker)
        self._waiting = {result: other for result, other in self._waiting.items() if other is not worker}
        self._looked = -math.inf
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts == _FAILED_STARTS:
                reason = str(error).strip().splitlines()[-1]
                raise UsageError(f"--ray: workers do not start; is latentcodec on every node? {reason}") from error
        batches = list(worker.batches)
        self._again.extendleft(reversed([each for batch in batches[:1] for each in self._split(batch)] + batches[1:]))

    def _split(self, batch: _Batch) -> Iterator[_Batch]:
        """The items of a batch that a worker died of, but for one that has cost too many of them."""
        if len(batch.items) == 1 and batch.lost + 1 == _LOST:
            name = batch.items[0].name
            text = f"its worker died {_LOST} times: not enough memory, or a picture that crashes a library"
            self._done[batch.start] = [(batch.items[0], Outcome(error=about(name, text)))]
            return
        for number, item in enumerate(batch.items):
            yield _Batch(batch.start + number, [item], batch.lost + 1)

    def _kill(self, worker: _Handle) -> None:
        with suppress(Exception):
            self._ray.kill(worker.actor)
