"""A run through real vLLM whose worker is killed: a clear error, and after `runs resume` the undisturbed table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from workbench.errors import Interrupted
from workbench.evaluation.build import build_spec
from workbench.evaluation.finishing import item_rows, load_result
from workbench.jobs.launcher import submit
from workbench.jobs.record import ENDED, State
from workbench.jobs.watching import RunStatus, status
from workbench.policy.home import home
from workbench.testing.runs import until

pytestmark = [pytest.mark.vllm, pytest.mark.real_model, pytest.mark.timeout(1800)]
TOLERANCE = 1e-3
SECONDS = 600.0


def ended(directory: Path) -> RunStatus:
    return until(lambda: (now := status(directory)).state in ENDED and now, SECONDS, "the end of the run")


def worker_of(pid: int) -> psutil.Process:
    """The process of vLLM that computes: it holds the most memory, so it is what a system short of memory kills."""
    return max(psutil.Process(pid).children(recursive=True), key=lambda process: process.memory_info().rss)


def test_a_worker_killed_in_a_run_and_the_run_resumed(
    model: Path, family: Callable[[int], list[int]], gone: Callable[[list[int]], bool], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    here = home().create()
    spec = build_spec(
        model, ["civics"], languages=("en", "th"), shots=2, limit=20,
        engine="vllm", device="cpu", dtype="float32", max_length=1024,
    )  # fmt: skip
    whole = here.runs / submit(spec, here).run_id
    finished = ended(whole)
    assert finished.state is State.DONE, finished.record.error
    expected = {row.key: row for row in item_rows(load_result(whole))}

    killed = here.runs / submit(spec, here).run_id
    until(lambda: (now := status(killed)).rows >= 4 or now.state in ENDED, SECONDS, "four answers")
    assert status(killed).state is State.RUNNING
    pids = family(status(killed).record.pid)
    os.kill(worker_of(pids[0]).pid, signal.SIGKILL)
    now = ended(killed)
    assert now.state is State.INTERRUPTED
    assert 4 <= now.rows < len(expected)
    error = now.record.error
    assert (error.code, error.exit_code) == (Interrupted.code, 4)
    assert error.message.startswith("vLLM's server ")
    assert "workbench runs resume" in error.remedy
    assert gone(pids)

    done = subprocess.run(
        [sys.executable, "-m", "workbench.cli", "runs", "resume", killed.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = {row.key: row for row in item_rows(load_result(killed))}
    assert list(found) == list(expected)
    for key, row in found.items():
        assert row.log_likelihoods == pytest.approx(expected[key].log_likelihoods, abs=TOLERANCE)
        assert (row.prediction, row.scores) == (expected[key].prediction, expected[key].scores) or near_tie(row)
    sys.stdout.write(f"{len(found)} items, {now.rows} of them before the kill; it said: {error.message}\n")


def near_tie(row) -> bool:
    best, second, *_ = sorted(row.log_likelihoods, reverse=True)
    return best - second < 2 * TOLERANCE
