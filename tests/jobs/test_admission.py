"""A run waits until its model fits, and says what it waits for."""

from __future__ import annotations

import fcntl
import os

import pytest

from workbench.errors import Interrupted
from workbench.jobs import admission
from workbench.jobs.admission import LOCK, admitted, memory_available, memory_limit
from workbench.jobs.record import State
from workbench.jobs.watching import cancel, status
from workbench.testing.runs import until


@pytest.fixture
def loading(jobs):
    """Stand in for another run that is loading its model."""
    descriptor = os.open(jobs.home.runs / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield descriptor
    os.close(descriptor)


def test_a_run_waits_while_another_loads_and_says_so(jobs, loading):
    directory = jobs.submit(limit=2)
    until(lambda: status(directory).record.waiting, what="a reason to wait")
    now = status(directory)
    assert (now.state, now.record.waiting) == (State.QUEUED, "another run is loading its model")
    fcntl.flock(loading, fcntl.LOCK_UN)
    assert jobs.until_state(directory, State.DONE).record.waiting == ""


@pytest.mark.usefixtures("loading")
def test_a_waiting_run_can_be_cancelled(jobs):
    directory = jobs.submit(limit=2)
    until(lambda: status(directory).record.waiting, what="a reason to wait")
    cancel(directory)
    assert jobs.until_state(directory, State.CANCELLED).rows == 0


def test_too_little_free_memory_is_waited_for_with_the_numbers(tmp_path, monkeypatch):
    free = iter([10, 10, 500])
    monkeypatch.setattr(admission, "memory_available", lambda: next(free))
    monkeypatch.setattr(admission, "POLL_SECONDS", 0.0)
    told = []
    with admitted(tmp_path, 100, lambda: False, told.append):
        assert told == ["about 100 bytes of memory are needed; 10 are free"]
    assert list(free) == []


def test_nobody_else_is_admitted_meanwhile_and_somebody_is_afterwards(tmp_path):
    stops = iter([False, True])
    with admitted(tmp_path, 0, lambda: False, lambda _: None):  # noqa: SIM117 — one inside the other is the point
        with pytest.raises(Interrupted), admitted(tmp_path, 0, lambda: next(stops), lambda _: None):
            pytest.fail("two were admitted")
    with admitted(tmp_path, 0, lambda: False, lambda _: None):
        assert (tmp_path / LOCK).exists()


def test_a_control_groups_limit_comes_first(tmp_path, monkeypatch):
    (tmp_path / "memory.max").write_text("1000000\n")
    (tmp_path / "memory.current").write_text("400000\n")
    monkeypatch.setattr(admission, "CGROUP", tmp_path)
    assert memory_limit() == 1_000_000
    assert memory_available() == 600_000
    (tmp_path / "memory.current").write_text("2000000\n")
    assert memory_available() == 0
    (tmp_path / "memory.max").write_text("max\n")
    assert memory_limit() > 1 << 28
