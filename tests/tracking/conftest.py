"""Run directories to deliver, and a real MLflow server to deliver them to."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from workbench.evaluation.result import Result
from workbench.policy.offline import OFFLINE, offline_environment
from workbench.testing.results import example_result, example_rows, write_example_run

START_SECONDS = 90
RECORDER = """
import os, sys
def hook(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host or "")
    if host in ("", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        return
    descriptor = os.open(os.environ["EGRESS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, (event + " " + host + "\\n").encode())
    os.close(descriptor)
    raise OSError("no network in this test")
sys.addaudithook(hook)
"""
SILENCERS = (
    "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "GITHUB_ACTIONS", "CI", "CIRCLECI", "GITLAB_CI", "JENKINS_URL", "TRAVIS",
    "TF_BUILD", "BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ARN", "BUILDKITE", "TEAMCITY_VERSION",
    "CLOUD_RUN_EXECUTION", "RUNBOT_HOST_URL", "RUNBOT_BUILD_NAME", "RUNBOT_WORKER_ID",
)  # fmt: skip


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty MLflow database: its hundred migrations run once, not once a test."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("migrated") / "mlflow.db"
    MlflowClient(tracking_uri=f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def finished(workbench_home: Path, migrated_database: Path) -> Callable[..., Path]:
    """Write a finished run into the data directory and return its directory."""

    database = workbench_home / "mlflow.db"
    shutil.copyfile(migrated_database, database)
    database.chmod(0o600)

    def write(run_id: str = "run-1", result: Result | None = None, **changes: object) -> Path:
        directory = workbench_home / "runs" / run_id
        made = result or example_result(run_id=run_id, n=20, directory=directory, **changes)
        return write_example_run(directory, replace(made, run_id=run_id, directory=directory), example_rows(made))

    return write


@dataclass
class Server:
    """An MLflow server on loopback that can be stopped and started again on the same port and data."""

    port: int
    directory: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.directory.mkdir(exist_ok=True)
        log = os.open(self.directory / "server.log", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port),
                "--backend-store-uri", f"sqlite:///{self.directory}/server.db",
                "--artifacts-destination", str(self.directory / "artifacts"), "--workers", "1",
            ],
            env=offline_environment() | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            stdout=log,
            stderr=log,
            cwd=self.directory,
            start_new_session=True,
        )  # fmt: skip
        os.close(log)
        deadline = monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None, (self.directory / "server.log").read_text()
            assert monotonic() < deadline, "MLflow did not start"
            Event().wait(0.2)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/health", timeout=5) as answer:  # noqa: S310  # our own loopback address
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def mlflow_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(free_port(), tmp_path_factory.mktemp("mlflow-server"))
    server.start()
    yield server
    server.stop()


class Recorder:
    """Sees every host that a Python process and its children ask for, and lets none but loopback through."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "egress.log"
        (directory / "sitecustomize.py").write_text(RECORDER)

    def environment(self) -> dict[str, str]:
        """An environment without what silences MLflow by itself, and without our switches."""
        kept = {name: value for name, value in os.environ.items() if name not in SILENCERS and name not in OFFLINE}
        return kept | {"PYTHONPATH": str(self._directory), "EGRESS_LOG": str(self._log), "DO_NOT_TRACK": "1"}

    def take(self) -> list[str]:
        """The hosts asked for since the last time."""
        seen = self._log.read_text().splitlines() if self._log.exists() else []
        self._log.unlink(missing_ok=True)
        return seen


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    directory = tmp_path / "recorder"
    directory.mkdir()
    return Recorder(directory)
