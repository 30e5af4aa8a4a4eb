"""MLflow asks nobody: shown by a recorder that is itself shown to see MLflow ask.

MLflow silences its telemetry where it sees pytest or a CI's variables, so a test that merely looks would be green
whatever we did. Here every process is a fresh one without those variables, an audit hook (inherited through
``sitecustomize``) records and refuses each lookup and connection that is not loopback, and the same run with our
switch taken out must be caught: if it is not, the recorder is blind and the test fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.policy.offline import OFFLINE

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
DELIVER = "import sys; from workbench.tracking.__main__ import main; sys.exit(main(sys.argv[1:]))"
WITHOUT_OUR_SWITCH = """
import workbench.policy.offline as offline
offline.OFFLINE = {name: value for name, value in offline.OFFLINE.items() if name != "MLFLOW_DISABLE_TELEMETRY"}
"""
SILENCERS = (
    "PYTEST_CURRENT_TEST", "PYTEST_VERSION", "GITHUB_ACTIONS", "CI", "CIRCLECI", "GITLAB_CI", "JENKINS_URL", "TRAVIS",
    "TF_BUILD", "BITBUCKET_BUILD_NUMBER", "CODEBUILD_BUILD_ARN", "BUILDKITE", "TEAMCITY_VERSION",
    "CLOUD_RUN_EXECUTION", "RUNBOT_HOST_URL", "RUNBOT_BUILD_NAME", "RUNBOT_WORKER_ID",
)  # fmt: skip


@pytest.fixture
def egress(tmp_path: Path) -> Callable[[str, list[str]], list[str]]:
    """Run Python code in a fresh process and return every host it asked for."""
    (tmp_path / "sitecustomize.py").write_text(RECORDER)
    log = tmp_path / "egress.log"

    def run(code: str, arguments: list[str]) -> list[str]:
        log.unlink(missing_ok=True)
        environment = {
            name: value for name, value in os.environ.items() if name not in SILENCERS and name not in OFFLINE
        }
        environment |= {"PYTHONPATH": str(tmp_path), "EGRESS_LOG": str(log), "DO_NOT_TRACK": "1"}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        assert '"state":"delivered"' in done.stdout
        return log.read_text().splitlines() if log.exists() else []

    return run


def test_a_delivery_asks_nobody_and_the_recorder_would_have_seen_it(
    finished: Callable[..., Path], egress: Callable[[str, list[str]], list[str]]
):
    seen_without = egress(WITHOUT_OUR_SWITCH + DELIVER, [str(finished("control"))])
    assert any("mlflow" in entry for entry in seen_without), (
        "the positive control failed: without our switch MLflow's telemetry was not seen, so silence proves nothing"
    )
    assert egress(DELIVER, [str(finished("real"))]) == []
