"""Pages, slices and single rows of the index. Every value reaches the database as a parameter."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from workbench.jupyter.items.columns import COLUMNS, folded

Rows = Sequence[Mapping[str, Any]]
ROW = f"position, offset, length, {', '.join(COLUMNS)}"
"""What is read of an item: its columns, and where its line stands in the journal."""
EQUAL = {
    "pack": "pack", "language": "language", "verdict": "verdict", "extraction": "extraction", "domain": "domain",
    "culture": "culture", "group": "grp", "error": "error",
}  # fmt: skip
"""Filters that ask for one value: parameter → column."""
# Ties go the way of the whole, so that an index read backwards gives the descending order.
SORTS = {
    "errors": "rank {order}, margin {order}, position {order}",
    "position": "position {order}",
    "item_id": "item_id {order}, position {order}",
    "language": "language {order}, position {order}",
    "score": "score {order}, position {order}",
    "margin": "margin {order}, position {order}",
    "tokens": "tokens {order}, position {order}",
    "response_length": "response_length {order}, position {order}",
}
SLICES = {
    "pack": "pack", "language": "language", "domain": "domain", "culture": "culture", "group": "grp",
    "extraction": "extraction", "verdict": "verdict", "error": "error", "tag": "tag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """A page of items: its rows, how many fit the filter, how many there are, and every tag of the run."""

    rows: Rows
    total: int
    indexed: int
    tags: tuple[str, ...]


def page(connection: sqlite3.Connection, wanted: Mapping[str, Any]) -> Page:
    """Return the rows that fit the parameters of ``listItems``."""
    where, values = _filter(wanted)
    order = SORTS[wanted["sort"]].format(order="DESC" if wanted["order"] == "descending" else "ASC")
    chosen = f"SELECT position FROM items {where} ORDER BY {order}"  # noqa: S608 — names of our own columns
    first, size = wanted["offset"], wanted["limit"]
    indexed = total = _count(connection, "SELECT count(*) FROM items", [])
    if where:  # a filter may be dear: it is gone through once, for the page and for the count
        found = [position for (position,) in connection.execute(chosen, values)]
        total, found = len(found), found[first : first + size]
    else:
        found = [position for (position,) in connection.execute(f"{chosen} LIMIT ? OFFSET ?", [size, first])]
    one_row = f"SELECT {ROW} FROM items WHERE position = ?"  # noqa: S608
    rows = [_rows(connection, one_row, [position])[0] for position in found]
    tags = tuple(tag for (tag,) in connection.execute("SELECT DISTINCT tag FROM tags ORDER BY tag"))
    return Page([_with_note(connection, row) for row in rows], total, indexed, tags)


def one(connection: sqlite3.Connection, key: str) -> Mapping[str, Any] | None:
    """Return the row of one key; None when there is none."""
    found = _rows(connection, f"SELECT {ROW} FROM items WHERE key = ?", [key])  # noqa: S608
    return _with_note(connection, found[0]) if found else None


def slices(connection: sqlite3.Connection, wanted: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return mean scores by one column, the largest slice first, and how many slices there are."""
    column = SLICES[wanted["by"]]
    source = "items JOIN tags USING (key)" if column == "tag" else "items"
    where, values = _filter({name: wanted.get(name) for name in ("pack", "language")})
    grouped = (
        f"SELECT {column} AS value, count(score) AS n, sum(error != '') AS failed, avg(score) AS mean, "  # noqa: S608
        f"total(score) AS credit, sum(score NOT IN (0, 1)) AS fractions FROM {source} {where} GROUP BY {column}"
    )
    rows = _rows(connection, f"{grouped} ORDER BY n DESC, failed DESC, value LIMIT ?", [*values, wanted["limit"]])
    total = _count(connection, f"SELECT count(*) FROM ({grouped})", values)  # noqa: S608
    return [_slice(row) for row in rows], total


def parts(connection: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return answered, failed and mean score of each pack and language."""
    rows = _rows(
        connection,
        "SELECT pack, language, count(*) AS answered, count(score) AS n, sum(error != '') AS failed, "
        "avg(score) AS mean, total(score) AS credit, sum(score NOT IN (0, 1)) AS fractions "
        "FROM items GROUP BY pack, language ORDER BY min(position)",
        [],
    )
    return [
        {**_slice({**row, "value": ""}), "pack": row["pack"], "language": row["language"], "answered": row["answered"]}
        for row in rows
    ]


def _slice(row: Mapping[str, Any]) -> dict[str, Any]:
    low, high = wilson(round(row["credit"]), row["n"]) if row["n"] and not row["fractions"] else (None, None)
    return {
        "value": str(row["value"] or ""), "n": row["n"], "failed": row["failed"] or 0, "mean": row["mean"],
        "low": low, "high": high,
    }  # fmt: skip


def wilson(successes: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a proportion, without the libraries that this process stays free of.

    Notes
    -----
    Wilson 1927, JASA 22. `workbench.statistics.wilson` is the same by way of scipy; a test compares the two.
    """
    z = NormalDist().inv_cdf(0.975)
    share, squared = successes / n, z * z
    middle = share + squared / (2 * n)
    spread = z * ((share * (1 - share) + squared / (4 * n)) / n) ** 0.5
    low, high = (middle - spread) / (1 + squared / n), (middle + spread) / (1 + squared / n)
    return (0.0 if successes == 0 else low), (1.0 if successes == n else high)


def _filter(wanted: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Return the WHERE clause of some parameters, and its values."""
    terms: list[str] = []
    values: list[Any] = []
    for name, column in EQUAL.items():
        if wanted.get(name) is not None:
            terms.append(f"{column} = ?")
            values.append(wanted[name])
    if wanted.get("tag"):
        terms.append("key IN (SELECT key FROM tags WHERE tag = ?)")
        values.append(wanted["tag"])
    if wanted.get("noted"):
        terms.append("key IN (SELECT key FROM notes)")
    text = folded(wanted.get("q") or "")
    if text:
        # A scan: an index of trigrams doubles the file, triples the time to make it, and is slower for common words.
        terms.append(
            "(position IN (SELECT position FROM texts WHERE instr(text, ?)) "
            "OR key IN (SELECT key FROM notes WHERE instr(text, ?)))"
        )
        values += [text, text]
    return (f"WHERE {' AND '.join(terms)}" if terms else ""), values


def _rows(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    cursor = connection.execute(statement, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _count(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> int:
    return int(connection.execute(statement, values).fetchone()[0])


def _with_note(connection: sqlite3.Connection, row: dict[str, Any]) -> dict[str, Any]:
    tags = [tag for (tag,) in connection.execute("SELECT tag FROM tags WHERE key = ? ORDER BY tag", (row["key"],))]
    note = connection.execute("SELECT text FROM notes WHERE key = ?", (row["key"],)).fetchone()
    return {**row, "tags": tags, "note": bool(note and note[0])}
