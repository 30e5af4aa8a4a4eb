"""A run in MLflow: what arrives, what never does, and that twice is once."""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import NotFound
from workbench.evaluation.result import Result
from workbench.jobs.record import State
from workbench.policy.home import home
from workbench.testing.results import QUESTIONS, example_model, example_result
from workbench.tracking import Delivery, deliver, resolve
from workbench.tracking import spool as spool_module
from workbench.tracking.artifacts import artifacts
from workbench.tracking.identity import pseudonym
from workbench.tracking.payload import build

FinishedRun = Callable[..., Path]


def client_of_home():
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=resolve(home()).uri)


def runs_of(experiment: str):
    client = client_of_home()
    found = client.get_experiment_by_name(experiment)
    return client.search_runs([found.experiment_id])


def parent_and_children(experiment: str):
    runs = runs_of(experiment)
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    return parents, [run for run in runs if "mlflow.parentRunId" in run.data.tags]


@pytest.fixture
def delivered(finished: FinishedRun) -> Path:
    directory = finished(suite="National suite")
    delivery = deliver(directory)
    assert delivery.state == "delivered", delivery.problem
    return directory


@pytest.mark.usefixtures("delivered")
def test_a_finished_run_becomes_an_experiment_a_parent_and_a_nested_run_per_language():
    (parent,), children = parent_and_children("National suite")
    assert parent.info.run_name == "example-270m"
    assert {child.data.tags["workbench.language"] for child in children} == {"ar", "th", "hi", "ja", "he"}
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {parent.info.run_id}
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}
    assert parent.info.end_time - parent.info.start_time == 4 * 60 * 1000


@pytest.mark.usefixtures("delivered")
def test_every_metric_has_its_bounds_chance_majority_and_n_beside_it():
    _, children = parent_and_children("National suite")
    thai = next(child for child in children if child.data.tags["workbench.language"] == "th")
    metrics = thai.data.metrics
    assert metrics["accuracy"] == pytest.approx(0.625)
    assert metrics["accuracy_low"] < 0.625 < metrics["accuracy_high"]
    assert (metrics["accuracy_chance"], metrics["accuracy_majority"], metrics["accuracy_n"]) == (0.5, 0.515, 20)
    assert metrics["items_scored"] == 20
    assert metrics["items_tied"] == 2
    assert thai.data.tags["workbench.verdict.accuracy"] == "not distinguishable from guessing"
    assert thai.data.params["formulation"] == "cloze"


@pytest.mark.usefixtures("delivered")
def test_the_dataset_is_known_by_digest_alone():
    _, children = parent_and_children("National suite")
    (given,) = children[0].inputs.dataset_inputs
    full = example_result().packs[0].digest
    assert given.dataset.digest == full[:36]
    assert json.loads(given.dataset.source) == {"pack": "cause-effect", "version": "1.0.0", "sha256": full}
    assert {tag.key: tag.value for tag in given.tags}["mlflow.data.context"] == "evaluation"


@pytest.mark.usefixtures("delivered")
def test_the_model_is_external_and_carries_its_digest():
    client = client_of_home()
    experiment = client.get_experiment_by_name("National suite")
    (model,) = client.search_logged_models([experiment.experiment_id])
    digest = example_model().digest
    assert model.tags["workbench.model_digest"] == digest
    assert model.tags["mlflow.model.isExternal"] == "true"
    assert model.params["digest"] == digest
    assert model.status == "READY"
    assert {metric.key for metric in model.metrics} >= {"accuracy", "accuracy_low"}


def test_twice_is_once(delivered: Path):
    before = {run.info.run_id for run in runs_of("National suite")}
    again = deliver(delivered)
    (delivered / spool_module.FILE).unlink()
    third = deliver(delivered)
    assert {run.info.run_id for run in runs_of("National suite")} == before
    assert (again.state, third.state) == ("delivered", "delivered")
    assert again.mlflow_run == third.mlflow_run


def test_a_delivery_that_broke_off_lands_on_what_is_there(delivered: Path):
    client = client_of_home()
    (parent,), children = parent_and_children("National suite")
    client.delete_tag(parent.info.run_id, "workbench.payload")  # as if it had been cut short before the end
    deliver(delivered)
    (parent_again,), children_again = parent_and_children("National suite")
    assert parent_again.info.run_id == parent.info.run_id
    assert {run.info.run_id for run in children_again} == {run.info.run_id for run in children}
    history = client.get_metric_history(children[0].info.run_id, "accuracy")
    assert len(history) == 1
    experiment = client.get_experiment_by_name("National suite")
    assert len(client.search_logged_models([experiment.experiment_id])) == 1


def test_two_runs_of_one_model_share_its_logged_model(finished: FinishedRun):
    deliver(finished("run-1", suite="s"))
    deliver(finished("run-2", suite="s"))
    client = client_of_home()
    experiment = client.get_experiment_by_name("s")
    assert len(client.search_logged_models([experiment.experiment_id])) == 1
    assert len(parent_and_children("s")[0]) == 2


