"""Hints that something changed, runs' leases renewed, and the server kept awake while a run lives.

Looks at the modification times of a few files; what it remembers is only what it said last. A server that is started
again, or a client that hears no event, misses nothing: the REST routes read the disk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, MutableMapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation.journal import ITEMS
from workbench.jobs.control import tell
from workbench.jobs.record import ENDED, FILE, read_record
from workbench.jobs.watching import run_directories, status
from workbench.jupyter.later import Later
from workbench.jupyter.services import Services

RUN_CHANGED = "urn:sovereign-workbench:event:run-changed"
MODELS_CHANGED = "urn:sovereign-workbench:event:models-changed"
SCHEMAS = Path(__file__).with_name("events")
ACTIVITY = "workbench"
SECONDS_PER_HOUR = 3600.0
RENEW_SECONDS = 1.0
"""How long a run is waited for whose lease is renewed: one that is stuck must not cost the others theirs."""
LOG = logging.getLogger(__name__)
Event = tuple[str, dict[str, Any]]
Look = tuple[int, int]
"""Modification time of the record, bytes of the journal."""


@dataclass(slots=True)
class Watcher:
    """What was said last about each run, and since when runs have kept the server awake without a pause."""

    services: Services
    seen: dict[str, Look] | None = None
    models: int | None = None
    live: set[str] = field(default_factory=set)
    awake_since: float | None = None
    later: Later = field(default_factory=Later)

    def look(self) -> tuple[list[Event], bool]:
        """Return what changed since the last look, and whether the server is to stay awake."""
        if self.seen is None:
            self._reconcile()
        now = {directory.name: _look(directory) for directory in run_directories(self.services.home)}
        events = self._run_events(now)
        self._renew()
        self.later.look(self.services.home)
        self.seen = now
        models = len(_names(self.services.home.models))
        if self.models not in (None, models):
            events.append((MODELS_CHANGED, {"models": models}))
        self.models = models
        return events, self._awake()

    def _reconcile(self) -> None:
        """Clear away what runs and workers left that died while no server was there to see it."""
        from workbench.jobs.reconciliation import reconcile

        try:
            found = reconcile(self.services.home)
        except (WorkbenchError, OSError) as error:
            LOG.warning("what dead runs left was not cleared away: %s", error)
            return
        if found.attached or found.interrupted:
            LOG.info("%d runs live, %d were interrupted", len(found.attached), len(found.interrupted))

    def _renew(self) -> None:
        """Renew the leases of runs that have one: under a Hub a run ends itself when its user's server has gone."""
        for run in tuple(self.live):
            with suppress(WorkbenchError):
                record = read_record(self.services.home.runs / run)
                if record.lease is not None:
                    tell(Path(record.socket), "renew", RENEW_SECONDS)

    def _run_events(self, now: Mapping[str, Look]) -> list[Event]:
        if self.seen is None:  # the first look: whoever asks now is told everything
            self.live = {run for run in now if self._lives(run)}
            return []
        events = []
        for run in sorted({*self.seen, *now}):
            old, new = self.seen.get(run), now.get(run)
            died = run in self.live and new == old and not self._lives(run)
            if new is None:
                self.live.discard(run)
                events.append((RUN_CHANGED, {"run": run, "change": "removed"}))
            elif old is None or new[0] != old[0] or died:
                (self.live.add if self._lives(run) else self.live.discard)(run)
                events.append((RUN_CHANGED, {"run": run, "change": "state"}))
            elif new[1] != old[1]:
                events.append((RUN_CHANGED, {"run": run, "change": "progress"}))
        return events

    def _lives(self, run: str) -> bool:
        directory = self.services.home.runs / run
        try:
            return read_record(directory).state not in ENDED and status(directory).state not in ENDED
        except WorkbenchError:
            return False

    def _awake(self) -> bool:
        """Return whether live runs keep the server awake: up to a cap, counted from when it was last without one."""
        if not self.live:
            self.awake_since = None
            return False
        now = time.monotonic()
        if self.awake_since is None:
            self.awake_since = now
        return now - self.awake_since <= self.services.keep_alive_hours * SECONDS_PER_HOUR


def _look(directory: Path) -> Look:
    return _stat(directory / FILE, "st_mtime_ns"), _stat(directory / ITEMS, "st_size")


def _stat(path: Path, what: str) -> int:
    try:
        return int(getattr(path.stat(), what))
    except OSError:
        return 0


def _names(directory: Path) -> list[str]:
    try:
        return [entry.name for entry in directory.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return []


@dataclass(slots=True)
class Watching:
    """The watcher in the server's loop: it looks in a thread, and speaks in the loop."""

    watcher: Watcher
    executor: Executor
    emit: Callable[[str, dict[str, Any]], object]
    settings: MutableMapping[str, Any]
    looking: bool = False

    async def __call__(self) -> None:
        """Look once, unless the last look is not through."""
        from tornado.ioloop import IOLoop

        if self.looking:
            return
        self.looking = True
        try:
            events, awake = await IOLoop.current().run_in_executor(self.executor, self.watcher.look)
        finally:
            self.looking = False
        if awake:
            self.settings["last_activity_times"][ACTIVITY] = datetime.now(UTC)
        for schema, data in events:
            self.emit(schema, data)
