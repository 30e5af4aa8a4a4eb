"""An index of a run's journal, for pages, filters and searches: ``items.sqlite`` beside it.

It holds nothing that the journal has not, is brought up to date when it is asked, and is made anew when it is
damaged, of another version, or of a journal that was cut. Rows stay in the journal; the index knows where.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import DiskFull, JournalError, MachineCannot
from workbench.evaluation.journal import ITEMS, requeued_before
from workbench.jupyter.items.columns import COLUMNS, columns, folded, searched
from workbench.jupyter.items.notes import FILE as NOTES
from workbench.jupyter.items.notes import read_notes
from workbench.policy.locks import locked
from workbench.policy.storage import FILE_MODE

SCHEMA = 1
FILE, LOCK = "items.sqlite", "items.sqlite.lock"
BATCH = 2000
LOCKED_SECONDS = 120.0
_TABLES = f"""
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE items (position INTEGER PRIMARY KEY, offset INTEGER, length INTEGER, {", ".join(COLUMNS)});
CREATE UNIQUE INDEX by_key ON items (key);
CREATE INDEX by_rank ON items (rank, margin, position);
CREATE INDEX by_place ON items (pack, language, verdict);
CREATE INDEX by_score ON items (score, position);
CREATE INDEX by_margin ON items (margin, position);
CREATE INDEX by_tokens ON items (tokens, position);
CREATE INDEX by_length ON items (response_length, position);
CREATE INDEX by_language ON items (language, position);
CREATE INDEX by_item ON items (item_id, position);
CREATE TABLE texts (position INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE notes (key TEXT PRIMARY KEY, text TEXT) WITHOUT ROWID;
CREATE TABLE tags (key TEXT, tag TEXT, PRIMARY KEY (key, tag)) WITHOUT ROWID;
"""
_INSERT = (
    f"INSERT INTO items (position, offset, length, {', '.join(COLUMNS)}) "  # noqa: S608 — names of our own columns
    f"VALUES ({', '.join('?' * (len(COLUMNS) + 3))})"
)


@contextmanager
def opened(directory: Path) -> Iterator[sqlite3.Connection]:
    """Open the index of a run, brought up to date with its journal and notes.

    Raises
    ------
    JournalError
        A line of the journal is damaged.
    DiskFull, MachineCannot
        The index cannot be written.
    """
    path = directory / FILE
    with locked(directory / LOCK):  # nobody makes anew what another is just writing to
        try:
            connection = _current(directory)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise _machine(error, path) from error
            path.unlink(missing_ok=True)  # damaged: everything in it is in the journal too
            connection = _current(directory)
    with closing(connection):
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise _machine(error, path) from error


def _machine(error: sqlite3.Error, path: Path) -> MachineCannot:
    kind = DiskFull if "full" in str(error) else MachineCannot
    return kind(f"the index of this run's items cannot be used ({error})", where=path)


def _current(directory: Path) -> sqlite3.Connection:
    path = directory / FILE
    connection = _connect(path)
    try:
        journal = directory / ITEMS
        size = journal.stat().st_size if journal.exists() else 0
        again = requeued_before(directory)
        if (
            _meta(connection, "schema") != SCHEMA
            or _meta(connection, "requeued") != again
            or _behind(connection) > size
        ):
            connection.close()
            path.unlink(missing_ok=True)
            connection = _made(path, again)
        if _behind(connection) < size:
            with _writing(connection):
                _read_journal(connection, journal, again)
        _read_notes(connection, directory)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=FILE_MODE)
    connection = sqlite3.connect(path, timeout=LOCKED_SECONDS, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # a power cut costs the index, never the journal
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def _made(path: Path, requeued: int) -> sqlite3.Connection:
    connection = _connect(path)
    with _writing(connection):
        if _meta(connection, "schema") is None:  # nobody else made it since
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            _set(connection, "schema", SCHEMA)
            _set(connection, "requeued", requeued)
            _set(connection, "behind", 0)
    return connection


@contextmanager
def _writing(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _meta(connection: sqlite3.Connection, name: str) -> Any:
    """Return what the index says of itself; None where it has no such entry, or no tables yet."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone() is None:
        return None
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if found is None else found[0]


def _set(connection: sqlite3.Connection, name: str, value: object) -> None:
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def _behind(connection: sqlite3.Connection) -> int:
    """Return up to which byte of the journal the index knows it."""
    return int(_meta(connection, "behind") or 0)


def _read_journal(connection: sqlite3.Connection, journal: Path, requeued: int) -> None:
    """Add what the journal has since; of several rows with one key the first counts, as in the journal itself."""
    offset = _behind(connection)  # inside the transaction: another reader may have been here
    position = int(connection.execute("SELECT count(*) FROM items").fetchone()[0])
    seen = {key for (key,) in connection.execute("SELECT key FROM items")}
    items: list[tuple[Any, ...]] = []
    texts: list[tuple[int, str]] = []
    with journal.open("rb") as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                break
            key, failed, values, text = _row(line, journal, offset)
            if key not in seen and not (failed and offset < requeued):
                seen.add(key)
                items.append((position, offset, len(line), *values))
                texts.append((position, text))
                position += 1
            offset += len(line)
            if len(items) == BATCH:
                _write(connection, items, texts)
    _write(connection, items, texts)
    _set(connection, "behind", offset)


def _row(line: bytes, journal: Path, offset: int) -> tuple[str, bool, tuple[Any, ...], str]:
    """Return the key of a line, whether its item failed, its columns, and what is searched of it."""
    try:
        row: dict[str, Any] = json.loads(line)
        return row["key"], bool(row["error"]), columns(row), searched(row)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise JournalError("a line is damaged", where=f"{journal} at byte {offset:,}") from error


def _write(connection: sqlite3.Connection, items: list[tuple[Any, ...]], texts: list[tuple[int, str]]) -> None:
    connection.executemany(_INSERT, items)
    connection.executemany("INSERT INTO texts VALUES (?, ?)", texts)
    items.clear()
    texts.clear()


def _read_notes(connection: sqlite3.Connection, directory: Path) -> None:
    """Bring tags and notes up to date, when their file changed."""
    path = directory / NOTES
    found = path.stat() if path.exists() else None
    version = f"{found.st_mtime_ns} {found.st_ino}" if found else ""
    if (_meta(connection, "notes") or "") == version:
        return
    with _writing(connection):
        connection.execute("DELETE FROM notes")
        connection.execute("DELETE FROM tags")
        for key, note in read_notes(directory).items():
            connection.execute("INSERT INTO notes VALUES (?, ?)", (key, folded(note.note)))
            connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?)", [(key, tag) for tag in note.tags])
        _set(connection, "notes", version)
