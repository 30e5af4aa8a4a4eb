"""Starting a run: a detached process, at once, that outlives whoever asked for it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from workbench._version import __version__
from workbench.errors import Interrupted, MachineCannot, SpecError, UsageError, WorkbenchError
from workbench.evaluation.finishing import RESULT
from workbench.evaluation.journal import SPEC, Journal
from workbench.evaluation.spec import RunSpec
from workbench.jobs.control import socket_path
from workbench.jobs.lease import lease_seconds
from workbench.jobs.record import (
    BELONGS_TO,
    ENDED,
    MODULE,
    RESUMABLE,
    RunRecord,
    State,
    lives,
    process_created,
    read_record,
    this_host,
    write_record,
)
from workbench.jobs.starting import starting
from workbench.policy.home import Home
from workbench.policy.offline import offline_environment
from workbench.policy.storage import FILE_MODE, disk_errors, private_directory

LOG = "runner.log"
ADOPTION_SECONDS = 60.0
ENDING_SECONDS = 30.0
POLL_SECONDS = 0.02


def new_run_id(now: datetime) -> str:
    """Return an id that sorts by time and that nobody can guess the next of."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def submit(spec: RunSpec, home: Home, *, run_id: str = "") -> RunRecord:
    """Start a run and return its record at once; `run_id` is what it is called, made here unless given.

    Raises
    ------
    SpecError
        The spec names an interpreter that has no Workbench, or another version.
    DiskFull, RefusedByPolicy
        The run directory or its socket cannot be made.
    """
    interpreter, lease = _interpreter(spec), lease_seconds()
    home.create()
    now = datetime.now(UTC)
    directory = private_directory(home.runs / (run_id or new_run_id(now)))
    try:
        with starting(directory):
            record = RunRecord(
                run_id=directory.name,
                pid=os.getpid(),
                created=process_created(os.getpid()) or 0.0,
                socket=str(socket_path(home, directory.name)),
                spec_hash=spec.hash,
                interpreter=interpreter,
                state=State.QUEUED,
                started=now,
                lease=lease,
                host=this_host(),
            )
            write_record(directory, record)
            Journal.create(directory, spec)  # last: a directory with a spec is a run, and can be resumed
            return _start(directory, record, home)
    except BaseException:
        if not (directory / SPEC).exists():
            shutil.rmtree(directory, ignore_errors=True)
        raise


def resume(directory: Path, home: Home) -> RunRecord:
    """Go on with a run that was interrupted or failed: what is in the journal is not asked again.

    Raises
    ------
    UsageError
        The run is alive, or has ended for good.
    NotFound, JournalError
        There is no such run, or it is damaged.
    """
    read_record(directory)
    with starting(directory):
        record = _at_rest(directory)
        if (directory / RESULT).exists() or record.state in ENDED - RESUMABLE:
            state = State.DONE if record.state not in ENDED else record.state
            raise UsageError(f"the run is {state.value}", where=record.run_id, remedy="Start a new run.")
        again = replace(
            record, resumed=record.resumed + 1, interpreter=_interpreter(Journal(directory).spec()),
            socket=str(socket_path(home, directory.name)), lease=lease_seconds(),
        )  # fmt: skip
        return _start(directory, again.at(State.QUEUED), home)


def requeue(directory: Path, home: Home) -> RunRecord:
    """Ask the failed items of a run that has ended again; its result is made anew.

    Raises
    ------
    UsageError
        The run is alive, was cancelled, or no item of it failed.
    NotFound, JournalError
        There is no such run, or it is damaged.
    """
    read_record(directory)
    with starting(directory):
        record = _at_rest(directory)
        if record.state is State.CANCELLED:
            raise UsageError("the run is cancelled", where=record.run_id, remedy="Start a new run.")
        if not any(row.error for row in Journal(directory).rows()):
            raise UsageError("no item of this run failed", where=record.run_id, remedy="There is nothing to requeue.")
        write_record(directory, record.at(State.INTERRUPTED))  # killed from here on, it can be resumed or requeued
        with disk_errors(directory):
            (directory / RESULT).unlink(missing_ok=True)
        Journal(directory).requeue()
    return resume(directory, home)