def test_no_item_text_path_or_login_reaches_the_store(delivered: Path):
    place = home()
    dump = "\n".join(sqlite3.connect(place.mlflow_database).iterdump())
    files = [path for path in place.mlflow_artifacts.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"result.json", "scores.csv", "environment.json", "MLmodel"}
    texts = dump + "\n".join(path.read_text(encoding="utf-8") for path in files)
    # The store's own address is where it lies; apart from it nothing of this machine may appear.
    texts = texts.replace(place.mlflow_artifacts.as_uri(), "")
    for question in (question for questions in QUESTIONS.values() for question in questions):
        assert question.query not in texts
        assert question.choices[0] not in texts
    for path in (
        "/home/",
        str(delivered),
        str(delivered.parents[3]),
        str(Path.home()) + "/",
        os.sep + "somebody",
        ".venv",
    ):
        assert path not in texts, path
    users = {run.data.tags["mlflow.user"] for run in runs_of("National suite")}
    assert users == {pseudonym(place)}
    assert f"'{getpass.getuser()}'" not in dump


def test_the_pseudonym_is_random_private_and_stays(workbench_home: Path):
    first = pseudonym(home())
    assert first == pseudonym(home())
    assert getpass.getuser() not in first
    assert (workbench_home / "tracking-user").stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("delivered")
def test_the_embedded_store_is_private():
    assert home().mlflow_database.stat().st_mode & 0o777 == 0o600


def test_checkpoints_give_a_running_run_and_then_its_end(finished: FinishedRun):
    directory = finished(suite="c")
    result = (directory / "result.json").read_bytes()
    (directory / "result.json").unlink()
    first = deliver(directory, state=State.RUNNING)
    assert first.state == "running"
    ((parent,), children) = parent_and_children("c")
    assert parent.info.status == "RUNNING"
    assert children == []
    assert parent.data.metrics["items_done"] == 100
    deliver(directory, state=State.INTERRUPTED)
    ((parent,), _) = parent_and_children("c")
    assert (parent.info.status, parent.data.tags["workbench.status"]) == ("KILLED", "interrupted")
    (directory / "result.json").write_bytes(result)
    last = deliver(directory)
    assert last.state == "delivered", last.problem
    ((parent,), children) = parent_and_children("c")
    assert (parent.info.status, len(children)) == ("FINISHED", 5)
    assert last.mlflow_run == first.mlflow_run


def test_what_could_not_be_scored_is_no_number_and_says_so(finished: FinishedRun):
    directory = finished(suite="b", accuracy={"th": float("nan"), "ar": 0.75})
    deliver(directory)
    _, children = parent_and_children("b")
    thai = next(child for child in children if child.data.tags["workbench.language"] == "th")
    assert "accuracy" not in thai.data.metrics
    assert thai.data.tags["workbench.verdict.accuracy"] == "not scored"


def test_a_deleted_experiment_is_named_not_revived(finished: FinishedRun):
    directory = finished(suite="gone")
    deliver(directory)
    client = client_of_home()
    client.delete_experiment(client.get_experiment_by_name("gone").experiment_id)
    delivery = deliver(directory)
    assert delivery.state == "pending"
    assert "was deleted in MLflow" in delivery.problem


def test_no_run_is_an_error(tmp_path: Path):
    with pytest.raises(NotFound, match=r"spec\.json"):
        deliver(tmp_path)


def test_the_processs_own_tracking_uri_stays(finished: FinishedRun):
    import mlflow

    before = mlflow.get_tracking_uri()
    deliver(finished())
    assert mlflow.get_tracking_uri() == before
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_artifacts_are_scrubbed_and_still_a_result():
    files = {file.name: file.text for file in artifacts(example_result())}
    record = json.loads(files["result.json"])
    assert record["model"]["path"] == "example-270m"
    assert record["spec"]["interpreter"] == ""
    assert record["packs"][0]["source"] == "https://benchmarks.example/cause-effect"
    assert "/home/" not in "".join(files.values())
    assert files["scores.csv"].splitlines()[0].startswith("pack,language,metric,value,low,high")


def test_a_path_hidden_in_a_fact_is_scrubbed():
    from workbench.facts import declared

    facts = replace(example_model(), licence=declared("see /srv/alice/LICENCE", "file:///srv/alice/README.md"))
    clean = build(example_result(model=facts))
    assert "alice" not in repr(clean)


def test_payloads_of_equal_results_are_equal_and_of_others_not():
    one, same = build(example_result()), build(example_result())
    other: Result = example_result(accuracy={"th": 0.9})
    assert one.digest == same.digest != build(other).digest


def test_a_damaged_spool_is_an_empty_one(tmp_path: Path):
    (tmp_path / spool_module.FILE).write_text("{nonsense")
    assert spool_module.read(tmp_path) == spool_module.Spool()


def test_the_spool_says_what_was_delivered_where(delivered: Path):
    spool = spool_module.read(delivered)
    (entry,) = spool.deliveries
    assert isinstance(entry, Delivery)
    assert (entry.state, entry.experiment, entry.target) == ("delivered", "National suite", resolve(home()).shown)
    assert (delivered / spool_module.FILE).stat().st_mode & 0o777 == 0o600
