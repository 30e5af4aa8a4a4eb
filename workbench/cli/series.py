"""A series of checkpoints in a terminal: what was found, what was left out, and each score step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.cli.output import say, table
from workbench.cli.scores import score_cells
from workbench.evaluation.result import Result
from workbench.jobs.series import SeriesRecord

HOW = {"started": "started", "resumed": "resumed", "running": "running already", "done": "evaluated already"}


@dataclass(frozen=True, slots=True)
class SeriesOutcome:
    """A series, and the results it has by now."""

    series: SeriesRecord
    results: tuple[Result, ...]


def announce(record: SeriesRecord) -> None:
    """Say on standard error which checkpoints are evaluated, and which are not and why."""
    count, left = len(record.members), len(record.skipped)
    say(f"{record.id}: {count} checkpoints of {record.name}, {left} skipped", err=True)
    for member in record.members:
        say(f"  {member.checkpoint}: run {member.run_id}, {HOW[member.how]}", err=True)
    for entry in record.skipped:
        say(f"  {entry.name}: skipped, {entry.reason}", err=True)


def print_series(record: SeriesRecord, results: Sequence[Result]) -> None:
    """Print each pack's headline score in each language, checkpoint by checkpoint."""
    rows = [
        (score.pack, score.language, score.metric, result.spec.series.step, result.spec.series.checkpoint, score)
        for result in results
        for score in result.scores
        if score.headline and result.spec.series is not None
    ]
    places = list(dict.fromkeys(row[:3] for row in rows))
    rows.sort(key=lambda row: (places.index(row[:3]), row[3]))
    columns = ["pack", "language", "metric", "step", "checkpoint", "value", "95 % interval", "n", "verdict"]
    shown = [[*row[:3], str(row[3]), row[4], *score_cells(row[5])] for row in rows]
    table(columns, shown, right=(3, 5, 6, 7), whole=(3, 5, 6))
    if record.skipped:
        names = ", ".join(entry.name for entry in record.skipped)
        say(f"\nskipped {len(record.skipped)}: {names}")
    if results:
        say(f"\nreport: `workbench report {record.id}`", err=True)
