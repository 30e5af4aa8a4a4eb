"""A few items of each model, pack and language: the wrong ones first, those the model was surest of leading."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.evaluation.finishing import item_rows
from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.table import FILE
from workbench.reports.scales import metric_is_share

WRONG, RIGHT = 3, 2
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """One item to show, and how it went: ``failed``, ``wrong``, ``partial``, ``right``, ``unjudged``."""

    kind: str
    row: ItemRow


def samples(result: Result, *, wrong: int = WRONG, right: int = RIGHT) -> dict[Place, tuple[Sample, ...]]:
    """Return the items to show by pack and language; empty when the run directory holds none.

    The rows are read once and never held all at a time.
    """
    kept: dict[Place, dict[str, list[tuple[float, str, ItemRow]]]] = {}
    headlines = {(score.pack, score.language): score.metric for score in result.scores if score.headline}
    most = {"failed": 1, "wrong": wrong, "partial": 1, "right": right, "unjudged": right}
    for row in rows_of(result):
        place = (row.pack, row.language)
        kind = judge(row, headlines.get(place, ""))
        heap = kept.setdefault(place, {}).setdefault(kind, [])
        # The key breaks ties, so that the same run always shows the same items.
        entry = (_certainty(row), row.key, row)
        if len(heap) < most[kind]:
            heapq.heappush(heap, entry)
        elif entry[:2] > heap[0][:2]:
            heapq.heapreplace(heap, entry)
    return {
        place: tuple(
            Sample(kind, row) for kind in most for _, _, row in sorted(kinds.get(kind, ()), key=_by_rank, reverse=True)
        )
        for place, kinds in kept.items()
    }


def judge(row: ItemRow, metric: str) -> str:
    """Return how an item went, by its own headline score where that is a share, else by what it chose."""
    if row.error:
        return "failed"
    values = dict(row.scores)
    value = values.get(metric) if metric_is_share(metric) else None
    if value is None:
        if row.prediction is None or row.gold is None:
            return "unjudged"
        value = float(row.prediction == row.gold)
    return {0.0: "wrong", 1.0: "right"}.get(value, "partial")


def rows_of(result: Result) -> Iterator[ItemRow]:
    """Yield the rows of a run's table; nothing where the result came without its run directory."""
    if (result.directory / FILE).is_file():
        yield from item_rows(result)


def _certainty(row: ItemRow) -> float:
    """Return by how much the model preferred its answer to the next best, in log-likelihood."""
    if len(row.log_likelihoods) < 2:  # noqa: PLR2004  # nothing to prefer to
        return 0.0
    first, second = heapq.nlargest(2, row.log_likelihoods)
    return first - second


def _by_rank(entry: tuple[float, str, ItemRow]) -> tuple[float, str]:
    return entry[:2]
