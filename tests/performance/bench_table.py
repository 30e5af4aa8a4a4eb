"""Rows as Markdown, put between the markers of docs/performance.md; rows of other cases stay as they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bench_compare import Measured

MEBI = 1 << 20
APART = 1.25
"""Our own times further apart than this: something else was running."""
KEY_CELLS = 3

SPEED = (
    "case", "model", "dtype", "items", "workbench", "lm-eval (batch)", "ratio", "must reach", "floor",
    "max Δ log-likelihood", "verdicts that differ",
)  # fmt: skip
BENEATH = (
    "case", "model", "dtype", "memory workbench", "memory lm-eval", "ratio", "must reach", "tokens computed",
    "distinct", "ratio", "bare rate, layers", "bare rate, head", "share of it reached",
)  # fmt: skip
GROWTH = ("case", "model", "items", "seconds", "items/s", "memory", "computed / distinct", "times the row above")
WHOLE = ("case", "model", "dtype", "items", "workbench", "lm-eval at the rate above", "ratio")
TIES = ("case", "model", "dtype", "item", "margin workbench", "margin lm-eval", "verdict")


@dataclass(frozen=True, slots=True)
class Grown:
    """One point of the growth curve; memory in bytes above the loaded model."""

    case: str
    model: str
    items: int
    seconds: float
    memory: int
    computed: int
    distinct: int
    before: float | None
    """Seconds of the point before."""


@dataclass(frozen=True, slots=True)
class Whole:
    """All items of a case on our side alone, where lm-eval's time was enough for some of them only.

    `theirs` is lm-eval's seconds for those some, in proportion: it computes each item anew.
    """

    case: str
    title: str
    model: str
    dtype: str
    items: int
    seconds: float
    theirs: float


def mark(value: float, *, good: bool) -> str:
    """A number that a requirement is held against: bold where it is missed."""
    return f"{value:.2f}×" if good else f"**{value:.2f}×**"


def mebi(count: int) -> str:
    return f"{count / MEBI:,.0f} MiB"


def speed_row(row: Measured) -> tuple[str, ...]:
    difference = "–" if row.difference is None else f"{row.difference:.1e}"
    unsteady = f" (unsteady: ×{row.apart:.2f})" if row.apart > APART else ""
    return (
        f"({row.case}) {row.title}", row.model, row.dtype, str(row.items), f"{row.seconds:.1f} s{unsteady}",
        f"{row.theirs:.1f} s ({row.batch})", mark(row.ratio, good=row.required is None or row.ratio >= row.required),
        "–" if row.required is None else f"{row.required:g}×", f"{row.floor:.1f}×", difference,
        "–" if row.differing is None else str(row.differing),
    )  # fmt: skip


def beneath_row(row: Measured) -> tuple[str, ...]:
    # A side that used no memory above its model would divide by nothing.
    memory = max(row.memory, 1) / max(row.their_memory, 1)
    return (
        f"({row.case}) {row.title}", row.model, row.dtype, mebi(row.memory), mebi(row.their_memory),
        mark(memory, good=row.memory_required is None or memory <= row.memory_required),
        "–" if row.memory_required is None else f"{row.memory_required:g}×", f"{row.computed:,}", f"{row.distinct:,}",
        f"{row.computed / row.distinct:.3f}", f"{row.rates.body / 1e9:.0f} GFLOP/s", f"{row.rates.head / 1e9:.0f} GFLOP/s",
        f"{row.share:.0%}",
    )  # fmt: skip


def tie_rows(row: Measured) -> list[tuple[str, ...]]:
    name = f"({row.case}) {row.title}"
    return [
        (name, row.model, row.dtype, tie.item[:12], f"{tie.ours:.2e}", f"{tie.theirs:.2e}", "same" if tie.same else "differs")
        for tie in row.ties
    ]  # fmt: skip


def whole_row(row: Whole) -> tuple[str, ...]:
    return (
        f"({row.case}) {row.title}", row.model, row.dtype, str(row.items), f"{row.seconds:.1f} s",
        f"{row.theirs:.0f} s", f"{row.theirs / row.seconds:.1f}×",
    )  # fmt: skip


def growth_row(row: Grown) -> tuple[str, ...]:
    times = "–" if row.before is None else f"{row.seconds / row.before:.2f}"
    return (
        f"({row.case})", row.model, f"{row.items:,}", f"{row.seconds:.1f}", f"{row.items / row.seconds:.1f}",
        mebi(row.memory), f"{row.computed / row.distinct:.3f}", times,
    )  # fmt: skip


def line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([line(header), "|" + "---|" * len(header), *map(line, rows)])


def keyed(text: str, cells: int = KEY_CELLS) -> str:
    """What tells one table row's case, model and dtype (of the growth table: items) from another's."""
    return "|".join(cell.strip() for cell in text.strip("| \n").split("|")[:cells])


def merged(
    page: str,
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    gone: Sequence[str] = (),
    cells: int = KEY_CELLS,
) -> str:
    """Return `page` with `rows` in the table called `name`: each replaces the rows of its key, or is added, sorted.

    A key is a row's first `cells`; `gone` are keys whose rows are dropped though there is no new one.

    Raises
    ------
    ValueError
        The page has no such markers.
    """
    begin, end = f"<!-- bench {name}: written by `make bench` -->", f"<!-- /bench {name} -->"
    found = re.search(re.escape(begin) + r"(.*?)" + re.escape(end), page, re.DOTALL)
    if found is None:
        raise ValueError(f"docs/performance.md has no markers for {name!r}")
    there = [text for text in found[1].strip().splitlines()[2:] if text.startswith("|")]
    made = [line(row) for row in rows]
    replaced = {keyed(text, cells) for text in made} | set(gone)
    kept = [text for text in there if keyed(text, cells) not in replaced]
    # Stable, so that several rows of one key stay in their order.
    body = sorted([*kept, *made], key=natural)
    whole = "\n".join([begin, "", line(header), "|" + "---|" * len(header), *body, "", end])
    return page[: found.start()] + whole + page[found.end() :]


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Sort by key with numbers as numbers."""
    parts = re.split(r"(\d+)", keyed(text).replace(",", ""))
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in parts)
