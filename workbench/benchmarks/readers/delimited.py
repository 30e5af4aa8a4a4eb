"""Comma- and tab-separated values, with or without a header row, quoted or not."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.text import lines_of
from workbench.benchmarks.reading import Reading
from workbench.errors import BadCard, BadItem

MAX_FIELD = 16 << 20
"""Characters a field may have; the library's own limit of 131,072 is below some passages."""


def read_delimited(text: str, location: Location, reading: Reading, report: Report) -> Iterator[Record]:
    """Yield one record a row. Line breaks and quotes may stand inside quoted fields; empty lines are passed over.

    Reports
    -------
    BadItem
        A row with another number of fields than there are columns; a quote that is never closed.
    BadCard
        No header row and no columns named in the card; a column named twice.
    """
    delimiter = reading.delimiter or ("\t" if reading.format == "tsv" else ",")
    rows = _quoted(text, delimiter, location, report) if reading.quoted else _unquoted(text, delimiter)
    columns = list(reading.columns)
    number = 0
    for line, row in rows:
        where = f"{location.label}:{line}"
        if not columns:
            if not reading.header:
                report(BadCard("a file without header needs its `columns` in the card", where=location.label))
                return
            columns = [name.strip() for name in row]
            if len(set(columns)) != len(columns):
                report(BadItem(f"a column is named twice in the header: {', '.join(columns)}", where=where))
                return
            continue
        if reading.header and reading.columns and number == 0 and line == 1:
            continue
        number += 1
        if len(row) != len(columns):
            message = f"{len(row)} fields where there are {len(columns)} columns ({', '.join(columns)})"
            report(BadItem(message, where=where))
            continue
        yield Record(dict(zip(columns, row, strict=True)), number, where, line)


def _unquoted(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for line, content in enumerate(lines_of(text), start=1):
        if content:
            yield line, content.split(delimiter)


def _quoted(text: str, delimiter: str, location: Location, report: Report) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(max(csv.field_size_limit(), MAX_FIELD))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            remedy = "Close the quote, or declare `quoted: false` if fields of this file are never quoted."
            message = f"the row that starts here is not valid: {error}"
            report(BadItem(message, where=f"{location.label}:{start}", remedy=remedy))
            return
        if row is None:
            return
        if row:
            yield start, row
        start = reader.line_num + 1
