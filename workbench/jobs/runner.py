"""``python -m workbench.jobs.runner RUN_DIR``: the process that a run is.

Started by the launcher in a session of its own; ends by itself. Whatever kills it, the journal has every answer that
was on the disk, and the next runner goes on from there.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.errors import ErrorEnvelope, Interrupted, MachineCannot, OutOfMemory, UsageError, WorkbenchError
from workbench.evaluation.journal import Journal
from workbench.evaluation.running import Progress
from workbench.jobs.control import ControlServer, LiveStatus, Verb, temporary_socket_path
from workbench.jobs.delivery import Checkpoints, farewell
from workbench.jobs.lease import NONE, Lease
from workbench.jobs.record import (
    ENDED,
    HOLD,
    RunRecord,
    State,
    process_created,
    read_record,
    this_host,
    write_record,
)
from workbench.policy.locks import open_lock, take
from workbench.policy.offline import switch_off
from workbench.policy.seal import enter_seal
from workbench.policy.storage import FILE_MODE, disk_errors

PAUSE_SECONDS = 0.1
TIME_SECONDS = 0.1
RESERVE = ".reserve"
RESERVE_BYTES = 1 << 16
BEGUN = "process"
"""Kind of the event with which every process of a run begins."""


@dataclass(slots=True)
class Runner:
    """One run in this process.

    Attributes
    ----------
    stopped
        What ends it early: a verb, a signal, its lease; empty while it may go on.
    asking
        It asks, and would ask again what is requeued now.
    again
        Failed items are to be asked again.
    hold
        Descriptor of the lock that this process holds; the time it worked stands in that file.
    """

    directory: Path
    record: RunRecord
    journal: Journal
    lease: Lease
    began: float = field(default_factory=time.monotonic)
    stopped: str = ""
    paused: bool = False
    asking: bool = False
    again: bool = False
    hold: int = -1
    progress: Progress | None = None
    checkpoints: Checkpoints | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)
    told_time: float = 0.0

    def stop(self) -> bool:
        """Return whether the run is to end: it was told to, or nobody renewed its lease."""
        if not self.stopped and self.lease.over:
            self.stopped = NONE
        return bool(self.stopped)

    def stop_asking(self) -> bool:
        """Return whether no more is to be asked for now: the run is to end, to pause, or to ask failed items again."""
        self.tell_time()
        return self.stop() or self.paused or self.again

    def tell_time(self) -> None:
        """Write down now and then how long this process has worked, for whoever goes on should it be killed.

        By a clock that nobody sets: from the times of events, a clock that was set would make a year of a minute.
        """
        worked = time.monotonic() - self.began
        if worked - self.told_time >= TIME_SECONDS:
            self.told_time = worked
            with suppress(OSError):
                os.pwrite(self.hold, f"{worked:.1f}\n".encode(), 0)

    def told(self, verb: Verb) -> None:
        """End the run (``cancel`` throws the rest away, ``score`` scores what is done), or do what else is said.

        Raises
        ------
        UsageError
            There is nothing to requeue, or it is too late to.
        """
        if verb == "renew":
            self.lease.renew()
        elif verb == "requeue":
            self._requeue()
        elif verb in ("pause", "resume"):
            self.paused = verb == "pause"
        else:
            self.stopped = verb

    def _requeue(self) -> None:
        with self.turn:
            if not self.asking:
                remedy = "Requeue once it has ended."
                raise UsageError(f"the run is {self.record.state.value}", where=self.record.run_id, remedy=remedy)
            if self.progress is None or not any(self.progress.failed.values()):
                remedy = "There is nothing to requeue."
                raise UsageError("no item of this run failed", where=self.record.run_id, remedy=remedy)
            self.again = True

    def through(self) -> bool:
        """Return whether asking is over, and let nobody requeue from here on; False when there is more to ask."""
        with self.turn:
            over = self.stop() or not (self.paused or self.again)
            self.asking = not over
        return over

    def held(self) -> bool:
        """Return whether the run is to wait: paused, and not to end."""
        return self.paused and not self.stop()

    def wait_while_paused(self) -> None:
        """Return when the run may go on, or was told to end."""
        if self.held():
            self.at(State.PAUSED)
            while self.held():
                time.sleep(PAUSE_SECONDS)

    def seconds(self) -> float:
        """Return the time worked so far, earlier processes included."""
        return self.record.seconds + time.monotonic() - self.began

    def at(self, state: State, *, error: ErrorEnvelope | None = None, waiting: str = "") -> None:
        """Move to another state, on disk and in the events."""
        self.record = self.record.at(state, error=error, waiting=waiting)
        self.journal.note(state.value, error.message if error else waiting)
        write_record(self.directory, self.record)  # last: whoever reads "done" may remove the directory

    def ended(self, state: State, *, error: ErrorEnvelope | None = None) -> None:
        """Move to a last state, with the time worked."""
        with suppress(OSError):
            (self.directory / RESERVE).unlink(missing_ok=True)
        self.record = replace(self.record, seconds=self.seconds()).at(state, error=error)
        self.began = time.monotonic()
        with suppress(WorkbenchError, OSError):  # the record is what must be told, wherever there is room for one only
            self.journal.note(state.value, error.message if error else "")
        write_record(self.directory, self.record)
        if state is not State.DONE and self.checkpoints is not None and self.checkpoints.begun:
            farewell(self.directory)

    def status(self) -> LiveStatus:
        """Return how the run stands, for the control socket."""
        progress, state = self.progress, self.record.state.value
        if progress is None:
            return LiveStatus(state, 0, 0, 0, 0, 0.0, self.record.waiting)
        scores = tuple(
            (f"{pack}/{language}", answered, progress.credit[pack, language] / answered)
            for (pack, language), count in progress.done.items()
            if (answered := count - progress.failed[pack, language]) and (pack, language) in progress.credit
        )
        parts = tuple(
            (f"{pack}/{language}", progress.done[pack, language], count, progress.failed[pack, language])
            for (pack, language), count in progress.planned.items()
        )
        return LiveStatus(
            state,
            progress.finished,
            progress.total,
            sum(progress.failed.values()),
            progress.asked,
            progress.seconds,
            "/".join(progress.now or ()),
            scores,
            parts,
        )


def adopt(directory: Path) -> Runner:
    """Take the run over: this process holds it, and no other can until it dies.

    Raises
    ------
    UsageError
        Another process holds the run.
    """
    hold = open_lock(directory / HOLD)
    if not take(hold, directory / HOLD, wait=False):  # held until this process dies
        raise UsageError("another process holds this run", where=directory.name)
    journal = Journal(directory)
    before = read_record(directory)
    record = replace(
        before,
        pid=os.getpid(),
        created=process_created(os.getpid()) or 0.0,
        seconds=before.seconds + lost_seconds(journal, hold),
        host=this_host(),
    )
    write_record(directory, record)
    with disk_errors(directory / HOLD):
        os.ftruncate(hold, 0)
    for leftover in directory.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)  # of a process that was killed while it wrote
    _reserve(directory / RESERVE)
    return Runner(directory, record, journal, Lease(record.lease), hold=hold)


def lost_seconds(journal: Journal, hold: int) -> float:
    """Return the time that a process worked which was killed before it could say so.

    As it last wrote into the file it held; 0 when every process said how long it worked.
    """
    with suppress(WorkbenchError, OSError, ValueError):
        events = journal.events()
        begun = max((place for place, event in enumerate(events) if event.kind == BEGUN), default=None)
        if begun is not None and not any(event.kind in ENDED for event in events[begun:]):
            return max(float(os.pread(hold, 32, 0)), 0.0)
    return 0.0


def _reserve(path: Path) -> None:
    """Hold a little space, to be freed when the disk is full: the record can then still say so."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
        try:
            os.posix_fallocate(descriptor, 0, RESERVE_BYTES)
        finally:
            os.close(descriptor)


