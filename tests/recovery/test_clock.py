"""The clock is moved in mid-run, by more than a year either way: nothing looks dead, and no time is made up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.evaluation.finishing import load_result
from workbench.jobs.record import State, read_record
from workbench.jobs.watching import status
from workbench.testing.runs import until

MONTHS = 400 * 86_400
SOON = 60.0
"""Seconds that no run of these tests works for."""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that moves the wall clock of the processes it is loaded into, and of no other."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: the clock of one process alone cannot be moved")
    made = tmp_path_factory.mktemp("clock") / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source], check=True)
    return made


@pytest.fixture
def clock(disturbed, library, tmp_path):
    """Move the clock of runs that are started from now on: `clock(seconds)`, at any time."""
    place = tmp_path / "offset"
    place.write_text("0", encoding="ascii")
    disturbed.environment.setenv("CLOCK_OFFSET", str(place))
    disturbed.environment.setenv("LD_PRELOAD", str(library))
    return lambda seconds: place.write_text(str(seconds), encoding="ascii")


def listed() -> list[dict[str, object]]:
    """What another process, by the moved clock too, says of the runs."""
    command = [sys.executable, "-m", "workbench.cli", "runs", "list", "--json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, env=os.environ).stdout)


@pytest.mark.parametrize("seconds", [MONTHS, -MONTHS], ids=["forwards", "backwards"])
def test_the_clock_is_moved_in_mid_run(disturbed, whole, clock, seconds):
    directory = disturbed.start(delay="0.03")
    until(lambda: status(directory).rows >= 10, what="ten answers")
    clock(seconds)
    ((run, state),) = [(row["run_id"], row["state"]) for row in listed()]
    assert (run, state) == (directory.name, "running")
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole
    result = load_result(directory)
    assert abs((result.finished - result.started).total_seconds() - seconds) < SOON  # as the clock said
    assert 0 < result.seconds < SOON  # as it was


@pytest.mark.parametrize("seconds", [MONTHS, -MONTHS], ids=["forwards", "backwards"])
def test_the_clock_is_moved_and_the_run_is_killed(disturbed, whole, clock, seconds):
    directory = disturbed.start(delay="0.03")
    until(lambda: status(directory).rows >= 20, what="twenty answers")
    clock(seconds)
    until(lambda: status(directory).rows >= 30, what="ten more")
    disturbed.kill(directory)
    (row,) = listed()
    assert row["state"] == State.INTERRUPTED
    disturbed.resume(directory, delay="0.01")
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole
    assert 30 * 0.03 < load_result(directory).seconds < SOON
    assert read_record(directory).resumed == 1


def test_a_lease_is_not_measured_by_the_clock(disturbed, whole, clock):
    disturbed.environment.setenv("WORKBENCH_LEASE_SECONDS", "30")
    directory = disturbed.start(delay="0.03")
    until(lambda: status(directory).rows >= 10, what="ten answers")
    clock(MONTHS)
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole
