"""MLflow asks nobody: shown by a recorder that is itself shown to see MLflow ask.

MLflow silences its telemetry where it sees pytest or a CI's variables, so a test that merely looks would be green
whatever we did. Here every process is a fresh one without those variables, an audit hook (inherited through
``sitecustomize``) records and refuses each lookup and connection that is not loopback, and the same run with our
switch taken out must be caught: if it is not, the recorder is blind and the test fails.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

DELIVER = "import sys; from workbench.tracking.__main__ import main; sys.exit(main(sys.argv[1:]))"
WITHOUT_OUR_SWITCH = """
import workbench.policy.offline as offline
offline.OFFLINE = {name: value for name, value in offline.OFFLINE.items() if name != "MLFLOW_DISABLE_TELEMETRY"}
"""


@pytest.fixture
def egress(recorder) -> Callable[[str, list[str]], list[str]]:
    """Run Python code in a fresh process and return every host it asked for."""

    def run(code: str, arguments: list[str]) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=recorder.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        assert done.returncode == 0, done.stderr
        assert '"state":"delivered"' in done.stdout
        return recorder.take()

    return run


def test_a_delivery_asks_nobody_and_the_recorder_would_have_seen_it(
    finished: Callable[..., Path], egress: Callable[[str, list[str]], list[str]]
):
    seen_without = egress(WITHOUT_OUR_SWITCH + DELIVER, [str(finished("control"))])
    assert any("mlflow" in entry for entry in seen_without), (
        "the positive control failed: without our switch MLflow's telemetry was not seen, so silence proves nothing"
    )
    assert egress(DELIVER, [str(finished("real"))]) == []
