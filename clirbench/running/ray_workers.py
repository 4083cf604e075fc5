"""Workers on the nodes of a Ray cluster that share the store and the results folder.

The driver schedules; a stage is a Ray task with its needs of CPUs, GPU share and memory. A task
whose node is lost is begun again on another, from its last checkpoint; what it leaves behind is an
artifact in the shared folder, so nothing is sent but settings, events and costs.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from clirbench.artifacts.meter import Cost
from clirbench.errors import SuiteError
from clirbench.offline import go_offline
from clirbench.results.events import Event, Reporter
from clirbench.running.executor import Failure, make
from clirbench.running.ray_cluster import connected
from clirbench.running.recipe import Recipe, memory
from clirbench.running.stage import Stage
from clirbench.running.stop import stop_on_signals
from clirbench.running.store import Store

__all__ = ["RayWorkers"]

_RETRIES = 3
_POLL = 0.2
"""Seconds between two looks at what the workers say."""
_ASK = 1.0
"""Seconds between two questions of a worker whether it is to stop."""


class Mailbox:
    """Between driver and workers: events one way, the request to stop the other."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._stopped = False

    def stop(self) -> None:
        """Ask the workers to stop."""
        self._stopped = True

    def stopped(self) -> bool:
        """Whether the workers are to stop."""
        return self._stopped

    def put(self, event: Event) -> None:
        """Take an event."""
        self._events.append(event)

    def empty(self) -> list[Event]:
        """Give all events, once."""
        events = list(self._events)
        self._events.clear()
        return events


