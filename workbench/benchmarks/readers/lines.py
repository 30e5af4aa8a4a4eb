"""Plain text, one item a line; other files may be aligned with it line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.text import lines_of
from workbench.errors import BadItem


def read_lines(text: str, location: Location, parallel: Mapping[str, str], report: Report) -> Iterator[Record]:
    """Yield one record a line: `text`, and a field for each text of `parallel`.

    Reports
    -------
    BadItem
        Files of different lengths (nothing is read then, because any pairing could be wrong); an empty line.
    """
    own = lines_of(text)
    columns: dict[str, list[str]] = {"text": own}
    for name, other in parallel.items():
        columns[name] = lines_of(other)
        if len(columns[name]) != len(own):
            message = f"{len(own)} lines here, {len(columns[name])} in its companion {name!r}: they are not aligned"
            report(BadItem(message, where=location.label, remedy="Copy both files again from the same release."))
            return
    for number, line in enumerate(own, start=1):
        where = f"{location.label}:{number}"
        if not line.strip():
            report(BadItem("the line is empty", where=where))
            continue
        yield Record({name: column[number - 1] for name, column in columns.items()}, number, where, number)
