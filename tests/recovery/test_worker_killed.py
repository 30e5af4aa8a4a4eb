"""A run on two devices: the table of one, whichever of its processes is killed."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import psutil
import pytest

from workbench.evaluation.finishing import load_result
from workbench.jobs.record import State, read_record
from workbench.jobs.watching import status
from workbench.testing.runs import until


@pytest.fixture
def on_two(disturbed):
    """Runs of the same spec, on two devices."""
    disturbed.spec = replace(disturbed.spec, device="cpu,cpu")
    return disturbed


def workers(directory) -> list[psutil.Process]:
    children = psutil.Process(read_record(directory).pid).children()
    return [child for child in children if "workbench.engines.pool.process" in child.cmdline()]


def test_two_devices_make_the_table_of_one(on_two, whole):
    directory = on_two.start(delay="0")
    on_two.finish(directory)
    assert on_two.table(directory) == whole
    assert load_result(directory).engine.strategy == "hash on 2 processes"


def test_a_killed_worker_does_not_end_the_run(on_two, whole):
    directory = on_two.start()
    until(lambda: status(directory).rows >= 5, what="the first answers")
    first, _ = workers(directory)
    first.kill()
    on_two.finish(directory)
    assert on_two.table(directory) == whole
    assert f"process {first.pid} on cpu was killed" in (directory / "runner.log").read_text()


def test_a_killed_run_leaves_no_worker_and_is_resumed(on_two, whole):
    directory = on_two.start()
    until(lambda: status(directory).rows >= 5, what="the first answers")
    left = workers(directory)
    assert len(left) == 2
    os.kill(read_record(directory).pid, signal.SIGKILL)
    until(lambda: status(directory).state is State.INTERRUPTED, what="the death of the process")
    _, alive = psutil.wait_procs(left, timeout=20)
    assert not alive
    on_two.resume(directory)
    on_two.finish(directory)
    assert on_two.table(directory) == whole
