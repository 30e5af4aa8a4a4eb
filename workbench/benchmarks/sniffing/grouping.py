"""Files of one shape are one benchmark: by their fields, or by having the same number of lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.benchmarks.sniffing.columns import find_columns
from workbench.benchmarks.sniffing.delimited import Quoting
from workbench.benchmarks.sniffing.tables import Table, with_quoting

SHARED = 0.6
SAMPLE = 200
FEWEST_LINES = 3


@dataclass(frozen=True, slots=True)
class Group:
    """Files that are read alike, the one with most records first; `aligned` when their lines belong together."""

    tables: tuple[Table, ...]
    aligned: bool = False

    @property
    def main(self) -> Table:
        """The table whose records say most."""
        return self.tables[0]

    @property
    def records(self) -> int:
        """Number of records in all files."""
        return sum(len(table.records) for table in self.tables)


def find_groups(tables: Sequence[Table]) -> tuple[Group, ...]:
    """Return the groups of a source, the one with most records first."""
    lines = [table for table in tables if table.shape.format == "lines"]
    groups = [*_by_fields([table for table in tables if table.shape.format != "lines"]), *_by_count(lines)]
    return tuple(sorted(groups, key=lambda group: (-group.records, group.main.name)))


def _by_fields(tables: Sequence[Table]) -> list[Group]:
    found: list[tuple[tuple[object, ...], frozenset[str], list[Table]]] = []
    for table in sorted(tables, key=lambda each: -len(each.records)):
        shape = table.shape
        sign = (shape.format, shape.records, shape.header, shape.delimiter)
        paths = frozenset(column.path for column in find_columns(table.records[:SAMPLE]))
        for known, shared, members in found:
            positional = bool(shape.columns) and shape.columns != members[0].shape.columns
            if known == sign and not positional and len(paths & shared) >= SHARED * min(len(paths), len(shared)):
                members.append(table)
                break
        else:
            found.append((sign, paths, [table]))
    return [Group(_alike(members)) for _, _, members in found]


def _alike(tables: list[Table]) -> tuple[Table, ...]:
    """Return tables that are all read with quotes or all without: as most of those need that show it."""
    wanted = [table.shape.quoting for table in tables if table.shape.quoting != "any"]
    if not wanted or tables[0].shape.format not in ("csv", "tsv"):
        return tuple(tables)
    # Quotes that are text spoil a table read as quoted; a quoted one read without only keeps its quotes.
    order: list[Quoting] = sorted(("yes", "no"), key=lambda each: -sum(one == each for one in wanted))
    for quoting in order:
        tried = [with_quoting(table, quoting) for table in tables]
        if all(len(a.problems) <= len(b.problems) for a, b in zip(tried, tables, strict=True)):
            return tuple(tried)
    return tuple(tables)


def _by_count(tables: Sequence[Table]) -> list[Group]:
    counts: dict[int, list[Table]] = {}
    for table in tables:
        counts.setdefault(len(table.records) + len(table.problems), []).append(table)
    groups, alone = [], []
    for count, members in counts.items():
        if len(members) > 1 and count >= FEWEST_LINES:
            groups.append(Group(tuple(members), aligned=True))
        else:
            alone += members
    if alone:
        groups.append(Group(tuple(sorted(alone, key=lambda table: -len(table.records)))))
    return groups
