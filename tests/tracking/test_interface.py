"""`workbench mlflow`: on loopback, over the embedded store, and gone with whoever started it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import psutil
import pytest
import requests
from mlflow import MlflowClient

from workbench.errors import MachineCannot, UsageError
from workbench.tracking.deliver import deliver
from workbench.tracking.interface import free_port, listening_host


def eventually(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if condition():
            return True
        Event().wait(0.1)
    return condition()


@pytest.mark.slow
def test_the_interface_shows_the_runs_on_loopback_and_dies_with_its_starter(finished: Callable[..., Path], recorder):
    deliver(finished(suite="seen in the browser"))
    with subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", "mlflow", "--no-browser", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=recorder.environment(),
        text=True,
    ) as starter:
        found = json.JSONDecoder().decode("".join(iter_until_closed(starter)))
        assert found["host"] == "127.0.0.1"
        family = [psutil.Process(starter.pid), *psutil.Process(starter.pid).children(recursive=True)]
        addresses = {
            connection.laddr.ip
            for process in family
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert addresses == {"127.0.0.1"}
        experiment = MlflowClient(tracking_uri=found["url"]).get_experiment_by_name("seen in the browser")
        assert experiment is not None
        page = requests.get(found["url"], timeout=20)
        assert "MLflow" in page.text
        # The page in the browser asks the server whether it may report to MLflow's makers.
        asked = requests.get(f"{found['url']}/ajax-api/3.0/mlflow/ui-telemetry", timeout=20).json()
        assert asked["disable_ui_telemetry"] is True
        os.kill(starter.pid, signal.SIGKILL)
        assert eventually(
            lambda: not any(process.is_running() and process.status() != "zombie" for process in family[1:])
        )


def iter_until_closed(process: subprocess.Popen[str]):
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if line.startswith("}"):
            return


def test_a_taken_port_is_an_error_and_the_default_moves_on():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(MachineCannot, match=f"port {port} is taken"):
            free_port("127.0.0.1", port)
    assert free_port("127.0.0.1") > 0


def test_the_address_is_loopback_unless_configured(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORKBENCH_MLFLOW_HOST", raising=False)
    assert listening_host() == "127.0.0.1"
    monkeypatch.setenv("WORKBENCH_MLFLOW_HOST", "192.0.2.7")
    assert listening_host() == "192.0.2.7"
    monkeypatch.setenv("WORKBENCH_MLFLOW_HOST", "everywhere")
    with pytest.raises(UsageError, match="everywhere"):
        listening_host()


def test_the_guard_refuses_to_end_a_group_that_is_not_its_own():
    done = subprocess.run(
        [sys.executable, "-m", "workbench.tracking.guard", "true"], capture_output=True, check=False, process_group=None
    )
    assert done.returncode == 2
    assert b"session" in done.stderr
