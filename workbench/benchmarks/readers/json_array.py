"""A JSON document that holds a list (or an object, by key) of records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench.benchmarks.fields import EVERY, MISSING, one
from workbench.benchmarks.readers.json_lines import parse_json
from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadItem


def read_json(text: str, location: Location, records: str, report: Report) -> Iterator[Record]:
    """Yield the records found at the path `records` (the whole document where it is empty).

    Where the path holds ``*``, records lie in lists inside other objects: each then knows the object around it as
    ``@up`` (whose own is ``@up.@up``), its lists left out, and its ``@place`` (``3.1``: the first of the third).

    Reports
    -------
    BadItem
        No list there, or an entry that is no object.
    """
    document = parse_json(text, location)
    number = 0
    for entry in _entries(document.root, records, _Around("", {})):
        line = document.line(entry.value)
        if isinstance(entry.value, str) and entry.fault:
            line = document.line(entry.holder)
            report(BadItem(entry.fault, where=f"{location.label}:{line}" if line else location.label))
            continue
        number += 1
        where = f"{location.label}:{line}" if line else f"{location.label}#{entry.key or number}"
        if not isinstance(entry.value, dict):
            what = type(entry.value).__name__
            report(BadItem(f"record {entry.key or number} is a JSON {what}, not an object", where=where))
            continue
        extra: dict[str, Any] = {"@key": entry.key} if entry.key else {}
        if entry.around.place:
            extra |= {"@up": entry.around.data, "@place": entry.around.place}
        yield Record({**entry.value, **extra} if extra else entry.value, number, where, line)


@dataclass(frozen=True, slots=True)
class _Around:
    """What lies around a record: which one it is, and its fields."""

    place: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Entry:
    value: Any
    around: _Around
    key: str = ""
    fault: str = ""
    holder: Any = None


def _entries(holder: Any, path: str, around: _Around) -> Iterator[_Entry]:
    head, star, tail = path.partition(f".{EVERY}") if not path.startswith(EVERY) else ("", EVERY, path[1:])
    found = one(holder, head) if head else holder
    if not isinstance(found, dict | list):
        what = "nothing" if found is MISSING else f"a {type(found).__name__}"
        fault = f"a list of records is expected at {head or 'the top'}, found {what}"
        yield _Entry("", around, fault=fault, holder=holder)
        return
    pairs = list(found.items()) if isinstance(found, dict) else [("", value) for value in found]
    for number, (key, value) in enumerate(pairs, start=1):
        if not star:
            yield _Entry(value, around, key)
            continue
        own = (
            {name: each for name, each in value.items() if not isinstance(each, list)}
            if isinstance(value, dict)
            else {}
        )
        place = f"{around.place}.{number}" if around.place else str(number)
        up = {"@up": around.data} if around.place else {}
        key_of = {"@key": key} if key else {}
        yield from _entries(value, tail.removeprefix("."), _Around(place, {**own, **key_of, **up, "@place": place}))
