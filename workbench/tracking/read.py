"""What a run directory says, as far as MLflow is concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError
from workbench.evaluation.result import Result
from workbench.evaluation.spec import RunSpec

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
        ``spec.json`` cannot be read.
    """
    path = directory / "spec.json"
    try:
        spec = TypeAdapter(RunSpec).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise JournalError("spec.json cannot be read", where=path) from error
    created = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return RunFiles(directory, directory.name, spec, created)


def journal_progress(directory: Path) -> Progress:
    """Count the whole lines of a journal. A line that is still being written does not count."""
    path = directory / "items.jsonl"
    if not path.is_file():
        return Progress(0, datetime.fromtimestamp((directory / "spec.json").stat().st_mtime, UTC))
    items = 0
    with path.open("rb") as journal:
        while piece := journal.read(PIECE):
            items += piece.count(b"\n")
    return Progress(items, datetime.fromtimestamp(path.stat().st_mtime, UTC))


def finished_run(directory: Path) -> Result:
    """Read the result of the finished run in `directory`.

    Raises
    ------
    JournalError
        ``result.json`` cannot be read.
    """
    path = directory / "result.json"
    try:
        return TypeAdapter(Result).validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise JournalError("result.json cannot be read", where=path) from error
