"""``python -m workbench.jobs.runner RUN_DIR``: the process that a run is.

Started by the launcher in a session of its own; ends by itself. Whatever kills it, the journal has every answer that
was on the disk, and the next runner goes on from there.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.errors import ErrorEnvelope, Interrupted, OutOfMemory, UsageError, WorkbenchError
from workbench.evaluation.journal import Journal
from workbench.evaluation.running import Progress
from workbench.jobs.control import ControlServer, LiveStatus, Verb, temporary_socket_path
from workbench.jobs.delivery import Checkpoints, farewell
from workbench.jobs.record import ENDED, HOLD, RunRecord, State, process_created, read_record, write_record
from workbench.policy.offline import switch_off
from workbench.policy.seal import enter_seal
from workbench.policy.storage import FILE_MODE, disk_errors

PAUSE_SECONDS = 0.1
RESERVE = ".reserve"
RESERVE_BYTES = 1 << 16
BEGUN = "process"
"""Kind of the event with which every process of a run begins."""


@dataclass(slots=True)
class Runner:
    """One run in this process. `stopped` is the verb that ends it early, empty while it may go on."""

    directory: Path
    record: RunRecord
    journal: Journal
    began: float = field(default_factory=time.monotonic)
    stopped: str = ""
    paused: bool = False
    progress: Progress | None = None
    checkpoints: Checkpoints | None = None

    def stop(self) -> bool:
        """Return whether the run was told to end."""
        return bool(self.stopped)

    def stop_asking(self) -> bool:
        """Return whether no more is to be asked for now: the run was told to end, or to pause."""
        return bool(self.stopped) or self.paused

    def told(self, verb: Verb) -> None:
        """End the run (``cancel`` throws the rest away, ``score`` scores what is done), pause it, or let it go on."""
        if verb in ("pause", "resume"):
            self.paused = verb == "pause"
        else:
            self.stopped = verb

    def held(self) -> bool:
        """Return whether the run is to wait: paused, and not told to end."""
        return self.paused and not self.stopped

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
    with disk_errors(directory / HOLD):
        descriptor = os.open(directory / HOLD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the kernel lets go of it when this process dies
    except BlockingIOError as error:
        raise UsageError("another process holds this run", where=directory.name) from error
    journal = Journal(directory)
    before = read_record(directory)
    record = replace(
        before,
        pid=os.getpid(),
        created=process_created(os.getpid()) or 0.0,
        seconds=before.seconds + lost_seconds(journal),
    )
    write_record(directory, record)
    for leftover in directory.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)  # of a process that was killed while it wrote
    _reserve(directory / RESERVE)
    return Runner(directory, record, journal)


def lost_seconds(journal: Journal) -> float:
    """Return the time that a process worked which was killed before it could say so.

    From the event with which it began to its last row, by the clock; 0 when every process said how long it worked.
    """
    with suppress(WorkbenchError, OSError):
        events = journal.events()
        begun = max((place for place, event in enumerate(events) if event.kind == BEGUN), default=None)
        if begun is not None and not any(event.kind in ENDED for event in events[begun:]):
            last = max(journal.items_path.stat().st_mtime, events[-1].at.timestamp())
            return max(last - events[begun].at.timestamp(), 0.0)
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
        runner.ended(State.CANCELLED if cancelled else State.INTERRUPTED, error=why)
        return 0 if cancelled else Interrupted.exit_code
    except WorkbenchError as error:
        return failed(runner, error)
    except MemoryError:
        return failed(runner, OutOfMemory("the process ran out of memory"))
    except Exception as error:  # noqa: BLE001 — whatever it is, the record must say that the run failed, and why
        return failed(runner, WorkbenchError(f"{type(error).__name__}: {error}", where=runner.directory / "runner.log"))
    return 0


def failed(runner: Runner, error: WorkbenchError) -> int:
    """Write down why the run failed; return the exit code."""
    runner.ended(State.FAILED, error=error.envelope())
    with suppress(OSError):  # the log may lie on the disk that is full; the record has the error
        traceback.print_exc()
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
