"""What the dead left is found and cleared away, and nothing of the living is touched."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from workbench.jobs.left_behind import end_left_behind
from workbench.jobs.reconciliation import reconcile
from workbench.jobs.record import BELONGS_TO, HOLD, State, process_created, read_record, write_record
from workbench.jobs.serving import serve
from workbench.jobs.trial import TRIAL
from workbench.jobs.watching import REMOVING, cancel, status
from workbench.jobs.worker_record import WorkerState, read_worker
from workbench.policy.locks import is_held, locked
from workbench.testing.runs import until

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def sleeper(directory: Path) -> subprocess.Popen[bytes]:
    """A process that was started for a run and guards itself by nothing."""
    return subprocess.Popen(SLEEP, env={**os.environ, BELONGS_TO: str(directory)}, start_new_session=True)


def test_the_dead_leave_nothing_and_the_living_are_left_alone(jobs, slow):
    slow(0.1)
    dead, living = jobs.submit(), jobs.submit()
    for directory in (dead, living):
        jobs.until_rows(directory, 1)
    left, kept = sleeper(dead), sleeper(living)
    try:
        os.kill(read_record(dead).pid, signal.SIGKILL)
        jobs.until_dead(dead)
        until(lambda: not is_held(dead / HOLD), what="the last of its threads")
        place = Path(read_record(dead).socket)
        if not place.exists():
            socket.socket(socket.AF_UNIX).bind(str(place))
        rows = status(dead).rows
        found = reconcile(jobs.home)
        assert (found.attached, found.interrupted) == ((living.name,), (dead.name,))
        assert found.processes == (left.pid,)
        assert not place.exists()
        assert Path(read_record(living).socket).exists()
        until(lambda: process_created(left.pid) is None, 10, "its end")
        assert kept.poll() is None
        assert status(dead).state is State.INTERRUPTED
        assert status(dead).rows == rows
        assert reconcile(jobs.home).processes == ()
    finally:
        for process in (left, kept):
            process.kill()
            process.wait()
    cancel(living)
    jobs.until_state(living, State.CANCELLED)


def test_everything_a_run_starts_says_whose_it_is(jobs, slow):
    slow(0.1)
    directory = jobs.submit(device="cpu,cpu")
    jobs.until_rows(directory, 1)
    pid = read_record(directory).pid
    assert f"{BELONGS_TO}={directory}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    os.kill(pid, signal.SIGKILL)
    jobs.until_dead(directory)
    end_left_behind(directory)
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        assert f"{BELONGS_TO}={directory}".encode() not in words


def test_a_socket_that_is_not_the_runs_is_not_removed(jobs, tmp_path):
    directory = jobs.submit(limit=1)
    jobs.until_state(directory, State.DONE)
    jobs.until_dead(directory)
    (directory / "result.json").unlink()
    for place in (tmp_path / f"{directory.name}.sock", jobs.home.runs / ".sockets" / "another.sock"):
        place.parent.mkdir(exist_ok=True)
        place.touch()
        write_record(directory, replace(read_record(directory), state=State.RUNNING, socket=str(place)))
        assert reconcile(jobs.home).interrupted == (directory.name,)
        assert place.exists()


def test_what_was_half_removed_goes_and_a_dry_run_at_work_stays(jobs):
    half, old, busy = (
        jobs.home.runs / f"{REMOVING}20260101-000000-abcdef-0123",
        jobs.home.root / f"{TRIAL}dead",
        jobs.home.root / f"{TRIAL}alive",
    )
    for directory in (half, old, busy):
        directory.mkdir()
        (directory / "items.jsonl").write_text("somebody's items", encoding="utf-8")
    with locked(busy / HOLD):
        assert set(reconcile(jobs.home).removed) == {half.name, old.name}
        assert (half.exists(), old.exists(), busy.exists()) == (False, False, True)
    assert reconcile(jobs.home).removed == (busy.name,)


def test_a_worker_that_died_takes_what_it_started_with_it(jobs):
    with serve("a-model", jobs.home, engine="fake") as model:
        directory = jobs.home.workers / model.id
        left = sleeper(directory)
        pid = read_worker(directory).pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: process_created(pid) is None, what="the death of the worker")
        reconcile(jobs.home)
        until(lambda: read_worker(directory).state is WorkerState.LOST, what="its record to say so")
        until(lambda: process_created(left.pid) is None, 10, "its end")
        left.wait()
