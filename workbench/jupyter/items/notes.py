"""Tags and notes that people put beside items of a run: ``notes.json`` in the run's directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError
from workbench.policy.locks import locked
from workbench.policy.storage import write_atomically

SCHEMA = 1
FILE, LOCK = "notes.json", "notes.lock"


@dataclass(frozen=True, slots=True)
class Note:
    """What a person says about one item."""

    tags: tuple[str, ...] = ()
    note: str = ""
    changed: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return not self.tags and not self.note

    def shown(self) -> dict[str, Any]:
        """Return the note as the contract has it."""
        return {
            "tags": list(self.tags),
            "note": self.note,
            "changed": self.changed.isoformat() if self.changed else None,
        }


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of a run, by the key of the item."""

    notes: Mapping[str, Note] = field(default_factory=dict)
    schema: int = SCHEMA


@cache
def _notes() -> TypeAdapter[Notes]:
    return TypeAdapter(Notes)


def read_notes(directory: Path) -> Mapping[str, Note]:
    """Return the notes of a run.

    Raises
    ------
    JournalError
        The file is damaged or newer than this Workbench.
    """
    path = directory / FILE
    try:
        found = _notes().validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise JournalError("the notes of this run cannot be read", where=path) from error
    if found.schema > SCHEMA:
        raise JournalError(f"the notes have schema {found.schema}; this Workbench knows {SCHEMA}", where=path)
    return found.notes


def write_note(directory: Path, key: str, tags: tuple[str, ...], text: str) -> Note:
    """Set the note of one item, and return it; an empty one is removed.

    Raises
    ------
    DiskFull
        No space left; the old notes are untouched.
    """
    note = Note(tags, text, datetime.now(UTC))
    with locked(directory / LOCK):  # of two people who note at once, neither loses what they wrote
        notes = {name: entry for name, entry in read_notes(directory).items() if name != key}
        if not note.empty:
            notes[key] = note
        write_atomically(directory / FILE, _notes().dump_json(Notes(notes), indent=1))
    return Note() if note.empty else note
