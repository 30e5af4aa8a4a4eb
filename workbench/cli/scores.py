"""A result as tables: what was scored, how sure it is, and what happened to every item."""

from __future__ import annotations

from workbench.cli.output import say, table
from workbench.evaluation.result import Result, Score

BLANK = "—"


def print_result(result: Result) -> None:
    """Print the scores and the counts of one run."""
    model, adapter = result.model.name, result.model.adapter
    say(f"{model}{f' + {adapter}' if adapter else ''} · run {result.run_id} · {result.seconds:.1f} s")
    columns = ["pack", "language", "metric", "value", "95 % interval", "chance", "majority", "n", "verdict"]
    table(columns, [_score(score) for score in result.scores], right=(3, 4, 5, 6, 7), whole=(3, 4))
    say()
    print_counts(result)


def _score(score: Score) -> list[str]:
    interval = BLANK if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"
    return [
        score.pack, score.language, score.metric, _number(score.value), interval, _number(score.chance),
        _number(score.majority), str(score.n), score.verdict.value,
    ]  # fmt: skip


def score_cells(score: Score) -> list[str]:
    """Return value, interval, items and verdict of a score."""
    _, _, _, value, interval, _, _, n, verdict = _score(score)
    return [value, interval, n, verdict]


def _number(value: float | None) -> str:
    return BLANK if value is None else f"{value:.3f}"


def print_counts(result: Result) -> None:
    """Print what happened to the items; "not asked" are those of a run that was ended early."""
    rows = [
        [
            counts.pack, counts.language,
            *map(str, (
                counts.planned, counts.planned - counts.scored - counts.failed, counts.failed, counts.truncated,
                counts.tied, counts.fallback, counts.extraction_failed,
            )),
        ]
        for counts in result.counts
    ]  # fmt: skip
    columns = ["pack", "language", "items", "not asked", "failed", "truncated", "tied", "fallback", "unreadable"]
    table(columns, rows, right=tuple(range(2, 9)))
