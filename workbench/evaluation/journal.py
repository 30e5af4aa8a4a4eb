"""The journal of a run: what is known survives whatever dies.

``items.jsonl`` is append-only and synced after every batch; it is the truth while a run goes on. A kill can leave
one torn line at its end, a power cut a hole in the batch that was not synced yet, never more: `Journal.repair` cuts
them off and says so. ``events.jsonl`` tells what happened when. Neither is ever rewritten.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.spec import RunSpec, spec_from_json
from workbench.policy.digests import canonical_json
from workbench.policy.storage import FILE_MODE, disk_errors, private_directory, sync_directory, write_atomically

SCHEMA = 1
SPEC, ITEMS, EVENTS, REQUEUED = "spec.json", "items.jsonl", "events.jsonl", "requeued.json"
BATCH_ROWS = 64
"""At most so many rows are written between two syncs."""
_NAMES = tuple(entry.name for entry in fields(ItemRow))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run: a state, a warning, a torn line."""

    at: datetime
    kind: str
    message: str = ""
    schema: int = SCHEMA


@cache
def _rows() -> TypeAdapter[ItemRow]:
    return TypeAdapter(ItemRow)


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Event)


def encode(row: ItemRow) -> bytes:
    """Return one line of ``items.jsonl``; half a character, which a tokenizer can make, is in it as JSON escapes it."""
    record = {name: getattr(row, name) for name in _NAMES}
    text = json.dumps({"schema": SCHEMA, **record}, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def append(path: Path, data: bytes) -> None:
    """Append `data` and wait until it is on the disk; a failed write leaves the file as long as it was.

    Raises
    ------
    DiskFull
        No space left; what was written before is whole.
    """
    with disk_errors(path):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FILE_MODE)
        try:
            size = os.fstat(descriptor).st_size
            try:
                written = 0
                while written < len(data):
                    written += os.write(descriptor, data[written:])
                os.fsync(descriptor)
                if size == 0:
                    sync_directory(path.parent)  # the file's name must survive a power cut too
            except OSError:
                os.ftruncate(descriptor, size)
                raise
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Journal:
    """One run directory."""

    directory: Path

    @classmethod
    def create(cls, directory: Path, spec: RunSpec) -> Journal:
        """Make the directory and write the spec, or return the journal that is there for the same spec.

        Raises
        ------
        JournalError
            The directory belongs to another spec.
        """
        private_directory(directory)
        journal = cls(directory)
        if (directory / SPEC).exists():
            if journal.spec().hash != spec.hash:
                raise JournalError("this directory belongs to a run of another spec", where=directory)
            return journal
        write_atomically(directory / SPEC, spec.canonical())
        sync_directory(directory.parent)
        return journal

    @property
    def items_path(self) -> Path:
        """Where the rows are."""
        return self.directory / ITEMS

    def spec(self) -> RunSpec:
        """Return the spec of the run.

        Raises
        ------
        JournalError
            There is none, or it is damaged.
        """
        path = self.directory / SPEC
        try:
            data = path.read_bytes()
        except OSError as error:
            raise JournalError(f"the run has no readable spec ({error.strerror})", where=path) from error
        return spec_from_json(data, str(path))

    def repair(self) -> int:
        """Cut off what an unfinished write left; return how many bytes of rows went, and note it as an event."""
        _cut_unfinished(self.directory / EVENTS, batch=1)
        gone = _cut_unfinished(self.items_path, batch=BATCH_ROWS)
        if gone:
            self.note("torn", f"{gone} bytes of an unfinished write were cut off; their items will be asked again")
        return gone

    def rows(self) -> Iterator[ItemRow]:
        """Yield each whole row in the order written; of several with one key the first counts.

        Failed rows that were requeued do not count: their items are asked again.

        Raises
        ------
        JournalError
            A whole line that is no row: the file was changed by something else.
        """
        if not self.items_path.exists():
            return
        seen: set[str] = set()
        again, offset = requeued_before(self.directory), 0
        with self.items_path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                row = self._row(line, number)
                requeued = bool(row.error) and offset < again
                offset += len(line)
                if row.key not in seen and not requeued:
                    seen.add(row.key)
                    yield row

    def _row(self, line: bytes, number: int) -> ItemRow:
        where = f"{self.items_path}:{number}"
        try:
            record = json.loads(line)
            if record.pop("schema", None) != SCHEMA:
                raise JournalError("the line has no schema version this Workbench knows", where=where)
            return _rows().validate_python(record)
        except (ValueError, AttributeError, TypeError) as error:  # a ValidationError is a ValueError
            raise JournalError("the line is damaged", where=where) from error

    def append(self, rows: Sequence[ItemRow]) -> None:
        """Add rows, synced to disk when this returns."""
        if rows:
            append(self.items_path, b"".join(map(encode, rows)))

    def requeue(self) -> int:
        """Let the items that failed so far be asked again, and return how many they are.

        Their rows stay in the journal, which is never rewritten, and no longer count.
        """
        failed = sum(bool(row.error) for row in self.rows())
        if failed:
            before = self.items_path.stat().st_size
            write_atomically(self.directory / REQUEUED, canonical_json({"schema": SCHEMA, "before": before}))
            self.note("requeued", f"{failed} failed items will be asked again")
        return failed

    def note(self, kind: str, message: str = "") -> None:
        """Add an event."""
        append(self.directory / EVENTS, _events().dump_json(Event(datetime.now(UTC), kind, message)) + b"\n")

    def events(self) -> tuple[Event, ...]:
        """Return the events so far; a torn last line is left out."""
        path = self.directory / EVENTS
        if not path.exists():
            return ()
        whole = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        found = []
        for number, line in enumerate(whole, start=1):
            try:
                found.append(_events().validate_json(line))
            except ValidationError as error:
                raise JournalError("the line is damaged", where=f"{path}:{number}") from error
        return tuple(found)


