"""What a simulation found: a share of replications with its Monte-Carlo error, and whether it lies where it must."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Share:
    """A share of replications; `error` is its Monte-Carlo standard error, 0 where all outcomes were enumerated."""

    value: float
    error: float

    @classmethod
    def of(cls, count: float, replications: int) -> Share:
        value = count / replications
        return cls(value, math.sqrt(value * (1 - value) / replications))

    def text(self) -> str:
        exact = f"{100 * self.value:.2f}"
        return exact if self.error == 0 else f"{exact} ± {100 * self.error:.2f}"


@dataclass(frozen=True)
class Row:
    """One line of the table: what was simulated, what ours did, what it may do, and what the naive version did."""

    part: str
    ours: str
    setting: str
    replications: int
    found: Share
    low: float
    high: float
    naive: str = ""
    naive_found: Share | None = None

    @property
    def holds(self) -> bool:
        return self.low <= self.found.value <= self.high

    @property
    def naive_fails(self) -> bool:
        return self.naive_found is not None and not self.low <= self.naive_found.value <= self.high

    def cells(self) -> list[str]:
        if self.low == 0:
            wanted = f"≤ {100 * self.high:g}"
        elif self.high == 1:
            wanted = f"≥ {100 * self.low:g}"
        else:
            wanted = f"{100 * self.low:g} to {100 * self.high:g}"
        naive = ""
        if self.naive_found is not None:
            naive = f"{self.naive_found.text()} ({'fails' if self.naive_fails else 'holds'})"
        count = f"{self.replications:,}" if self.replications else "enumerated"
        return [
            self.ours,
            self.setting,
            count,
            wanted,
            self.found.text(),
            "yes" if self.holds else "**NO**",
            self.naive,
            naive,
        ]


HEADER = ["what we do", "on", "replications", "wanted, %", "found, %", "holds", "the naive version", "found, %"]


def markdown(rows: list[Row]) -> str:
    """Return the rows as one table a part."""
    lines: list[str] = []
    for part in dict.fromkeys(row.part for row in rows):
        lines += [f"### {part}", "", _line(HEADER), "|" + "---|" * len(HEADER)]
        lines += [_line(row.cells()) for row in rows if row.part == part]
        lines.append("")
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