class RayWorkers:
    """Makes stages on a Ray cluster, as many at once as it has room for.

    Raises:
        SuiteError: Ray is not installed, the cluster does not answer, or none of its nodes has room
            for a stage.
    """

    def __init__(
        self,
        recipe: Recipe,
        store: Store,
        report: Reporter,
        *,
        stop: Callable[[], bool],
        address: str | None = None,
        gpu_share: float = 1.0,
    ) -> None:
        self._stop = stop
        self._threads = recipe.threads or 1
        self._recipe = replace(recipe, threads=self._threads)
        self._store = store
        self._report = report
        self._gpu_share = gpu_share
        self._stack = ExitStack()
        self._ray = ray = self._stack.enter_context(connected(address))
        self._check_room()
        here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        self._mailbox = ray.remote(Mailbox).options(num_cpus=0, scheduling_strategy=here).remote()
        self._task = ray.remote(_work)
        self._running: dict[Any, Stage] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._running:
            self._ray.cancel(task, force=True)
        self._stack.close()

    def describe(self) -> str:
        """Nodes and what they have."""
        total = self._ray.cluster_resources()
        nodes = sum(node["Alive"] for node in self._ray.nodes())
        gpus = f", {total['GPU']:g} GPUs" if total.get("GPU") else ""
        return (
            f"Ray cluster of {nodes} nodes with {total.get('CPU', 0):g} CPUs{gpus}; "
            f"{self._threads} threads a stage"
        )

    def _check_room(self) -> None:
        """Refuse what would wait for room without end."""
        cpus, gpus = self._largest("CPU"), self._largest("GPU")
        recipe = self._recipe
        fault = ""
        if recipe.device == "mps":
            fault = "--device mps: not with --executor ray (allowed: auto, cpu, cuda)"
        elif recipe.device == "cuda" and not gpus:
            fault = "--device cuda: no node of the Ray cluster has a GPU"
        elif self._threads > cpus:
            fault = (
                f"--threads {self._threads}: no node of the Ray cluster has more than {cpus:g} CPUs"
            )
        elif self._device() == "cuda" and self._gpu_share > gpus:
            fault = f"--gpu-share {self._gpu_share:g}: no node of the Ray cluster has more than {gpus:g} GPUs"
        if fault:
            self._stack.close()
            raise SuiteError(fault)

    def _largest(self, resource: str) -> float:
        """What the node that has the most of a resource has of it."""
        nodes = [node["Resources"] for node in self._ray.nodes() if node["Alive"]]
        return max((float(node.get(resource, 0)) for node in nodes), default=0.0)

    def free(self) -> bool:
        """Whether fewer stages are submitted than twice what there is room for.

        Some wait at the nodes, so that none is idle, but most wait here, where the order is known.
        """
        return len(self._running) < 2 * self._slots()

    def submit(self, stage: Stage) -> None:
        """Hand a stage to the cluster."""
        gpu = self._gpu_share if stage.on_device and self._device() == "cuda" else 0
        task = self._task.options(
            num_cpus=self._threads,
            num_gpus=gpu,
            memory=self._memory(stage),
            max_retries=_RETRIES,
            name=str(stage),
        ).remote(stage, self._recipe, "cuda" if gpu else "cpu", self._mailbox)
        self._running[task] = stage

    def wait(self) -> tuple[Stage, Cost | Failure]:
        """Wait for a stage that ends, reporting meanwhile what the workers say.

        Raises:
            StoreError: a worker cannot write to the store or the results.
            KeyboardInterrupt: the process is to stop.
        """
        while self._running:
            if self._stop():
                self._mailbox.stop.remote()
            ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_POLL)
            for event in self._ray.get(self._mailbox.empty.remote()):
                self._report(event)
            if ready:
                stage = self._running.pop(ready[0])
                result = self._result(ready[0], stage)
                if isinstance(result, Cost | Failure):
                    return stage, result
                if not self._stop():  # the system asked that worker alone, as of a node that goes
                    self.submit(stage)
        raise KeyboardInterrupt

    def _result(self, task: Any, stage: Stage) -> Cost | Failure | None:  # noqa: ANN401 - a reference
        """What became of a task; none if it was stopped."""
        errors = self._ray.exceptions
        try:
            result: Cost | Failure | None = self._ray.get(task)
        except errors.RayTaskError as error:
            raise error.cause from None
        except errors.RayError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            return Failure(text=f"{stage}: its worker was lost {_RETRIES + 1} times: {reason}")
        return result

    def _slots(self) -> int:
        total = self._ray.cluster_resources()
        slots = total.get("CPU", 1) // self._threads
        if self._device() == "cuda":
            slots = min(slots, total.get("GPU", 0) // self._gpu_share)
        return max(1, int(slots))

    def _device(self) -> str:
        if self._recipe.device != "auto":
            return self._recipe.device
        return "cuda" if self._ray.cluster_resources().get("GPU") else "cpu"

    def _memory(self, stage: Stage) -> int:
        """Bytes to set aside."""
        # An estimate; what no node has would never be given.
        return min(memory(stage, self._store), int(self._largest("memory")))


def _work(
    stage: Stage,
    recipe: Recipe,
    device: str,
    mailbox: Any,  # noqa: ANN401 - Ray's handle of an actor
) -> Cost | Failure | None:
    """Make a stage on the node where this runs; none if it was asked to stop."""

    def report(event: Event) -> None:
        mailbox.put.remote(event)

    with stop_on_signals(lambda: None) as asked, _asking(mailbox) as told:

        def stopping() -> bool:
            return asked() or told()

        if recipe.offline:
            go_offline(sockets=False)  # Ray's own go to other machines
        try:
            return make(stage, recipe.place(), recipe.context(device, report, stopping), report)
        except KeyboardInterrupt:
            return None


@contextmanager
def _asking(mailbox: Any) -> Iterator[Callable[[], bool]]:  # noqa: ANN401 - Ray's handle of an actor
    """Give a function that says whether the driver wants this worker to stop.

    A thread of its own asks: while a task's main thread waits for an answer, Ray takes its CPUs for
    free, and begins another task on them.
    """
    from ray import get
    from ray.exceptions import RayError

    done, wanted = threading.Event(), threading.Event()

    def ask() -> None:
        while not (done.wait(_ASK) or wanted.is_set()):
            try:
                stopped = get(mailbox.stopped.remote())
            except RayError:  # the driver is gone
                stopped = True
            if stopped:
                wanted.set()

    threading.Thread(target=ask, daemon=True).start()
    try:
        yield wanted.is_set
    finally:
        done.set()
