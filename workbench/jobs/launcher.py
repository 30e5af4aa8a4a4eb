"""Starting a run: a detached process, at once, that outlives whoever asked for it."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from workbench._version import __version__
from workbench.errors import Interrupted, SpecError, UsageError
from workbench.evaluation.journal import Journal
from workbench.evaluation.spec import RunSpec
from workbench.jobs.control import runtime_directory
from workbench.jobs.record import ENDED, RESUMABLE, RunRecord, State, alive, process_created, read_record, write_record
from workbench.policy.home import Home
from workbench.policy.offline import offline_environment
from workbench.policy.storage import FILE_MODE, private_directory

LOG = "runner.log"
ADOPTION_SECONDS = 60.0
POLL_SECONDS = 0.02


def new_run_id(now: datetime) -> str:
    """Return an id that sorts by time and that nobody can guess the next of."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def submit(spec: RunSpec, home: Home) -> RunRecord:
    """Start a run and return its record at once.

    Raises
    ------
    SpecError
        The spec names an interpreter that has no Workbench, or another version.
    DiskFull, RefusedByPolicy
        The run directory or its socket cannot be made.
    """
    interpreter = _interpreter(spec)
    home.create()
    now = datetime.now(UTC)
    directory = home.runs / new_run_id(now)
    private_directory(directory)
    Journal.create(directory, spec)
    record = RunRecord(
        run_id=directory.name,
        pid=os.getpid(),
        created=process_created(os.getpid()) or 0.0,
        socket=str(runtime_directory() / f"{directory.name}.sock"),
        spec_hash=spec.hash,
        interpreter=interpreter,
        state=State.QUEUED,
        started=now,
    )
    return _start(directory, record, home)


def resume(directory: Path, home: Home) -> RunRecord:
    """Go on with a run that was interrupted or failed: what is in the journal is not asked again.

    Raises
    ------
    UsageError
        The run is alive, or has ended for good.
    NotFound, JournalError
        There is no such run, or it is damaged.
    """
    record = read_record(directory)
    if alive(record) and record.state not in ENDED:
        raise UsageError("the run is alive", where=record.run_id, remedy="`workbench runs watch` shows it.")
    if (directory / "result.json").exists() or record.state in ENDED - RESUMABLE:
        raise UsageError(f"the run is {record.state.value}", where=record.run_id, remedy="Start a new run.")
    again = replace(
        record, resumed=record.resumed + 1, interpreter=_interpreter(Journal(directory).spec()),
        socket=str(runtime_directory() / f"{directory.name}.sock"),
    )  # fmt: skip
    return _start(directory, again.at(State.QUEUED), home)


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
    starter = replace(record, pid=os.getpid(), created=process_created(os.getpid()) or 0.0)
    write_record(directory, starter)
    log = os.open(directory / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE)
    try:
        process = subprocess.Popen(  # noqa: S603 — our own module
            [record.interpreter, "-m", "workbench.jobs.runner", str(directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**offline_environment(), "WORKBENCH_HOME": str(home.root), "PYTHONUNBUFFERED": "1"},
            cwd=directory,
            start_new_session=True,
        )
    finally:
        os.close(log)
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
    problem = Interrupted("the run's process ended as it began", where=directory / LOG)
    write_record(directory, starter.at(State.FAILED, error=problem.envelope()))
    raise problem
