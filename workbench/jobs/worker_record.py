"""A worker serves one model: what it was asked to serve, which process does, where, and why it ended.

The record holds the worker's key, so it lies 0600 in a 0700 directory, ``workers/<id>/``; the key is nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from workbench.engines.protocol import DType
from workbench.engines.serve.listening import Address
from workbench.engines.serve.served import Memory
from workbench.errors import ErrorEnvelope, JournalError, NotFound, UsageError
from workbench.jobs.record import is_process, this_host
from workbench.policy.locks import is_held
from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE = "worker.json"
HOLD = "worker.hold"
"""Locked by the process of a worker for as long as it lives."""
LOG = "worker.log"
MODULE = "workbench.jobs.worker"
"""What the process of a worker executes."""
IDLE_SECONDS = 900.0
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
NEVER = ("never", "0")

EngineName = Literal["transformers", "vllm", "fake"]


class WorkerState(StrEnum):
    """How a worker stands."""

    QUEUED = "queued"
    LOADING = "loading"
    SERVING = "serving"
    ENDED = "ended"
    FAILED = "failed"
    LOST = "lost"


OVER = frozenset({WorkerState.ENDED, WorkerState.FAILED, WorkerState.LOST})


@dataclass(frozen=True, slots=True)
class ServeSpec:
    """What to serve, and how.

    Attributes
    ----------
    name
        What clients call the model.
    path, adapter
        Absolute paths; for the fake engine any name.
    device, dtype, max_length, tensor_parallel
        As in `EngineConfig`.
    host, port
        Where to listen; port 0 is any free one.
    socket
        Listen on a socket in the file system instead.
    idle_timeout
        Seconds without a question after which it ends; None: never.
    lease
        Seconds after which it ends unless somebody renewed; None: it needs nobody.
    """

    name: str
    path: str
    adapter: str = ""
    engine: EngineName = "transformers"
    device: str = "auto"
    dtype: DType = "auto"
    max_length: int | None = None
    tensor_parallel: int = 1
    host: str = "127.0.0.1"
    port: int = 0
    socket: bool = False
    idle_timeout: float | None = IDLE_SECONDS
    lease: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerRecord:
    """The process that serves a model.

    Attributes
    ----------
    pid, created
        Process id and creation time, as in `workbench.jobs.record.RunRecord`.
    state
        As the process last wrote it; ``lost`` when somebody found it dead.
    address
        Where it is asked; None before it has a place.
    key
        Its bearer while it serves.
    memory
        What the model needs, reserves and, once loaded, takes.
    waiting
        What a queued worker waits for.
    why
        Why it ended.
    freed
        Bytes that came back when it unloaded its model, measured.
    ended
        When it ended (UTC).
    host
        The machine whose process ids these are; empty in records of older versions.
    """

    worker_id: str
    pid: int
    created: float
    spec: ServeSpec
    interpreter: str
    state: WorkerState
    started: datetime
    memory: Memory
    address: Address | None = None
    key: str = field(default="", repr=False)
    waiting: str = ""
    why: str = ""
    freed: int | None = None
    ended: datetime | None = None
    error: ErrorEnvelope | None = None
    host: str = ""
    schema: int = SCHEMA

    def over(
        self, state: WorkerState, why: str, *, freed: int | None = None, error: ErrorEnvelope | None = None
    ) -> WorkerRecord:
        """Return the record of a worker that has ended: its key opens nothing any more."""
        return replace(
            self, state=state, why=why, freed=freed, error=error, ended=datetime.now(UTC), key="", waiting=""
        )


@cache
def _records() -> TypeAdapter[WorkerRecord]:
    return TypeAdapter(WorkerRecord)


def write_worker(directory: Path, record: WorkerRecord) -> None:
    """Write the record of a worker, whole or not at all."""
    write_atomically(directory / FILE, _records().dump_json(record, indent=1))


def read_worker(directory: Path) -> WorkerRecord:
    """Read the record of a worker.

    Raises
    ------
    NotFound
        No worker lies there.
    JournalError
        The record is damaged or newer than this Workbench.
    """
    path = directory / FILE
    try:
        record = _records().validate_json(path.read_bytes())
    except FileNotFoundError as error:
        remedy = "`workbench workers list` shows the workers."
        raise NotFound("no worker lies here", where=directory, remedy=remedy) from error
    except (OSError, ValidationError) as error:
        raise JournalError("the worker's record cannot be read", where=path, remedy="Remove its directory.") from error
    if record.schema > SCHEMA:
        raise JournalError(f"the record has schema {record.schema}; this Workbench knows {SCHEMA}", where=path)
    return record


def worker_alive(record: WorkerRecord) -> bool:
    """Return whether the very process that the record names still lives."""
    return is_process(record.pid, record.created, MODULE, record.worker_id)


def worker_lives(directory: Path, record: WorkerRecord) -> bool:
    """Return whether a worker's process lives, on this machine or on one that shares the directory."""
    if worker_alive(record):
        return True
    return record.host not in ("", this_host()) and is_held(directory / HOLD)


def seconds(text: str | float | None, what: str) -> float | None:
    """Return a length of time in seconds: a number, or one with its unit (``90s``, ``15m``, ``2h``, ``1d``).

    None, ``0`` and ``never`` are no limit, which is None.

    Raises
    ------
    UsageError
        It is none.
    """
    if text is None:
        return None
    said = str(text).strip().lower()
    if said in NEVER:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd]?)", said)
    if found is None:
        raise UsageError(f"{text!r} is no length of time", where=what, remedy="Like 90s, 15m, 2h, or never.")
    return float(found[1]) * UNITS[found[2]] or None
