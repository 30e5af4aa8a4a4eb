"""The runs of a series: started where they are missing, resumed where they broke off, left alone where they are done.

Beside each run's journal ``series.json`` says what the whole series is, what is left out of it included, so that a
report of its runs can say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from workbench.errors import NotFound, WorkbenchError
from workbench.evaluation.journal import Journal
from workbench.evaluation.series import SeriesPlan, same_checkpoint
from workbench.evaluation.spec import RunSpec
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import ENDED, RESUMABLE, State
from workbench.jobs.run import Run
from workbench.jobs.watching import run_directories, status
from workbench.models import Skipped
from workbench.policy.home import Home
from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE = "series.json"
How = Literal["started", "resumed", "running", "done"]


@dataclass(frozen=True, slots=True)
class SeriesMember:
    """One checkpoint's run. `how`: what was done about it when the series was submitted."""

    checkpoint: str
    step: int
    run_id: str
    how: How


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """A series as it was last submitted: its runs in the order of their steps, and the checkpoints left out."""

    id: str
    name: str
    members: tuple[SeriesMember, ...]
    skipped: tuple[Skipped, ...]
    schema: int = SCHEMA


@cache
def _records() -> TypeAdapter[SeriesRecord]:
    return TypeAdapter(SeriesRecord)


def submit_series(plan: SeriesPlan, home: Home) -> SeriesRecord:
    """See to it that each checkpoint of a series has a run, and return at once.

    A run that is done, or alive, is left alone; one that was interrupted or failed is resumed; one that was cancelled
    has a new one beside it. They work one after the other, in the order of their steps.

    Raises
    ------
    SpecError, DiskFull, RefusedByPolicy, MachineCannot
        A run cannot be started; those before it are.
    """
    known = list(_runs_of(plan.id, home))
    members = []
    for spec in plan.specs:
        run_id, how = _member(spec, known, home)
        if spec.series is not None:
            members.append(SeriesMember(spec.series.checkpoint, spec.series.step, run_id, how))
    record = SeriesRecord(plan.id, plan.name, tuple(members), plan.skipped)
    for member in members:
        write_series(home.runs / member.run_id, record)
    return record


def write_series(directory: Path, record: SeriesRecord) -> None:
    """Write beside a run which series it belongs to.

    Raises
    ------
    DiskFull
        No space left.
    """
    write_atomically(directory / FILE, _records().dump_json(record, indent=1))


def read_series(directory: Path) -> SeriesRecord | None:
    """Return the series that a run belongs to; None where it belongs to none, or nothing readable says so."""
    try:
        record = _records().validate_json((directory / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return record if record.schema <= SCHEMA else None


def find_series(series_id: str, home: Home) -> tuple[Run, ...]:
    """Return the runs of a series that have ended well, in the order of their steps: of each checkpoint the newest.

    Raises
    ------
    NotFound
        There is no such series, or none of its runs has a result.
    """
    done: dict[str, tuple[int, Path]] = {}
    for directory, spec in _runs_of(series_id, home):
        if spec.series is not None and status(directory).state is State.DONE:
            done.setdefault(spec.series.checkpoint, (spec.series.step, directory))
    if not done:
        raise NotFound(
            f"no finished run of a series called {series_id!r}", remedy="`workbench runs list` shows the runs."
        )
    return tuple(Run(directory.name, home) for _, directory in sorted(done.values()))


def _member(spec: RunSpec, known: list[tuple[Path, RunSpec]], home: Home) -> tuple[str, How]:
    for directory, other in known:
        if not same_checkpoint(spec, other):
            continue
        state = status(directory).state
        if state is State.DONE:
            return directory.name, "done"
        if state not in ENDED:
            return directory.name, "running"
        if state in RESUMABLE:
            resume(directory, home)
            return directory.name, "resumed"
    return submit(spec, home).run_id, "started"


def _runs_of(series_id: str, home: Home) -> Iterator[tuple[Path, RunSpec]]:
    """Yield the runs of a series, the newest first; runs whose spec cannot be read belong to none."""
    for directory in run_directories(home):
        with suppress(WorkbenchError, OSError):
            spec = Journal(directory).spec()
            if spec.series is not None and spec.series.id == series_id:
                yield directory, spec
