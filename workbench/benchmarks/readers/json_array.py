"""A JSON document that holds a list (or an object, by key) of records."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.benchmarks.fields import MISSING, one
from workbench.benchmarks.readers.json_lines import parse_json
from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadItem


def read_json(text: str, location: Location, records: str, report: Report) -> Iterator[Record]:
    """Yield the records found at the path `records` (the whole document where it is empty).

    Reports
    -------
    BadItem
        No list there, or an entry that is no object.
    """
    document = parse_json(text, location)
    found = one(document.root, records) if records else document.root
    if isinstance(found, dict):
        entries = [(key, value) for key, value in found.items()]
    elif isinstance(found, list):
        entries = [("", value) for value in found]
    else:
        what = "nothing" if found is MISSING else f"a {type(found).__name__}"
        report(BadItem(f"a list of records is expected at {records or 'the top'}, found {what}", where=location.label))
        return
    for number, (key, value) in enumerate(entries, start=1):
        line = document.line(value)
        where = f"{location.label}:{line}" if line else f"{location.label}#{key or number}"
        if not isinstance(value, dict):
            report(BadItem(f"record {key or number} is a JSON {type(value).__name__}, not an object", where=where))
            continue
        yield Record({**value, "@key": key} if key else value, number, where, line)
