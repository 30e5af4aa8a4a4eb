"""Data directories on file systems that lack something: long paths, no sockets, no locks, another machine's runs."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.errors import Interrupted, MachineCannot, UsageError
from workbench.jobs import control, record
from workbench.jobs.control import holds_sockets, socket_path, temporary_socket_path
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import State, alive, elsewhere, process_created, read_record, write_record
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import serve
from workbench.jobs.watching import cancel, remove_run, say, status, wait
from workbench.jobs.worker_record import WorkerState, read_worker, write_worker
from workbench.jobs.workers import list_workers
from workbench.policy import locks
from workbench.policy.home import Home
from workbench.policy.locks import is_held, locked
from workbench.testing.runs import fake_spec, until


@pytest.fixture
def far(tmp_path, monkeypatch) -> Home:
    """A data directory whose path is longer than a socket's may be."""
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    root = tmp_path / ("d" * 120)
    monkeypatch.setenv("WORKBENCH_HOME", str(root))
    return Home(root).create()


def test_a_run_in_a_directory_with_a_very_long_path(far, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.05")
    directory = far.runs / submit(fake_spec(languages=("th", "ar")), far).run_id
    until(lambda: status(directory).live is not None and status(directory).rows >= 1, what="an answer")
    place = Path(read_record(directory).socket)
    assert not place.is_relative_to(far.root)
    assert len(os.fsencode(place)) <= control.MAX_PATH
    assert place.parent.stat().st_mode & 0o777 == 0o700
    say(directory, "pause")
    until(lambda: status(directory).state is State.PAUSED, what="the pause")
    cancel(directory, score=True)
    assert wait(directory).state is State.DONE
    until(lambda: not place.exists(), what="the socket to go")


def test_a_served_model_in_a_directory_with_a_very_long_path(far):
    with serve("a-model", far, engine="fake", socket=True) as model:
        place = Path(read_worker(far.workers / model.id).address.socket)
        assert not place.is_relative_to(far.root)
        assert ServedModel(model.id, far).generate("x")


@pytest.fixture
def without_sockets(monkeypatch):
    """Refuse to make sockets below a directory, as some network file systems do."""
    refused = []
    real = socket.socket.bind

    def bind(self, address):
        if isinstance(address, str) and any(address.startswith(str(place)) for place in refused):
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return real(self, address)

    monkeypatch.setattr(control.socket.socket, "bind", bind, raising=False)
    return refused.append


def test_where_no_socket_can_be_made_the_temporary_files_hold_it(workbench_home, without_sockets):
    home = Home(workbench_home).create()
    assert socket_path(home, "run").is_relative_to(home.root) or len(str(home.root)) > 80
    without_sockets(home.root)
    assert not holds_sockets(home.runs)
    assert socket_path(home, "run").parent == Path(tempfile.gettempdir()) / f"workbench-{os.getuid()}"


def test_a_temporary_directory_with_a_long_path_is_passed_over(tmp_path, monkeypatch):
    long = tmp_path / ("t" * 100)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    found = temporary_socket_path("20260301-000000-abcdef")
    assert str(found.parent.parent) in control.SHORT
    monkeypatch.setattr(control, "SHORT", ())
    with pytest.raises(MachineCannot, match="no control socket") as caught:
        temporary_socket_path("20260301-000000-abcdef")
    assert "TMPDIR" in caught.value.remedy


@pytest.mark.parametrize("number", sorted(locks.UNKNOWN))
def test_a_file_system_without_locks_is_refused_with_what_to_do(jobs, monkeypatch, number):
    def refused(_descriptor, _how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refused)
    with pytest.raises(MachineCannot, match="knows no locks") as caught:
        jobs.submit()
    assert "WORKBENCH_HOME" in caught.value.remedy
    assert not list(jobs.home.runs.glob("2*"))  # no run that nobody can hold


def test_a_lock_is_held_by_one_and_seen_by_others(tmp_path):
    place = tmp_path / "lock"
    assert not is_held(place)
    with locked(place):
        assert is_held(place)
    assert not is_held(place)
    assert place.stat().st_mode & 0o777 == 0o600


HOLDER = """
import sys, time
from pathlib import Path
from workbench.policy.locks import open_lock, take
take(open_lock(Path(sys.argv[1])), Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


@pytest.fixture
def over_there(jobs):
    """A run that another machine, which sees the same directory, works on: its process ids mean nothing here."""
    directory = jobs.submit(limit=2)
    jobs.until_state(directory, State.DONE)
    jobs.until_dead(directory)
    (directory / "result.json").unlink()
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory / record.HOLD)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    write_record(directory, replace(read_record(directory), state=State.RUNNING, host="over-there"))
    yield directory, holder
    holder.kill()
    holder.wait()
    holder.stdout.close()


def test_a_run_on_another_machine_is_not_taken_for_dead(jobs, over_there, monkeypatch):
    directory, holder = over_there
    now = status(directory)
    assert (now.state, now.live) == (State.RUNNING, None)
    assert not alive(now.record)
    assert elsewhere(directory, now.record)
    for verb in ("pause", "cancel"):
        with pytest.raises(Interrupted, match="over-there"):
            say(directory, verb)
    monkeypatch.setattr("workbench.jobs.launcher.ENDING_SECONDS", 0.1)
    for refused in (lambda: resume(directory, jobs.home), lambda: remove_run(directory)):
        with pytest.raises(UsageError, match="alive"):
            refused()
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    assert status(directory).state is State.INTERRUPTED
    resume(directory, jobs.home)
    assert wait(directory).state is State.DONE
    assert read_record(directory).host == record.this_host()


def test_a_worker_on_another_machine_is_not_taken_for_lost(jobs):
    with serve("a-model", jobs.home, engine="fake") as model:
        directory = jobs.home.workers / model.id
        real = read_worker(directory)
        write_worker(directory, replace(real, host="over-there", pid=os.getpid(), created=1.0))
        (seen,) = list_workers(jobs.home)
        assert seen.state is WorkerState.SERVING
        assert seen.key == real.key
        write_worker(directory, replace(real, host=record.this_host(), pid=os.getpid(), created=1.0))
        (seen,) = list_workers(jobs.home)
        assert (seen.state, seen.key) == (WorkerState.LOST, "")
        until(lambda: process_created(real.pid) is None, what="the end of what the lost worker left: itself")
