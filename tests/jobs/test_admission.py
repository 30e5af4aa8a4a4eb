"""A run waits until its model fits, and says what it waits for."""

from __future__ import annotations

import fcntl
import os
from dataclasses import replace

import pytest

from workbench.errors import Interrupted
from workbench.jobs import admission
from workbench.jobs.admission import LOCK, admitted, memory_needed
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
    monkeypatch.setattr(admission, "available_memory", lambda: next(free))
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


@pytest.mark.parametrize(
    ("device", "driver", "needed"),
    [("cpu", True, 100), ("mps", True, 100), ("auto", False, 100), ("auto", True, 0), ("cuda:1", False, 0)],
)
def test_memory_of_an_accelerator_is_not_waited_for_here(jobs, tmp_path, monkeypatch, device, driver, needed):
    (tmp_path / "there").touch()
    monkeypatch.setattr(admission, "ACCELERATORS", (tmp_path / ("there" if driver else "not-there"),))
    spec = jobs.spec(device=device)
    assert memory_needed(spec, 100) == 0  # the fake engine holds no model anywhere
    assert memory_needed(replace(spec, engine="transformers"), 100) == needed
