"""Under a Hub a run ends itself, resumable, when its user's server no longer renews its lease."""

from __future__ import annotations

import os

import pytest

from workbench.errors import UsageError
from workbench.jobs.control import tell
from workbench.jobs.launcher import resume
from workbench.jobs.lease import HUB, SECONDS, VARIABLE, Lease, lease_seconds
from workbench.jobs.record import State, read_record
from workbench.jobs.watching import say, status
from workbench.jupyter.services import Services
from workbench.jupyter.watch import Watcher
from workbench.testing.runs import until


@pytest.mark.parametrize(
    ("said", "hub", "expected"),
    [(None, None, None), (None, "ana", SECONDS), ("0", "ana", None), ("5.5", None, 5.5), ("5.5", "ana", 5.5)],
)
def test_where_a_run_needs_a_lease(monkeypatch, said, hub, expected):
    for name, value in ((VARIABLE, said), (HUB, hub)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert lease_seconds() == expected


def test_a_length_that_is_none_is_refused_before_anything_is_made(jobs, monkeypatch):
    monkeypatch.setenv(VARIABLE, "a minute")
    with pytest.raises(UsageError, match="a minute"):
        jobs.submit()
    assert not list(jobs.home.runs.glob("2*"))


def test_a_lease_runs_out_unless_it_is_renewed():
    assert not Lease(None).over
    lease = Lease(10.0)
    assert not lease.over
    lease.renewed -= 11
    assert lease.over
    lease.renew()
    assert not lease.over


def test_a_run_nobody_renews_ends_itself_and_can_be_resumed(jobs, slow, monkeypatch):
    monkeypatch.setenv(VARIABLE, "1")
    slow(0.1)
    directory = jobs.submit()
    ended = jobs.until_state(directory, State.INTERRUPTED)
    assert ended.rows > 0
    assert "nobody renewed the run's lease for 1 s" in ended.record.error.message
    assert (ended.record.error.code, ended.record.error.exit_code) == ("interrupted", 4)
    jobs.until_dead(directory)
    monkeypatch.setenv(VARIABLE, "0")
    slow(0)
    resume(directory, jobs.home)
    done = jobs.until_state(directory, State.DONE)
    assert (done.rows, done.record.error, done.record.lease) == (48, None, None)


def test_a_paused_run_and_one_that_waits_need_their_lease_too(jobs, slow, monkeypatch):
    monkeypatch.setenv(VARIABLE, "2")
    slow(0.1)
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    say(directory, "pause")
    assert jobs.until_state(directory, State.INTERRUPTED).rows < 48


def test_the_users_server_renews(jobs, slow, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, "1.5")
    slow(0.1)
    directory = jobs.submit()
    assert read_record(directory).lease == 1.5
    watcher = Watcher(Services(tmp_path, dict))
    jobs.until_rows(directory, 1)
    until(lambda: watcher.look() and status(directory).rows >= 25, what="more time than the lease has")
    assert status(directory).state is State.RUNNING
    tell(directory.parent / ".sockets" / f"{directory.name}.sock", "cancel")
    jobs.until_state(directory, State.CANCELLED)
    assert os.environ[VARIABLE] == "1.5"
