"""What ran, kept beside the journal once every question is answered: a run killed after that needs no model again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.engines.protocol import EngineFacts
from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE = "engine.json"


@dataclass(frozen=True, slots=True)
class EngineRecord:
    """The facts of the engine that answered the last question."""

    facts: EngineFacts
    schema: int = SCHEMA


@cache
def _records() -> TypeAdapter[EngineRecord]:
    return TypeAdapter(EngineRecord)


def write_engine(directory: Path, facts: EngineFacts) -> None:
    """Write what ran.

    Raises
    ------
    DiskFull
        No space left.
    """
    write_atomically(directory / FILE, _records().dump_json(EngineRecord(facts), indent=1))


def read_engine(directory: Path) -> EngineFacts | None:
    """Return what ran, or None where that is not known: the model then is loaded once more to say so."""
    try:
        record = _records().validate_json((directory / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
    return record.facts if record.schema == SCHEMA else None
