"""Whether a text is a table of separated values: by which separator, quoted or not, with a header or not."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.benchmarks.readers.delimited import MAX_FIELD
from workbench.benchmarks.readers.text import lines_of

SEPARATORS = ("\t", ",", ";", "|")
MOST_UNEVEN = 0.02
MOST_UNEVEN_TAB = 0.1
"""A tab inside a text is rare, so that a table with some damaged rows is still one."""
FEWEST_ROWS = 2
SHORT_NAME = 40
Quoting = Literal["yes", "no", "any"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written; `rows` as read by it."""

    delimiter: str
    quoting: Quoting
    width: int
    rows: tuple[tuple[str, ...], ...]
    evidence: str


def find_dialect(text: str) -> Dialect | None:
    """Return how `text` is a table; None when its lines do not fall into the same number of fields."""
    for delimiter in SEPARATORS:
        if delimiter not in text:
            continue
        plain = _even([tuple(line.split(delimiter)) for line in lines_of(text) if line], delimiter)
        quoted = _even(_quoted(text, delimiter), delimiter) if '"' in text else plain
        if plain is None and quoted is None:
            continue
        quoting: Quoting
        if plain is None or quoted is None:
            quoting, width = ("yes", quoted) if quoted else ("no", plain or 0)
        else:
            quoting = "any" if '"' not in text else "yes" if _wrapped(text, delimiter) else "no"
            width = quoted if quoting == "yes" else plain
        rows = (
            _quoted(text, delimiter) if quoting == "yes" else [tuple(x.split(delimiter)) for x in lines_of(text) if x]
        )
        name = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}[delimiter]
        evidence = f"{len(rows)} rows of {width} fields between {name}"
        evidence += {"yes": ", quoted", "no": ", quotes are text", "any": ""}[quoting]
        return Dialect(delimiter, quoting, width, tuple(row for row in rows if len(row) == width), evidence)
    return None


def _quoted(text: str, delimiter: str) -> list[tuple[str, ...]]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        return [tuple(row) for row in reader if row]
    except csv.Error:
        return []


def _even(rows: Sequence[Sequence[str]], delimiter: str) -> int | None:
    """Return how many fields nearly all rows have, if more than one."""
    if len(rows) < FEWEST_ROWS:
        return None
    width, count = Counter(map(len, rows)).most_common(1)[0]
    uneven = 1 - count / len(rows)
    return width if width > 1 and uneven <= (MOST_UNEVEN_TAB if delimiter == "\t" else MOST_UNEVEN) else None


def _wrapped(text: str, delimiter: str) -> bool:
    """Return whether some field begins and ends with a quote: then quotes are signs of the table, not of its texts."""
    fields = [field for line in lines_of(text) for field in line.split(delimiter)]
    return any(len(field) > 1 and field[0] == field[-1] == '"' for field in fields)


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names the columns rather than being one of the rows.

    Each column votes: its first field is of another kind than the rest (a word above numbers), stands nowhere else in
    a column of few values, or is much shorter than texts below it.
    """
    first, rest = rows[0], rows[1:]
    if not rest or (len(set(first)) < len(first) and any(first)):
        return False
    votes = 0
    for place, name in enumerate(first):
        column = [row[place] for row in rest]
        filled = [value for value in column if value]
        if not filled:
            continue
        numbers = sum(_number(value) for value in filled) / len(filled)
        mean = sum(map(len, filled)) / len(filled)
        few = len(set(filled)) <= max(2, len(filled) // 4)
        if numbers > 0.95:  # noqa: PLR2004
            votes += 2 if not _number(name) else -2
        elif few:
            votes += 1 if name not in filled else -2
        elif len(name) <= SHORT_NAME and mean > 2 * len(name):
            votes += 1
        elif len(name) > SHORT_NAME:
            votes -= 2
    return votes > 0


def _number(text: str) -> bool:
    stripped = text.strip().replace(",", "").replace(".", "").lstrip("+-")
    return stripped.isdecimal()
