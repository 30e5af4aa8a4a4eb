"""Deliveries to a real MLflow server, and to one that is not there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.errors import NotFound, UsageError
from workbench.jobs.record import RunRecord, State, write_record
from workbench.policy.home import home
from workbench.tracking import deliver, resolve, sync
from workbench.tracking import spool as spool_module

FinishedRun = Callable[..., Path]


def runs_there(uri: str, experiment: str):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(experiment)
    return [] if found is None else client.search_runs([found.experiment_id])


@pytest.mark.slow
def test_a_run_reaches_a_server_with_its_artifacts(
    mlflow_server, finished: FinishedRun, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.uri)
    delivery = deliver(finished("to-server", suite="on a server"))
    assert (delivery.state, delivery.problem) == ("delivered", "")
    assert len(runs_there(mlflow_server.uri, "on a server")) == 6
    assert deliver(home().runs / "to-server").mlflow_run == delivery.mlflow_run
    assert len(runs_there(mlflow_server.uri, "on a server")) == 6
    client = MlflowClient(tracking_uri=mlflow_server.uri)
    text = Path(client.download_artifacts(delivery.mlflow_run, "result.json", str(tmp_path))).read_text()
    assert '"run_id": "to-server"' in text
    assert not list(tmp_path.glob("mlruns"))


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_server_that_goes_down_mid_run_gets_it_from_sync(
    mlflow_server, finished: FinishedRun, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server.uri)
    directory = finished("outage", suite="outage")
    result = (directory / "result.json").read_bytes()
    (directory / "result.json").unlink()
    assert deliver(directory, state=State.RUNNING).state == "running"
    mlflow_server.stop()
    try:
        files = {path.name: path.read_bytes() for path in directory.glob("*.json*") if path.name != spool_module.FILE}
        (directory / "result.json").write_bytes(result)
        down = deliver(directory)
        assert down.state == "pending"
        assert "Connection refused" in down.problem
        assert down.problem
        untouched = {name: (directory / name).read_bytes() for name in files}
        assert untouched == files
    finally:
        mlflow_server.start()
    (delivered,) = sync(home())
    assert delivered.state == "delivered", delivered.problem
    assert delivered.mlflow_run == down.mlflow_run
    runs = runs_there(mlflow_server.uri, "outage")
    assert len(runs) == 6
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert sync(home()) == ()


def test_a_server_that_is_not_there_is_pending_and_shows_no_password(
    finished: FinishedRun, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://alice:hunter2@127.0.0.1:9/?token=hush")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    directory = finished()
    delivery = deliver(directory)
    assert delivery.state == "pending"
    assert delivery.target == "http://127.0.0.1:9/"
    written = (directory / spool_module.FILE).read_text() + repr(delivery)
    for secret in ("alice", "hunter2", "hush"):
        assert secret not in written


def test_sync_delivers_to_the_embedded_store_once(finished: FinishedRun):
    finished("one")
    finished("two")
    assert {(entry.run_id, entry.state) for entry in sync(home())} == {("one", "delivered"), ("two", "delivered")}
    assert sync(home()) == ()
    (again,) = sync(home(), "two")
    assert again.state == "delivered"


def test_sync_of_no_run_is_an_error():
    with pytest.raises(NotFound, match="no run called"):
        sync(home(), "nothing")


@pytest.mark.parametrize("address", ["nonsense://x", "postgresql://alice:hunter2@127.0.0.1:9/db"])
def test_an_address_that_cannot_be_used_is_pending_with_a_reason(
    finished: FinishedRun, monkeypatch: pytest.MonkeyPatch, address: str
):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    delivery = deliver(finished())
    assert delivery.state == "pending"
    assert delivery.problem
    assert "hunter2" not in repr(delivery)


def test_what_is_no_address_at_all_is_an_error(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://[hunter2")
    with pytest.raises(UsageError, match="no address") as caught:
        deliver(finished())
    assert "hunter2" not in str(caught.value)


def test_sync_tells_mlflow_of_a_run_that_was_killed(finished: FinishedRun):
    directory = finished("killed")
    (directory / "result.json").unlink()
    started = datetime(2026, 3, 1, tzinfo=UTC)
    # A process id that is certainly not that of a process created at the beginning of time.
    record = RunRecord("killed", os.getpid(), 0.0, "", "", "", State.RUNNING, started)
    write_record(directory, record)
    assert deliver(directory, state=State.RUNNING).run_state == "running"
    (delivery,) = sync(home())
    assert (delivery.state, delivery.run_state) == ("running", "interrupted")
    assert sync(home()) == ()
    (run,) = runs_there(resolve(home()).uri, "workbench")
    assert run.info.status == "KILLED"


def test_the_module_ends_with_what_happened(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://alice:hunter2@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    done = subprocess.run(
        [sys.executable, "-m", "workbench.tracking", str(finished())], capture_output=True, text=True, check=False
    )
    assert done.returncode == 7
    assert json.loads(done.stdout)["state"] == "pending"
    assert done.stderr.splitlines()[-1].startswith("error[machine_tracking] http://127.0.0.1:9: ")
    assert "hunter2" not in done.stdout + done.stderr
