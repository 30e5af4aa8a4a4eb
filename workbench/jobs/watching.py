"""How runs stand, whoever started them: what is on disk, reconciled with what is alive."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.errors import ErrorEnvelope, Interrupted, NotFound, UsageError, WorkbenchError
from workbench.evaluation.finishing import RESULT
from workbench.evaluation.journal import ITEMS, SPEC
from workbench.jobs.control import LiveStatus, Verb, tell
from workbench.jobs.record import ENDED, HOLD, RunRecord, State, alive, elsewhere, lives, read_record
from workbench.jobs.starting import starting
from workbench.policy.home import Home
from workbench.policy.locks import is_held
from workbench.policy.storage import disk_errors, inside

POLL_SECONDS = 0.1
REPORT_SECONDS = 0.5
CANCEL_SECONDS = 30.0
REMOVING = ".removing-"
"""How the name of a directory begins that is being removed."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """How one run stands now.

    Attributes
    ----------
    record
        With its state reconciled: a run whose process is dead and that has no result is interrupted.
    live
        What the process says of itself; None when it is dead or busy.
    rows
        Lines in the journal.
    """

    record: RunRecord
    directory: Path
    live: LiveStatus | None
    rows: int

    @property
    def state(self) -> State:
        """How the run stands."""
        return self.record.state

    @property
    def rate(self) -> float | None:
        """Questions a second in this process; None before the first."""
        if self.live is None or not self.live.asked or self.live.seconds <= 0:
            return None
        return self.live.asked / self.live.seconds

    @property
    def remaining(self) -> float | None:
        """Seconds to go at this rate; None when unknown."""
        rate = self.rate
        return None if rate is None or self.live is None else (self.live.planned - self.live.done) / rate


def find_run(home: Home, run_id: str) -> Path:
    """Return the directory of a run; the beginning of an id will do when it is the only one that fits.

    Raises
    ------
    NotFound
        No run has that id, or several begin with it.
    """
    if not run_id or "/" in run_id or run_id.startswith("."):
        raise NotFound(f"no run called {run_id!r}")
    fitting = [entry for entry in run_directories(home) if entry.name.startswith(run_id)]
    exact = [entry for entry in fitting if entry.name == run_id]
    if len(exact or fitting) != 1:
        several = f"; {len(fitting)} begin with it" if fitting else ""
        raise NotFound(f"no run called {run_id!r}{several}")
    return inside(home.runs, (exact or fitting)[0].name)


def run_directories(home: Home) -> tuple[Path, ...]:
    """Return the directories of all runs, the newest first."""
    if not home.runs.is_dir():
        return ()
    found = [entry for entry in home.runs.iterdir() if not entry.name.startswith(".") and (entry / SPEC).is_file()]
    return tuple(sorted(found, key=lambda entry: entry.name, reverse=True))


def status(directory: Path) -> RunStatus:
    """Return how a run stands, its record reconciled with the process table.

    Raises
    ------
    NotFound, JournalError
        There is no run, or its record is damaged.
    """
    record = read_record(directory)
    living = alive(record)
    live = None
    if record.state not in ENDED:
        if living:
            try:
                live = tell(Path(record.socket), "status")
            except WorkbenchError:
                live = None
        elif not elsewhere(directory, record):
            record = _reconciled(directory)
    return RunStatus(record, directory, live, _rows(directory))


def _reconciled(directory: Path) -> RunRecord:
    record = read_record(directory)  # it may have ended between the two looks
    if record.state in ENDED or lives(directory, record):
        return record
    done = (directory / RESULT).exists()
    return replace(record, state=State.DONE if done else State.INTERRUPTED)


def _rows(directory: Path) -> int:
    path = directory / ITEMS
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def list_runs(home: Home) -> tuple[RunStatus, ...]:
    """Return how every run stands, the newest first; a damaged record is shown as a failed run, not hidden."""
    found = []
    for directory in run_directories(home):
        try:
            found.append(status(directory))
        except WorkbenchError as error:
            with suppress(FileNotFoundError):  # it was removed meanwhile
                found.append(_damaged(directory, error.envelope()))
    return tuple(found)


def _damaged(directory: Path, error: ErrorEnvelope) -> RunStatus:
    from datetime import UTC, datetime

    started = datetime.fromtimestamp((directory / SPEC).stat().st_mtime, UTC)
    record = RunRecord(directory.name, 0, 0.0, "", "", "", State.FAILED, started, error=error)
    return RunStatus(record, directory, None, _rows(directory))


def wait(
    directory: Path, report: Callable[[RunStatus], None] = lambda _: None, deadline: float | None = None
) -> RunStatus:
    """Wait until a run has ended, and return how.

    Parameters
    ----------
    report
        Called about twice a second.
    deadline
        Monotonic time to give up at; None: never.
    """
    reported = -REPORT_SECONDS
    while True:
        record = read_record(directory)
        ended = record.state in ENDED or not lives(directory, record)
        if ended or time.monotonic() - reported >= REPORT_SECONDS:
            now = status(directory)
            report(now)
            reported = time.monotonic()
            if now.state in ENDED:
                return now
        if deadline is not None and time.monotonic() > deadline:
            raise Interrupted("the run goes on; waiting for it was given up", where=directory.name)
        time.sleep(POLL_SECONDS)


def cancel(directory: Path, *, score: bool = False) -> None:
    """Tell a live run to end; `score` makes a result of what is done, else the run is discarded.

    Raises
    ------
    UsageError
        The run is not alive.
    Interrupted
        It lives and does not answer.
    """
    say(directory, "score" if score else "cancel")


def say(directory: Path, verb: Verb) -> None:
    """Tell a live run something.

    Raises
    ------
    UsageError
        The run is not alive.
    Interrupted
        It lives and does not answer.
    """
    deadline = time.monotonic() + CANCEL_SECONDS
    while True:
        now = status(directory)
        if now.state in ENDED:
            raise UsageError(
                f"the run is {now.state.value}", where=directory.name, remedy=f"There is nothing to {verb}."
            )
        if elsewhere(directory, now.record):
            there = now.record.host
            raise Interrupted(f"the run lives on {there}", where=directory.name, remedy=f"Tell it so on {there}.")
        try:
            tell(Path(now.record.socket), verb)
        except Interrupted:  # a run that has just begun does not listen yet
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def has_ended(directory: Path) -> bool:
    """Return whether no process works on a run, whatever state its record is in.

    Raises
    ------
    NotFound
        No run lies there.
    """
    try:
        return status(directory).state in ENDED
    except WorkbenchError:
        if not directory.is_dir():
            raise
        return not is_held(directory / HOLD)  # the kernel takes it from whoever dies


def remove_run(directory: Path) -> int:
    """Remove a run that has ended, a damaged one too, and return how many bytes that frees.

    Raises
    ------
    UsageError
        The run is alive.
    """
    aside = directory.with_name(f"{REMOVING}{directory.name}-{secrets.token_hex(4)}")
    with starting(directory):  # whoever resumes it meanwhile finds a run or none, never half of one
        if not has_ended(directory):
            raise UsageError("the run is alive", where=directory.name, remedy="Cancel it first.")
        freed = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
        with disk_errors(directory):
            directory.rename(aside)
    with disk_errors(directory), suppress(FileNotFoundError):  # another may clear it away too, see `reconciliation`
        (aside / SPEC).unlink(missing_ok=True)
        shutil.rmtree(aside)
    return freed
