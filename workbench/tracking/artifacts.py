"""Files that go beside a run in MLflow. Every byte of them is already scrubbed."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass

from pydantic import TypeAdapter

from workbench.evaluation.result import Result, Score
from workbench.tracking.scrub import scrub

SCORE_COLUMNS = (
    "pack", "language", "metric", "value", "low", "high", "interval", "n", "groups", "chance", "majority",
    "higher_is_better", "verdict", "headline",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file: its name in MLflow and its text."""

    name: str
    text: str


def artifacts(result: Result) -> tuple[Artifact, ...]:
    """Return ``result.json``, ``scores.csv`` and ``environment.json`` of a finished run."""
    clean = scrub(result)
    record = TypeAdapter(Result).dump_python(clean, mode="json")
    environment = {
        "packages": dict(clean.environment),
        "engine": TypeAdapter(type(clean.engine)).dump_python(clean.engine, mode="json"),
    }
    return (
        Artifact("result.json", json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True)),
        Artifact("scores.csv", _csv(clean.scores)),
        Artifact("environment.json", json.dumps(environment, ensure_ascii=False, indent=2, sort_keys=True)),
    )


def _csv(scores: tuple[Score, ...]) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(SCORE_COLUMNS)
    for score in scores:
        values = (getattr(score, column) for column in SCORE_COLUMNS)
        writer.writerow("" if value is None else value for value in values)
    return lines.getvalue()
