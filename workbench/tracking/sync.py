"""Deliver what an outage, a seal or a kill left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter

from workbench.errors import TrackingUnavailable, WorkbenchError
from workbench.evaluation.finishing import RESULT
from workbench.evaluation.journal import SPEC, Journal
from workbench.jobs.record import lives, read_record
from workbench.jobs.watching import find_run
from workbench.policy.home import Home
from workbench.policy.offline import offline_environment
from workbench.tracking import spool
from workbench.tracking.read import state_of
from workbench.tracking.spool import Delivery
from workbench.tracking.target import resolve

SECONDS_PER_RUN = 300


def sync(home: Home, run_id: str | None = None) -> tuple[Delivery, ...]:
    """Deliver what MLflow does not have yet of this directory's runs, and return how each delivery went.

    Parameters
    ----------
    run_id
        Only this run, finished or not, and even if it is marked as delivered: the store is asked.

    Raises
    ------
    NotFound
        There is no such run.
    TrackingUnavailable
        The delivering process ended without a word, or did not end.
    """
    if run_id is not None:
        return _delivered([find_run(home, run_id)], home)
    return _delivered(list(waiting(home)), home)


def after_seal(home: Home, run_id: str) -> tuple[Delivery, ...]:
    """Deliver a finished run that its own process could not, because it was sealed off from the server.

    Raises
    ------
    NotFound, TrackingUnavailable
        As `sync`.
    """
    directory = find_run(home, run_id)
    tried = spool.read(directory).deliveries
    sealed = bool(tried) and tried[-1].state == "pending" and Journal(directory).spec().seal
    return sync(home, run_id) if sealed and (directory / RESULT).is_file() else ()


def waiting(home: Home) -> Iterable[Path]:
    """Yield the directories of runs whose MLflow store does not have what they came to.

    That is every finished run not marked as delivered, and every other one of which a checkpoint arrived that says
    something else than how it stands now, e.g. one that MLflow shows as running and that was killed.
    """
    for spec in sorted(home.runs.glob(f"*/{SPEC}")):
        directory = spec.parent
        known = spool.read(directory)
        there = known.of(resolve(home, recorded=known.target).shown)
        if (directory / RESULT).is_file():
            if there is None or there.state != "delivered":
                yield directory
        elif there is not None and there.run_state != state_of(directory).value:
            yield directory


def left_over(home: Home) -> tuple[Path, ...]:
    """Return what is `waiting` of runs that no process works on: a run that lives delivers by itself."""
    return tuple(directory for directory in waiting(home) if not _at_work(directory))


def _at_work(directory: Path) -> bool:
    try:
        return lives(directory, read_record(directory))
    except WorkbenchError:  # damaged, or removed meanwhile: nothing of it can be delivered
        return True


def _delivered(directories: list[Path], home: Home) -> tuple[Delivery, ...]:
    if not directories:
        return ()
    command = [sys.executable, "-m", "workbench.tracking", *map(str, directories)]
    environment = {**offline_environment(), "WORKBENCH_HOME": str(home.root)}
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and module
            command,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_PER_RUN * len(directories),
        )
    except subprocess.TimeoutExpired as error:
        raise TrackingUnavailable("the store took too long to answer", where="MLflow") from error
    deliveries = tuple(TypeAdapter(Delivery).validate_json(line) for line in done.stdout.splitlines() if line)
    if len(deliveries) < len(directories):
        last = done.stderr.strip().rpartition("\n")[2]
        raise TrackingUnavailable(f"a delivery broke off: {last[:300]}", where="python -m workbench.tracking")
    return deliveries
