"""Who may ask the engine, and in which order: one thread asks, everybody else waits in a short line.

An engine answers one call at a time. What waits meanwhile and is of the same kind goes into the next call together,
as engines are fastest with many requests at once. A line that is full is refused at once (`Busy`), so that a client
learns of it while it can still go elsewhere.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.engines.protocol import Engine
from workbench.errors import Busy, EngineUnavailable, Interrupted, WorkbenchError

Kind = Literal["score", "generate", "echo"]
WAITING = 64
"""Calls that may wait; beyond them `Busy`."""
TOGETHER = 512
"""Requests of several callers that go into one call to the engine."""


@dataclass(slots=True, eq=False)
class Job:
    """What one caller wants: requests of one kind, their results in the same order once `future` is done."""

    kind: Kind
    requests: tuple[Any, ...]
    """At least one."""
    future: Future[list[Any]] = field(default_factory=Future)
    gone: bool = False

    def leave(self) -> None:
        """Say that nobody waits for the answer any more: what has not begun will not."""
        self.gone = True
        self.future.cancel()

    def over(self) -> bool:
        """Return whether no answer is wanted any more."""
        return self.gone or self.future.done()


class Desk:
    """Asks one engine on behalf of many callers; closed once.

    Parameters
    ----------
    lost
        Told when the engine cannot go on at all (its server died); whoever holds it should then end.
    """

    def __init__(
        self, engine: Engine, *, waiting: int = WAITING, lost: Callable[[WorkbenchError], None] = lambda _: None
    ) -> None:
        self._engine = engine
        self._most = waiting
        self._lost = lost
        self._line: deque[Job] = deque()
        self._change = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="engine", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many calls wait."""
        with self._change:
            return len(self._line)

    def ask(self, kind: Kind, requests: Sequence[Any]) -> Job:
        """Get in line.

        Raises
        ------
        Busy
            The line is full.
        Interrupted
            The desk was closed.
        """
        job = Job(kind, tuple(requests))
        with self._change:
            if self._closed:
                raise Interrupted("the server is ending", remedy="Start another one.")
            self._line = deque(entry for entry in self._line if not entry.over())
            if len(self._line) >= self._most:
                raise Busy(f"{len(self._line)} calls wait for the model already")
            self._line.append(job)
            self._change.notify()
        return job

    def close(self, seconds: float | None = None) -> bool:
        """Refuse whoever waits, wait for what is being computed, and return whether that has ended."""
        with self._change:
            self._closed = True
            left, self._line = list(self._line), deque()
            self._change.notify()
        for job in left:
            if job.future.set_running_or_notify_cancel():
                job.future.set_exception(Interrupted("the server is ending", remedy="Start another one."))
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while jobs := self._next():
            begun = [job for job in jobs if job.future.set_running_or_notify_cancel()]
            try:
                self._run(begun)
            except WorkbenchError as error:
                self._failed(begun, error)
            except Exception as error:  # noqa: BLE001 — whatever it is, those who wait must hear of it
                self._failed(begun, error)

    def _next(self) -> list[Job]:
        """Wait for something to do; return what can be asked together, nothing when the desk was closed."""
        with self._change:
            self._change.wait_for(lambda: self._closed or self._line)
            if self._closed:
                return []
            taken = [self._line.popleft()]
            names, count = {request.id for request in taken[0].requests}, len(taken[0].requests)
            for job in list(self._line):
                fits = job.kind == taken[0].kind and count + len(job.requests) <= TOGETHER
                if fits and names.isdisjoint(request.id for request in job.requests):
                    self._line.remove(job)
                    taken.append(job)
                    names.update(request.id for request in job.requests)
                    count += len(job.requests)
            return taken

    def _run(self, jobs: Sequence[Job]) -> None:
        """Ask the engine for all of `jobs` in one call; each gets its answers as soon as they are whole."""
        owner = {request.id: job for job in jobs for request in job.requests}
        missing = {job: len(job.requests) for job in jobs}
        found: dict[str, Any] = {}
        results = getattr(self._engine, jobs[0].kind)([r for job in jobs for r in job.requests])
        try:
            for result in results:
                found[result.id] = result
                job = owner[result.id]
                missing[job] -= 1
                if not missing[job]:
                    job.future.set_result([found[request.id] for request in job.requests])
                if all(job.over() for job in jobs):
                    break
        finally:
            with suppress(AttributeError):  # a generator ends what it has begun
                results.close()
        for job in jobs:
            if not job.over():
                job.future.set_exception(EngineUnavailable("the engine left a request without an answer"))

    def _failed(self, jobs: Sequence[Job], error: Exception) -> None:
        """Tell those who wait; of several callers each is tried alone first, as the fault may be one's own."""
        left = [job for job in jobs if not job.over()]
        if isinstance(error, Interrupted):
            self._lost(error)
        elif len(jobs) > 1:
            for job in left:
                try:
                    self._run([job])
                except Exception as own:  # noqa: BLE001 — likewise
                    self._failed([job], own)
            return
        for job in left:
            job.future.set_exception(error)
