"""Workers, whoever started them: start, find, stop, and clear away what the dead left."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.serve.listening import require_host
from workbench.engines.serve.served import Memory
from workbench.errors import Interrupted, NotFound, UsageError, WorkbenchError, from_envelope
from workbench.jobs.launcher import new_run_id, spawn
from workbench.jobs.left_behind import end_left_behind
from workbench.jobs.record import process_created, this_host
from workbench.jobs.worker_record import (
    FILE,
    LOG,
    MODULE,
    OVER,
    ServeSpec,
    WorkerRecord,
    WorkerState,
    read_worker,
    worker_alive,
    worker_lives,
    write_worker,
)
from workbench.policy.home import Home
from workbench.policy.storage import inside, private_directory

if TYPE_CHECKING:
    import psutil

KEPT = timedelta(days=1)
"""For how long the record of a worker that has ended can be read."""
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
Report = Callable[[WorkerRecord], None]


def start_worker(
    spec: ServeSpec, memory: Memory, home: Home, report: Report = lambda _: None, *, wait: bool = True
) -> WorkerRecord:
    """Start a worker, wait until it serves, and return its record.

    Parameters
    ----------
    memory
        What the model needs and reserves.
    report
        Told each new state while it is waited for. Interrupting the wait leaves the worker alone.
    wait
        False: return at once, with the record as it then stands.

    Raises
    ------
    WorkbenchError
        It could not be started; the error is its own.
    """
    if not spec.socket:
        require_host(spec.host)
    reap(home)
    now = datetime.now(UTC)
    private_directory(home.create().workers)  # by itself: parents that are made along the way get other modes
    directory = private_directory(home.workers / new_run_id(now))
    record = WorkerRecord(
        worker_id=directory.name,
        pid=os.getpid(),
        created=process_created(os.getpid()) or 0.0,
        spec=spec,
        interpreter=sys.executable,
        state=WorkerState.QUEUED,
        started=now,
        memory=memory,
        host=this_host(),
    )
    try:
        write_worker(directory, record)
        process = spawn(directory, record.interpreter, home, MODULE, LOG)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    # Whoever starts it may live for days: it must not stay their zombie, nor wait in their name once it is dead.
    threading.Thread(target=_wait, args=(process, directory), name=f"reap {process.pid}", daemon=True).start()
    return _ready(directory, process, report) if wait else read_worker(directory)


def _wait(process: subprocess.Popen[bytes], directory: Path) -> None:
    process.wait()
    with suppress(WorkbenchError, OSError):  # its directory may have gone
        _lost_if_dead(directory, starter=os.getpid())


def _lost_if_dead(directory: Path, starter: int | None = None) -> WorkerRecord | None:
    """Write down that a worker died without a word, and clear away what it left; None when it did not.

    `starter` is a process that still stands in the record of a worker which died before it could take it over.
    """
    record = read_worker(directory)
    if record.state in OVER or (record.pid != starter and worker_lives(directory, record)):
        return None
    record = read_worker(directory)  # it may have ended between the two looks
    if record.state in OVER:
        return None
    if record.address is not None and record.address.socket:
        with suppress(OSError):
            Path(record.address.socket).unlink(missing_ok=True)
    end_left_behind(directory)
    lost = record.over(WorkerState.LOST, "its process died")
    write_worker(directory, lost)  # last: whoever reads "lost" finds nothing of it any more
    return lost


def _ready(directory: Path, process: subprocess.Popen[bytes], report: Report) -> WorkerRecord:
    """Wait until a worker serves.

    Raises
    ------
    WorkbenchError
        It failed, or died.
    """
    told: WorkerRecord | None = None
    while True:
        ended = process.poll() is not None
        now = read_worker(directory)
        if now != told:
            report(now)
            told = now
        if now.state is WorkerState.SERVING:
            return now
        if now.error is not None:
            raise from_envelope(now.error)
        if now.state is WorkerState.LOST or (ended and now.state not in OVER):
            raise Interrupted(
                "the worker's process died", where=directory / LOG, remedy="Its log says more; start it again."
            )
        if now.state in OVER:
            raise Interrupted(f"the worker ended: {now.why}", where=now.worker_id, remedy="Start it again.")
        time.sleep(POLL_SECONDS)


def worker_directories(home: Home) -> tuple[Path, ...]:
    """Return the directories of all workers, the newest first."""
    if not home.workers.is_dir():
        return ()
    found = [entry for entry in home.workers.iterdir() if (entry / FILE).is_file()]
    return tuple(sorted(found, key=lambda entry: entry.name, reverse=True))


def list_workers(home: Home) -> tuple[WorkerRecord, ...]:
    """Return every worker, the newest first, after reconciling with what is alive; a damaged record is left out."""
    reap(home)
    found = []
    for directory in worker_directories(home):
        with suppress(WorkbenchError):
            found.append(read_worker(directory))
    return tuple(found)


def reap(home: Home) -> tuple[str, ...]:
    """Write down which workers have died, clear away what they left, and return their ids.

    A worker that was killed could not say so: its record still has its key, its socket still lies there. Records of
    workers that ended more than a day ago are removed.
    """
    dead = []
    for directory in worker_directories(home):
        try:
            lost = _lost_if_dead(directory)
            record = lost or read_worker(directory)
        except WorkbenchError:
            continue
        if lost is not None:
            dead.append(lost.worker_id)
        if record.ended is not None and datetime.now(UTC) - record.ended > KEPT:
            shutil.rmtree(directory, ignore_errors=True)
    return tuple(dead)


def find_worker(home: Home, worker_id: str) -> Path:
    """Return the directory of a worker; the beginning of an id will do when it is the only one that fits.

    Raises
    ------
    NotFound
        No worker has that id, or several begin with it.
    """
    remedy = "`workbench workers list` shows the workers."
    fitting = [entry for entry in worker_directories(home) if worker_id and entry.name.startswith(worker_id)]
    exact = [entry for entry in fitting if entry.name == worker_id]
    if len(exact or fitting) != 1:
        several = f"; {len(fitting)} begin with it" if fitting else ""
        raise NotFound(f"no worker called {worker_id!r}{several}", remedy=remedy)
    return inside(home.workers, (exact or fitting)[0].name)


def living_worker(home: Home, worker_id: str) -> WorkerRecord:
    """Return the record of a worker that serves.

    Raises
    ------
    NotFound
        There is none of that id.
    UsageError
        It has ended, or does not serve yet.
    """
    reap(home)
    record = read_worker(find_worker(home, worker_id))
    if record.state is not WorkerState.SERVING:
        why = f": {record.why}" if record.why else ""
        raise UsageError(
            f"the worker is {record.state.value}{why}", where=record.worker_id, remedy="Start it: `workbench serve`."
        )
    return record


def stop_worker(home: Home, worker_id: str) -> WorkerRecord:
    """End a worker: it is told to, unloads its model, and is killed when that takes longer than 20 s.

    Returns its last record, which says how many bytes came back; one that had ended already is returned as it is.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    import psutil

    reap(home)
    directory = find_worker(home, worker_id)
    record = read_worker(directory)
    if record.state in OVER:
        return record
    try:
        process = psutil.Process(record.pid)
        if worker_alive(record):
            process.terminate()
            _until_gone(process, directory)
    except psutil.NoSuchProcess:
        pass
    ended = read_worker(directory)
    if ended.state not in OVER:
        ended = ended.over(WorkerState.LOST, "it did not end when told to and was killed")
        write_worker(directory, ended)
    return ended


def _until_gone(process: psutil.Process, directory: Path) -> None:
    """Wait until a process has ended and its record says so; kill it when that takes too long."""
    import psutil

    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if read_worker(directory).state in OVER or not process.is_running():
            with suppress(psutil.Error):
                process.wait(STOP_SECONDS)
            return
        if process.status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(POLL_SECONDS)
    process.kill()
    with suppress(psutil.Error):
        process.wait(STOP_SECONDS)
