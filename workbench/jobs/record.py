"""Who runs a run: one small file beside its journal, and the question whether that process still lives."""

from __future__ import annotations

import platform
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.errors import ErrorEnvelope, JournalError, NotFound
from workbench.policy.locks import is_held
from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE = "record.json"
HOLD = "runner.lock"
"""Locked by the process of a run for as long as it lives."""
BELONGS_TO = "WORKBENCH_BELONGS_TO"
"""Environment variable: the directory of the run or worker for which a process, or whoever started it, was started."""
MODULE = "workbench.jobs.runner"
"""What the process of a run executes."""


class State(StrEnum):
    """How a run stands."""

    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHING = "finishing"
    DONE = "done"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"
    FAILED = "failed"


ENDED = frozenset({State.DONE, State.INTERRUPTED, State.CANCELLED, State.FAILED})
RESUMABLE = frozenset({State.INTERRUPTED, State.FAILED})


@dataclass(frozen=True, slots=True)
class RunRecord:
    """The process that holds a run.

    Attributes
    ----------
    pid, created
        Process id and its creation time in seconds since the epoch: together they name one process, whatever other
        gets the same id later.
    socket
        Path of the control socket.
    spec_hash
        What it runs.
    state
        As the process last wrote it; a dead process leaves a state that `reconcile` reads as interrupted.
    started
        When the run first began (UTC).
    seconds
        Time worked in earlier processes (monotonic).
    error
        Why it failed.
    waiting
        What a queued run waits for.
    lease
        Seconds after which the run ends itself, resumable, unless somebody renewed its lease; None: it needs nobody.
    host
        The machine whose process ids these are; empty in records of older versions.
    """

    run_id: str
    pid: int
    created: float
    socket: str
    spec_hash: str
    interpreter: str
    state: State
    started: datetime
    seconds: float = 0.0
    resumed: int = 0
    error: ErrorEnvelope | None = None
    waiting: str = ""
    lease: float | None = None
    host: str = ""
    schema: int = SCHEMA

    def at(self, state: State, *, error: ErrorEnvelope | None = None, waiting: str = "") -> RunRecord:
        """Return the record in another state."""
        return replace(self, state=state, error=error, waiting=waiting)


@cache
def _records() -> TypeAdapter[RunRecord]:
    return TypeAdapter(RunRecord)


def write_record(directory: Path, record: RunRecord) -> None:
    """Write the record of a run, whole or not at all."""
    write_atomically(directory / FILE, _records().dump_json(record, indent=1))


def read_record(directory: Path) -> RunRecord:
    """Read the record of a run.

    Raises
    ------
    NotFound
        No run lies there.
    JournalError
        The record is damaged or newer than this Workbench.
    """
    path = directory / FILE
    try:
        record = _records().validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound("no run lies here", where=directory, remedy="`workbench runs list` shows the runs.") from error
    except (OSError, ValidationError) as error:
        raise JournalError("the run's record cannot be read", where=path) from error
    if record.schema > SCHEMA:
        raise JournalError(f"the record has schema {record.schema}; this Workbench knows {SCHEMA}", where=path)
    return record


def process_created(pid: int) -> float | None:
    """Return when the process was created (seconds since the epoch), or None when there is none that works."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return float(process.create_time())
    except psutil.Error:
        return None


def alive(record: RunRecord) -> bool:
    """Return whether the very process that the record names still lives."""
    return is_process(record.pid, record.created, MODULE, record.run_id)


def lives(directory: Path, record: RunRecord) -> bool:
    """Return whether the process that a record names lives, on this machine or on one that shares the directory."""
    return alive(record) or elsewhere(directory, record)


def elsewhere(directory: Path, record: RunRecord) -> bool:
    """Return whether another machine's process holds a run: its lock says so, process ids say nothing over there."""
    return record.host not in ("", this_host()) and not alive(record) and is_held(directory / HOLD)


def this_host() -> str:
    """Return the name of this machine."""
    return platform.node()


def is_process(pid: int, created: float, module: str, name: str) -> bool:
    """Return whether a process lives that was created then, or that executes `module` for the directory `name`."""
    found = process_created(pid)
    if found is None:
        return False
    return abs(found - created) < 1.0 or _executes(pid, module, name)


def _executes(pid: int, module: str, name: str) -> bool:
    """Return whether the process executes `module` for the directory `name`, by its command line.

    The kernel counts a process's age from the machine's start; the time of creation made from it moves when the
    clock is set, on a machine that slept for instance, and must not make a living run look dead.
    """
    import psutil

    try:
        words = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return module in words and Path(words[-1]).name == name