def requeued_before(directory: Path) -> int:
    """Return up to which byte of a journal failed rows do not count; 0 where none was requeued.

    Raises
    ------
    JournalError
        The mark is damaged or newer than this Workbench.
    """
    path = directory / REQUEUED
    try:
        mark = json.loads(path.read_bytes())
        if mark["schema"] <= SCHEMA:
            return int(mark["before"])
    except FileNotFoundError:
        return 0
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise JournalError("the mark of requeued items cannot be read", where=path) from error
    raise JournalError(f"the mark has schema {mark['schema']}; this Workbench knows {SCHEMA}", where=path)


def _cut_unfinished(path: Path, batch: int) -> int:
    """Cut a torn last line, and a hole among the last `batch` lines, off a file; return how many bytes went."""
    if not path.exists():
        return 0
    with disk_errors(path), path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        keep = _before_hole(file.fileno(), _end_of_last_line(file.fileno(), size), batch)
        if keep < size:
            file.truncate(keep)
            file.flush()
            os.fsync(file.fileno())
    return size - keep


def _end_of_last_line(descriptor: int, size: int, piece: int = 1 << 16) -> int:
    """Return the offset behind the last newline, read backwards."""
    end = size
    while end > 0:
        start = max(0, end - piece)
        found = os.pread(descriptor, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _before_hole(descriptor: int, end: int, batch: int, piece: int = 1 << 20) -> int:
    """Return the offset of the line in which the first zero byte stands, or `end`.

    JSON holds no zero byte: it is a block that never reached the disk while a later one did. With more than `batch`
    lines behind it, it stands in what was synced, so something else damaged the file and nothing is cut.
    """
    start = 0
    while start < end:
        data = os.pread(descriptor, min(piece, end - start), start)
        hole = data.find(b"\0")
        if hole >= 0:
            begins = _end_of_last_line(descriptor, start + hole)
            behind = os.pread(descriptor, end - start - hole, start + hole).count(b"\n")
            return begins if behind <= batch else end
        start += len(data)
    return end
