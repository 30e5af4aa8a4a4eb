"""What was delivered where: ``tracking.json`` beside each run, so that nothing is lost while a server is down."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE = "tracking.json"
LOCK = ".tracking.lock"
State = Literal["pending", "running", "delivered"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one MLflow store has of one run.

    Attributes
    ----------
    run_id
        The Workbench run.
    target
        The store, without secrets.
    state
        ``pending``: nothing, or not everything, arrived; ``running``: a checkpoint did; ``delivered``: all did.
    experiment, mlflow_run
        Name and id over there; empty while unknown.
    payload
        sha256 of what was delivered.
    run_state
        How the run stood when a checkpoint of it arrived.
    at
        When this was last tried, UTC.
    problem
        Why it is pending, and what to do; empty otherwise.
    """

    run_id: str
    target: str
    state: State
    at: datetime
    experiment: str = ""
    mlflow_run: str = ""
    payload: str = ""
    run_state: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Spool:
    """All deliveries of one run; the last one tried stands last."""

    deliveries: tuple[Delivery, ...] = ()
    schema: int = SCHEMA

    @property
    def target(self) -> str | None:
        """Where the run was last sent, or None."""
        return self.deliveries[-1].target if self.deliveries else None

    def of(self, target: str) -> Delivery | None:
        """Return what `target` has, or None."""
        return next((entry for entry in self.deliveries if entry.target == target), None)

    def with_delivery(self, delivery: Delivery) -> Spool:
        """Return the spool with `delivery` in the place of what its target had."""
        others = tuple(entry for entry in self.deliveries if entry.target != delivery.target)
        return replace(self, deliveries=(*others, delivery))


def read(run_directory: Path) -> Spool:
    """Return a run's spool; a missing or damaged file is an empty one (the server then says what it has)."""
    try:
        return TypeAdapter(Spool).validate_json((run_directory / FILE).read_bytes())
    except (OSError, ValidationError):
        return Spool()


def write(run_directory: Path, spool: Spool) -> None:
    """Write a run's spool."""
    record = TypeAdapter(Spool).dump_python(spool, mode="json")
    write_atomically(run_directory / FILE, json.dumps(record, ensure_ascii=False, indent=2).encode())