def _at_rest(directory: Path) -> RunRecord:
    """Return the record of a run that no process holds; one that is just ending is waited for.

    Raises
    ------
    UsageError
        The run is alive.
    """
    deadline = time.monotonic() + ENDING_SECONDS
    while lives(directory, record := read_record(directory)):
        if record.state not in ENDED or time.monotonic() > deadline:
            raise UsageError("the run is alive", where=record.run_id, remedy="`workbench runs watch` shows it.")
        time.sleep(POLL_SECONDS)
    return record


def _interpreter(spec: RunSpec) -> str:
    if spec.interpreter in ("", sys.executable):
        return sys.executable
    code = "from workbench import __version__; print(__version__)"
    try:
        done = subprocess.run(  # noqa: S603 — the interpreter is the user's own choice, made in the spec
            [spec.interpreter, "-c", code], capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SpecError(
            "this interpreter has no Workbench", where=spec.interpreter, remedy="Install sovereign-workbench there."
        ) from error
    if done.stdout.strip() != __version__:
        raise SpecError(
            f"this interpreter has Workbench {done.stdout.strip()}, not {__version__}",
            where=spec.interpreter,
            remedy="Install the same version in both environments.",
        )
    return spec.interpreter


def _start(directory: Path, record: RunRecord, home: Home) -> RunRecord:
    """Start the process and wait until it has taken the run over: well under a second, no model is loaded yet."""
    starter = replace(record, pid=os.getpid(), created=process_created(os.getpid()) or 0.0, host=this_host())
    try:
        write_record(directory, starter)
        process = spawn(directory, record.interpreter, home, MODULE, LOG)
    except BaseException as error:
        # This process lives on, and the record names it: left so, the run would look as if it were waiting.
        problem = error if isinstance(error, WorkbenchError) else Interrupted("the run was not started")
        with suppress(WorkbenchError, OSError):
            write_record(directory, _unheld(starter, problem))
        raise
    # Whoever submits may live for days (a kernel, a server): the run must not stay its zombie.
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
    deadline = time.monotonic() + ADOPTION_SECONDS
    while time.monotonic() < deadline:
        now = read_record(directory)
        if now.pid == process.pid or now.state in ENDED:
            return now
        if process.poll() is not None:
            break
        time.sleep(POLL_SECONDS)
    return _stillborn(directory, starter, process)


def spawn(directory: Path, interpreter: str, home: Home, module: str, log_name: str) -> subprocess.Popen[bytes]:
    """Start ``interpreter -m module directory`` in a session of its own, offline, its output in a log beside it.

    Raises
    ------
    MachineCannot
        No process can be started.
    """
    with disk_errors(directory / log_name):
        log = os.open(directory / log_name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
    try:
        return subprocess.Popen(  # noqa: S603 — our own module
            [interpreter, "-m", module, str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={
                **offline_environment(),
                "WORKBENCH_HOME": str(home.root),
                "PYTHONUNBUFFERED": "1",
                BELONGS_TO: str(directory),
            },
            cwd=directory,
            start_new_session=True,
        )
    except OSError as error:
        raise MachineCannot(f"no process can be started ({error.strerror})", where=interpreter) from error
    finally:
        os.close(log)


def _stillborn(directory: Path, starter: RunRecord, process: subprocess.Popen[bytes]) -> RunRecord:
    """Return the record that the process wrote after all, or fail the run.

    Raises
    ------
    Interrupted
        The process ended as it began, or did not begin in time.
    """
    if process.poll() is None:
        process.kill()
        process.wait()
    now = read_record(directory)
    if now.pid == process.pid:
        return now
    problem = Interrupted("the run's process ended as it began", where=directory / LOG)
    write_record(directory, _unheld(starter, problem))
    raise problem


def _unheld(starter: RunRecord, problem: WorkbenchError) -> RunRecord:
    """Return the record of a run that no process took over."""
    return replace(starter, pid=0, created=0.0).at(State.FAILED, error=problem.envelope())
