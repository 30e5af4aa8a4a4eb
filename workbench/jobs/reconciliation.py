"""What the dead left, found and cleared away.

How a run stands is read from its record and the process table each time it is asked (`watching.status`); nothing here
decides it. What is cleared is what nobody else will: sockets of runs that were killed, processes they left behind,
what a removal or a dry run that was killed had not removed yet, and the records of workers that died without a word.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.evaluation.journal import SPEC
from workbench.jobs.control import SOCKETS
from workbench.jobs.left_behind import end_left_behind
from workbench.jobs.record import ENDED, HOLD, RunRecord, lives, read_record
from workbench.jobs.starting import LOCK as START
from workbench.jobs.trial import TRIAL
from workbench.jobs.watching import REMOVING, run_directories
from workbench.jobs.workers import reap
from workbench.policy.home import Home
from workbench.policy.locks import is_held


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was found.

    Attributes
    ----------
    attached
        Runs that live.
    interrupted
        Runs that have not ended and whose process is dead: they can be resumed.
    processes
        Process ids of what dead runs had left behind, ended now.
    workers
        Workers that died without a word.
    removed
        Names of directories that somebody was killed while removing, removed now.
    """

    attached: tuple[str, ...] = ()
    interrupted: tuple[str, ...] = ()
    processes: tuple[int, ...] = ()
    workers: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def reconcile(home: Home) -> Reconciled:
    """Look at every run and worker once, and clear away what the dead left. No run is started or ended.

    Raises
    ------
    MachineCannot
        The file system of the data directory knows no locks.
    """
    attached: list[str] = []
    interrupted: list[str] = []
    processes: list[int] = []
    for directory in run_directories(home):
        with suppress(WorkbenchError):  # damaged: the list of runs says so
            record = read_record(directory)
            if record.state in ENDED:
                continue
            if lives(directory, record):
                attached.append(directory.name)
            else:
                interrupted.append(directory.name)
                processes += _cleared(directory, record)
    removed = _half_removed(home)
    return Reconciled(tuple(attached), tuple(interrupted), tuple(processes), reap(home), removed)


def _cleared(directory: Path, record: RunRecord) -> tuple[int, ...]:
    """Clear away what a dead run left, unless somebody is just resuming it."""
    if is_held(directory / START) or is_held(directory / HOLD):
        return ()
    left = end_left_behind(directory)
    socket = Path(record.socket)
    ours = socket.parent.name == SOCKETS or socket.parent.name.startswith("workbench-")
    if ours and socket.name == f"{directory.name}.sock":
        with suppress(OSError):
            socket.unlink(missing_ok=True)
    return left


def _half_removed(home: Home) -> tuple[str, ...]:
    """Remove what was being removed by somebody who was killed, and dry runs whose process is dead."""
    gone = []
    for root, prefix in ((home.runs, REMOVING), (home.root, TRIAL)):
        for entry in root.glob(f"{prefix}*"):
            if entry.is_dir() and not entry.is_symlink() and not is_held(entry / HOLD) and not is_held(entry / START):
                with suppress(OSError):
                    (entry / SPEC).unlink(missing_ok=True)
                shutil.rmtree(entry, ignore_errors=True)
                gone.append(entry.name)
    return tuple(sorted(gone))
