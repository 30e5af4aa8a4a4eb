"""Handing out chunks, and handing them out again when a worker is lost.

Knows no processes and no Ray: a `Pool` starts workers and brings their messages. What a lost worker had sent stays; the
rest of its chunk goes to the next worker that is free, and a new worker is asked for in its place.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from workbench.engines.pool.messages import (
    Answers,
    Failed,
    Finished,
    Kind,
    Lost,
    Message,
    Ready,
    Request,
    Result,
    Unplaced,
)
from workbench.engines.pool.sharding import chunks
from workbench.engines.protocol import EngineFacts
from workbench.errors import EngineUnavailable, from_envelope

ATTEMPTS = 3
"""Workers that one chunk may cost: a request that kills whoever takes it must not go round for ever."""
REPLACEMENTS = 3
"""Workers that may be started in place of each that the run began with."""
RESUME = "What was answered is kept: `workbench runs resume RUN` asks the rest once the cause is mended."
LOG = logging.getLogger(__name__)


class Pool(Protocol):
    """Workers, numbered as they are asked for."""

    def start(self) -> int:
        """Ask for one more worker and return its number; `Ready`, `Failed`, `Lost` or `Unplaced` comes later."""
        ...

    def give(self, worker: int, kind: Kind, chunk: tuple[Request, ...]) -> None:
        """Put a chunk to a worker that is ready and has none."""
        ...

    def wait(self) -> tuple[int, Message]:
        """Return the next message and whose it is; `Lost` and `Unplaced` workers are gone for good."""
        ...


@dataclass(slots=True, eq=False)
class Task:
    """A chunk, what of it is not answered, and how many workers it has cost."""

    kind: Kind
    open: dict[str, Request]
    attempts: int = 0


@dataclass(slots=True)
class Dispatcher:
    """Asks the workers of a pool. `facts` holds the last word of every worker there ever was."""

    pool: Pool
    wanted: int
    facts: dict[int, EngineFacts] = field(default_factory=dict)
    starting: set[int] = field(default_factory=set)
    idle: list[int] = field(default_factory=list)
    busy: dict[int, Task] = field(default_factory=dict)
    replaced: int = 0
    last: str = ""

    def open(self) -> None:
        """Start all workers and wait for the first that is ready.

        Raises
        ------
        EngineUnavailable
            No node has room for a worker, or all were lost.
        WorkbenchError
            What an engine raised while loading.
        """
        self.starting |= {self.pool.start() for _ in range(self.wanted)}
        while not self.idle:
            self._take(deque())

    def ask(self, kind: Kind, requests: Iterable[Request]) -> Iterator[Result]:
        """Yield every request's result as it comes.

        Raises
        ------
        EngineUnavailable
            No worker is left, or one chunk has cost too many.
        WorkbenchError
            What an engine raised.
        """
        waiting = deque(
            Task(kind, {request.id: request for request in chunk}) for chunk in chunks(requests, self.wanted)
        )
        mine = list(waiting)
        try:
            # Until each chunk's last word, not its last answer: it brings the facts.
            while waiting or any(task in mine for task in self.busy.values()):
                while waiting and self.idle:
                    self._hand(self.idle.pop(0), waiting.popleft())
                for task, result in self._take(waiting):
                    # Chunks of a question that nobody waits for any more are still being answered.
                    if task in mine:
                        yield result
        finally:
            for task in mine:
                task.open.clear()

    def _hand(self, worker: int, task: Task) -> None:
        task.attempts += 1
        self.busy[worker] = task
        self.pool.give(worker, task.kind, tuple(task.open.values()))

    def _take(self, waiting: deque[Task]) -> Iterator[tuple[Task, Result]]:
        """Act on one message; return what was answered."""
        if not (self.starting or self.busy):
            if self.idle:
                return iter(())
            raise EngineUnavailable(f"no worker is left ({self.last or 'none was started'})", remedy=RESUME)
        worker, message = self.pool.wait()
        match message:
            case Answers():
                return self._answered(self.busy[worker], message)
            case Ready() | Finished():
                self._free(worker, message.facts, waiting)
            case Failed():
                error = from_envelope(message.error)
                error.where = f"{message.node}: {error.where}" if error.where else message.node
                raise error
            case Lost():
                self._lost(worker, message, waiting)
            case Unplaced():
                self.starting.discard(worker)
                self.last = f"no node has room for {message.wanted}"
                LOG.warning("worker %d was not placed: no node has room for %s", worker, message.wanted)
        return iter(())

    @staticmethod
    def _answered(task: Task, message: Answers) -> Iterator[tuple[Task, Result]]:
        for result in message.results:
            task.open.pop(result.id, None)
        return iter([(task, result) for result in message.results])

    def _free(self, worker: int, facts: EngineFacts, waiting: deque[Task]) -> None:
        self.facts[worker] = facts
        self.starting.discard(worker)
        self.idle.append(worker)
        self._again(self.busy.pop(worker, None), waiting, "an engine left requests without an answer")

    def _lost(self, worker: int, message: Lost, waiting: deque[Task]) -> None:
        LOG.warning("worker %d was lost: %s", worker, message.reason)
        self.last = message.reason
        self.starting.discard(worker)
        if worker in self.idle:
            self.idle.remove(worker)
        self._again(self.busy.pop(worker, None), waiting, message.reason)
        if self.replaced < REPLACEMENTS * self.wanted:
            self.replaced += 1
            self.starting.add(self.pool.start())

    @staticmethod
    def _again(task: Task | None, waiting: deque[Task], reason: str) -> None:
        if task is None or not task.open:
            return
        if task.attempts >= ATTEMPTS:
            first = next(iter(task.open))
            raise EngineUnavailable(
                f"{len(task.open)} requests were given to {task.attempts} workers and none answered them ({reason})",
                where=f"request {first}",
                remedy=RESUME,
            )
        waiting.appendleft(task)
