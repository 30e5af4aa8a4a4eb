"""What a run directory says, as far as MLflow is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import NotFound
from workbench.evaluation.journal import ITEMS, SPEC, Journal
from workbench.evaluation.spec import RunSpec
from workbench.jobs.record import ENDED, State, lives, read_record

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class RunFiles:
    """A run as its directory shows it, finished or not."""

    directory: Path
    run_id: str
    spec: RunSpec
    created: datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """Items in the journal, and when the last one came."""

    items: int
    at: datetime


def run_files(directory: Path) -> RunFiles:
    """Read the spec of the run in `directory`.

    Raises
    ------
    JournalError
        ``spec.json`` is damaged.
    """
    spec = Journal(directory).spec()
    return RunFiles(directory, directory.name, spec, datetime.fromtimestamp((directory / SPEC).stat().st_mtime, UTC))


def journal_progress(directory: Path) -> Progress:
    """Count the whole lines of a journal. A line that is still being written does not count."""
    path = directory / ITEMS
    if not path.is_file():
        return Progress(0, datetime.fromtimestamp((directory / SPEC).stat().st_mtime, UTC))
    items = 0
    with path.open("rb") as journal:
        while piece := journal.read(PIECE):
            items += piece.count(b"\n")
    return Progress(items, datetime.fromtimestamp(path.stat().st_mtime, UTC))


def state_of(directory: Path) -> State:
    """Return how the run in `directory` stands: as its record says, or interrupted when its process is gone."""
    try:
        record = read_record(directory)
    except NotFound:
        return State.RUNNING
    return record.state if record.state in ENDED or lives(directory, record) else State.INTERRUPTED
