"""The MLflow run of a series: it gathers the checkpoints' scores by step, so that MLflow draws their curve."""

from __future__ import annotations

from dataclasses import dataclass

from workbench._version import __version__
from workbench.evaluation.result import Result
from workbench.policy.home import home
from workbench.policy.locks import locked
from workbench.tracking.payload import Payload, RunPayload, metric_key, score_metrics, spec_params
from workbench.tracking.scrub import scrub
from workbench.tracking.store import STATUS_TAG, Experiment, Store

LOCK = ".mlflow-series.lock"
SERIES_TAG = "workbench.series"
OF_ONE_RUN = frozenset({"model", "model_digest", "device", "tensor_parallel", "token_budget", "seal"})
"""Parameters in which the checkpoints' runs may differ; MLflow lets a run's parameters never change."""


@dataclass(frozen=True, slots=True)
class SeriesPayload:
    """What one checkpoint adds to the run of its series: a point on each curve."""

    id: str
    step: int
    run: RunPayload


def build_series(result: Result) -> SeriesPayload | None:
    """Return what a finished run adds to its series; None when it belongs to none."""
    clean = scrub(result)
    series = clean.spec.series
    if series is None:
        return None
    metrics = [
        point
        for score in clean.scores
        for point in score_metrics(score, metric_key(score.pack, score.language, score.metric), bounds_only=True)
    ]
    tags = ((SERIES_TAG, series.id), ("workbench.series_unit", series.unit), ("workbench.version", __version__))
    run = RunPayload(
        key="",
        name=f"{series.name} · series",
        params=tuple(pair for pair in spec_params(clean.spec) if pair[0] not in OF_ONE_RUN),
        metrics=tuple(metrics),
        tags=tags,
    )
    return SeriesPayload(series.id, series.step, run)


def deliver_series(store: Store, experiment: Experiment, result: Result, payload: Payload) -> None:
    """Add a finished run's scores to the MLflow run of its series, made by whichever is delivered first.

    A second time changes nothing: a point is told apart by its metric, step, time and value.
    """
    point = build_series(result)
    if point is None:
        return
    gathering = store.about(point.id)
    with locked(home().root / LOCK):  # of two that find no run, both would make one
        there = next((run.info.run_id for run in gathering.runs(experiment)), None)
        run = there or gathering.create(experiment, "", point.run.name, started=payload.started, parent=None)
    gathering.write(run, point.run, at=payload.finished, model_id=None, step=point.step)
    gathering.tag(run, STATUS_TAG, "finished")
    gathering.end(run, "FINISHED", at=payload.finished)
