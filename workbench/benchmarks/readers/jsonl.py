"""One JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.text import lines_of, reject_constant
from workbench.errors import BadItem


def read_jsonl(text: str, location: Location, report: Report) -> Iterator[Record]:
    """Yield the record of each line; empty lines are passed over.

    Reports
    -------
    BadItem
        A line that is not one JSON object; the last line, when the file ends inside it.
    """
    lines = lines_of(text)
    number = 0
    for line, content in enumerate(lines, start=1):
        if not content.strip():
            continue
        number += 1
        where = f"{location.label}:{line}"
        try:
            data = json.loads(content, parse_constant=reject_constant)
        except (ValueError, RecursionError) as error:
            cut = line == len(lines) and not text.endswith("\n")
            at = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            message = f"the file ends inside this line ({at})" if cut else f"this line is not JSON: {at}"
            report(BadItem(message, where=where, remedy="Copy the file again." if cut else None))
            continue
        if not isinstance(data, dict):
            report(BadItem(f"this line is a JSON {type(data).__name__}, not an object", where=where))
            continue
        yield Record(data, number, where, line)
