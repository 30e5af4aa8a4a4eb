"""The pool of `dispatch.py`, made of Ray actors."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

import ray
from ray.exceptions import RayError, RayTaskError

from workbench.engines.pool.messages import Failed, Kind, Lost, Message, Request, Unplaced
from workbench.engines.pool.worker import Opening, Worker
from workbench.engines.ray.cluster import Share
from workbench.errors import WorkbenchError

PLACE_SECONDS = 120.0
PLACE_VARIABLE = "WORKBENCH_RAY_PLACE_SECONDS"
POLL_SECONDS = 5.0
Stage = Literal["place", "open", "answer"]


class NamedWorker(Worker):
    """A worker that knows its node by Ray's name for it."""

    def node(self) -> str:
        """Return address, host and Ray's id of the node."""
        context = ray.get_runtime_context()
        return f"{super().node()} ({ray.util.get_node_ip_address()}, Ray node {context.get_node_id()[:12]})"


def place_seconds() -> float:
    """Return how long an actor may wait for a node with room; Ray itself would wait for ever."""
    return float(os.environ.get(PLACE_VARIABLE) or PLACE_SECONDS)


@dataclass(slots=True)
class RayPool:
    """Actors by number. A message is taken from whichever has one; one that is lost is killed, to be sure."""

    opening: Opening
    share: Share
    patience: float = field(default_factory=place_seconds)
    actors: dict[int, Any] = field(default_factory=dict)
    pending: dict[Any, tuple[int, Stage]] = field(default_factory=dict)
    deadlines: dict[int, float] = field(default_factory=dict)
    count: int = 0

    def start(self) -> int:
        """Ask for an actor; it restarts nothing by itself, since the dispatcher must know what was lost."""
        made = ray.remote(num_cpus=self.share.cpus, num_gpus=self.share.gpus, max_restarts=0, max_task_retries=0)(
            NamedWorker
        )
        worker = self.count
        self.count += 1
        self.actors[worker] = made.remote(self.opening)
        self.deadlines[worker] = time.monotonic() + self.patience
        self.pending[self.actors[worker].ping.remote()] = (worker, "place")
        return worker

    def give(self, worker: int, kind: Kind, chunk: tuple[Request, ...]) -> None:
        """Put a chunk to an actor."""
        results = self.actors[worker].answer.options(num_returns="streaming").remote(kind, chunk)
        self.pending[results] = (worker, "answer")

    def wait(self) -> tuple[int, Message]:
        """Return the next message."""
        while True:
            ready, _ = ray.wait(list(self.pending), num_returns=1, timeout=self._until_deadline())
            if not ready:
                late = [worker for worker, deadline in self.deadlines.items() if time.monotonic() >= deadline]
                if late:
                    self._drop(late[0])
                    return late[0], Unplaced(str(self.share))
                continue
            worker, stage = self.pending.pop(ready[0])
            message = self._read(ready[0], worker, stage)
            if message is not None:
                return worker, message

    def close(self) -> None:
        """Kill every actor."""
        for worker in list(self.actors):
            self._drop(worker)

    def _until_deadline(self) -> float:
        nearest = min(self.deadlines.values(), default=time.monotonic() + POLL_SECONDS)
        return min(max(nearest - time.monotonic(), 0.01), POLL_SECONDS)

    def _read(self, handle: Any, worker: int, stage: Stage) -> Message | None:
        """Return what an actor said; None when it is nothing for the dispatcher."""
        try:
            if stage == "answer":
                message: Message = ray.get(next(handle))
                self.pending[handle] = (worker, stage)  # behind the others: none is starved
                return message
            said = ray.get(handle)
            if stage == "open":
                opened: Message = said
                return opened
            del self.deadlines[worker]
            self.pending[self.actors[worker].open.remote()] = (worker, "open")
        except StopIteration:
            return None
        except RayTaskError as error:
            broken = WorkbenchError(
                f"a Ray actor broke: {error.cause}", remedy="This is a fault of Workbench: please report it."
            )
            return Failed(broken.envelope(), f"actor {worker}")
        except RayError as error:
            self._drop(worker)
            return Lost(_first_line(error))
        return None

    def _drop(self, worker: int) -> None:
        self.deadlines.pop(worker, None)
        for handle in [handle for handle, (whose, _) in self.pending.items() if whose == worker]:
            del self.pending[handle]
        with suppress(RayError, ValueError):
            ray.kill(self.actors.pop(worker), no_restart=True)


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