@contextmanager
def signals(runner: Runner) -> Iterator[None]:
    """Let SIGTERM and SIGINT end the run at the next answer, with everything so far kept."""

    def ask_to_stop(_number: int, _frame: object) -> None:
        runner.stopped = runner.stopped or "interrupt"

    old = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def hold(runner: Runner) -> int:
    """Run to the end, to a stop or to an error; return the exit code."""
    try:
        begin(runner)
        with closing(listen(runner)), signals(runner):
            from workbench.jobs.working import work

            work(runner)
    except Interrupted as error:
        cancelled = runner.stopped == "cancel"
        why = None if runner.stopped else error.envelope()  # nobody told it to: its engine's server died
        if runner.stopped == NONE:
            why = lease_ended(runner).envelope()
        runner.ended(State.CANCELLED if cancelled else State.INTERRUPTED, error=why)
        return 0 if cancelled else Interrupted.exit_code
    except WorkbenchError as error:
        return failed(runner, error)
    except MemoryError:
        return failed(runner, OutOfMemory("the process ran out of memory"))
    except Exception as error:  # noqa: BLE001 — whatever it is, the record must say that the run failed, and why
        return failed(runner, WorkbenchError(f"{type(error).__name__}: {error}", where=runner.directory / "runner.log"))
    return 0


def lease_ended(runner: Runner) -> Interrupted:
    """Return why a run ended itself whose lease nobody renewed."""
    return Interrupted(
        f"nobody renewed the run's lease for {runner.record.lease or 0:g} s: its user's server has gone",
        where=runner.record.run_id,
        remedy="With the server back, resume it: what is answered is not asked again.",
    )


def failed(runner: Runner, error: WorkbenchError) -> int:
    """Write down why the run failed; return the exit code."""
    with suppress(OSError):  # the log may lie on the disk that is full; the record has the error
        traceback.print_exc()
    with suppress(MachineCannot):  # a disk that lets nothing be written: the log, open since before, says so
        runner.ended(State.FAILED, error=error.envelope())
    return error.exit_code


def begin(runner: Runner) -> None:
    """Seal the process if the spec says so, before it has a thread, and mend what an earlier one left."""
    sealed = runner.journal.spec().seal
    if sealed:
        enter_seal()
    runner.journal.repair()
    runner.journal.note(BEGUN, f"pid {os.getpid()}")
    if sealed:
        runner.journal.note("sealed", "this process sees the loopback device and no other")


def listen(runner: Runner) -> ControlServer:
    """Open the control socket: where the record says, or beside the temporary files where that place can hold none."""
    try:
        return ControlServer(Path(runner.record.socket), runner.status, runner.told)
    except OSError:
        elsewhere = temporary_socket_path(runner.record.run_id)
        with disk_errors(elsewhere):
            server = ControlServer(elsewhere, runner.status, runner.told)
    runner.record = replace(runner.record, socket=str(elsewhere))
    write_record(runner.directory, runner.record)
    return server


def main(arguments: list[str]) -> int:
    """Hold the run of the directory that is named, and return the exit code."""
    switch_off()
    try:
        runner = adopt(Path(arguments[0]))
    except UsageError as error:
        return error.exit_code
    return hold(runner)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
