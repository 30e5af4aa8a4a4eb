"""One checkpoint after the other: the runs of a series wait for each other, so that they do not load all at once.

A run waits for those of earlier checkpoints, then for the lock of its series. Whoever dies lets go of both.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from workbench.errors import Interrupted, WorkbenchError
from workbench.evaluation.journal import SPEC, Journal
from workbench.evaluation.spec import SeriesRef
from workbench.jobs.record import ENDED, lives, read_record
from workbench.policy.locks import open_lock, take

POLL_SECONDS = 0.2


@contextmanager
def turn(
    directory: Path, series: SeriesRef | None, stop: Callable[[], bool], waiting: Callable[[str], None]
) -> Iterator[None]:
    """Hold the right to work on a series; without a series nothing is waited for.

    Parameters
    ----------
    stop
        Asked while waiting; True gives up.
    waiting
        Told what the run waits for, when that changes.

    Raises
    ------
    Interrupted
        `stop` said so.
    """
    if series is None:
        yield
        return
    for other in _earlier(directory, series):
        told = False
        while _working(other):
            if not told:
                waiting(f"{other.name} of the same series comes first")
                told = True
            _pause(stop)
    lock = directory.parent / f".{series.id}.lock"
    descriptor = open_lock(lock)
    try:
        told = False
        while not take(descriptor, lock, wait=False):
            if not told:
                waiting("another run of the same series is at work")
                told = True
            _pause(stop)
        yield
    finally:
        os.close(descriptor)


def _pause(stop: Callable[[], bool]) -> None:
    if stop():
        raise Interrupted("stopped while waiting for its turn")
    time.sleep(POLL_SECONDS)


def _earlier(directory: Path, series: SeriesRef) -> list[Path]:
    """Return the runs of earlier checkpoints that are alive now, in the order of their steps."""
    found = []
    for spec in directory.parent.glob(f"*/{SPEC}"):
        other = spec.parent
        with suppress(WorkbenchError, OSError):
            theirs = Journal(other).spec().series
            if theirs is not None and theirs.id == series.id and theirs.step < series.step and _working(other):
                found.append((theirs.step, other))
    return [other for _, other in sorted(found)]


def _working(directory: Path) -> bool:
    try:
        record = read_record(directory)
    except WorkbenchError:  # removed meanwhile, or damaged: nothing to wait for
        return False
    return record.state not in ENDED and lives(directory, record)
