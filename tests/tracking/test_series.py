"""A series in MLflow: a run for each checkpoint, and one that has their scores by step."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from workbench.evaluation.spec import SeriesRef
from workbench.policy.home import home
from workbench.testing.results import example_model, example_result
from workbench.tracking import deliver, resolve
from workbench.tracking.series import SERIES_TAG

SERIES = "series-0123456789ab"
ACCURACY = {10: {"th": 0.5, "ar": 0.45}, 20: {"th": 0.6, "ar": math.nan}, 100: {"th": 0.7, "ar": 0.65}}


@pytest.fixture
def deliver_step(finished):
    """Bring the run of one checkpoint into MLflow."""

    def bring(step, **more):
        name = f"checkpoint-{step}"
        made = example_result(run_id=name, model=example_model(name), accuracy=ACCURACY[step], n=20)
        series = SeriesRef(SERIES, "out", name, step)
        result = replace(
            made, spec=replace(made.spec, series=series, **more), finished=made.finished + timedelta(minutes=step)
        )
        delivery = deliver(finished(name, result=result))
        assert delivery.state == "delivered", delivery.problem
        return delivery

    return bring


def runs():
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=resolve(home()).uri)
    experiment = client.get_experiment_by_name("workbench")
    found = client.search_runs([experiment.experiment_id], filter_string=f"tags.`{SERIES_TAG}` = '{SERIES}'")
    return client, {run.info.run_name: run for run in found}


def history(client, run, key):
    return [(point.step, round(point.value, 3)) for point in client.get_metric_history(run.info.run_id, key)]


def test_the_run_of_a_series_has_every_score_at_its_step(deliver_step):
    for step in (20, 10, 100):  # whichever is delivered first
        deliver_step(step, device=f"cuda:{step}")
    deliver_step(20, device="cuda:20")  # twice is once
    client, found = runs()
    assert set(found) == {"out · series", "checkpoint-10", "checkpoint-20", "checkpoint-100"}
    gathered = found["out · series"]
    assert sorted(history(client, gathered, "cause-effect/th/accuracy")) == [(10, 0.5), (20, 0.6), (100, 0.7)]
    assert sorted(history(client, gathered, "cause-effect/ar/accuracy")) == [(10, 0.45), (100, 0.65)]
    assert [step for step, _ in sorted(history(client, gathered, "cause-effect/th/accuracy_low"))] == [10, 20, 100]
    assert gathered.info.status == "FINISHED"
    assert gathered.data.params["packs"] == "cause-effect"
    assert not {"model", "model_digest", "device"} & set(gathered.data.params)
    one = found["checkpoint-20"].data.tags
    assert (one["workbench.series_step"], one["workbench.checkpoint"]) == ("20", "checkpoint-20")
    assert one["workbench.series_name"] == "out"
    assert gathered.data.tags["mlflow.user"] == one["mlflow.user"]


def test_a_series_run_that_was_deleted_is_made_again_from_its_runs(deliver_step):
    for step in (10, 100):
        deliver_step(step)
    client, found = runs()
    client.delete_run(found["out · series"].info.run_id)
    for step in (10, 100):
        deliver_step(step)
    _, found = runs()
    assert history(client, found["out · series"], "cause-effect/th/accuracy") == [(10, 0.5), (100, 0.7)]
