"""CoNLL-U: annotated sentences (Universal Dependencies)."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.text import lines_of
from workbench.errors import BadItem

COLUMNS = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


def read_conllu(text: str, location: Location, report: Report) -> Iterator[Record]:
    """Yield one record a sentence.

    A record holds its comments by name (`sent_id`, `text`, `newdoc id`…), and `forms`, `lemmas`, `tags`: those of its
    words joined by spaces. A sentence without a `text` comment gets its tokens, put together as ``SpaceAfter=No`` says.

    Reports
    -------
    BadItem
        A line with another number of columns than ten.

    Notes
    -----
    https://universaldependencies.org/format.html
    """
    number = 0
    comments: dict[str, str] = {}
    rows: list[list[str]] = []
    first, sound = 0, True
    for line, content in enumerate([*lines_of(text), ""], start=1):
        if not content.strip():
            if rows and sound:
                number += 1
                yield Record(_data(comments, rows), number, f"{location.label}:{first}", first)
            comments, rows, first, sound = {}, [], 0, True
            continue
        first = first or line
        if content.startswith("#"):
            name, equals, value = content[1:].partition("=")
            comments[name.strip()] = value.strip() if equals else "yes"
            continue
        row = content.split("\t")
        if len(row) != len(COLUMNS):
            sound = False
            report(BadItem(f"{len(row)} columns, CoNLL-U has {len(COLUMNS)}", where=f"{location.label}:{line}"))
            continue
        rows.append(row)


def _data(comments: dict[str, str], rows: list[list[str]]) -> dict[str, str]:
    words = [row for row in rows if row[0].isdecimal()]
    data = {
        "forms": " ".join(row[1] for row in words),
        "lemmas": " ".join(row[2] for row in words),
        "tags": " ".join(row[3] for row in words),
    }
    return {**data, "text": _surface(rows), **comments}


def _surface(rows: list[list[str]]) -> str:
    """Put a sentence together from its tokens: of a multiword token the token, not its words."""
    parts: list[str] = []
    until = 0
    for row in rows:
        first, dash, last = row[0].partition("-")
        if not first.isdecimal() or (not dash and int(first) <= until):
            continue
        until = int(last) if dash and last.isdecimal() else until
        parts.append(row[1] + ("" if "SpaceAfter=No" in row[9] else " "))
    return "".join(parts).strip()
