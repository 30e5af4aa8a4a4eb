"""A handle on one run, whoever started it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Interrupted, from_envelope
from workbench.evaluation.finishing import item_rows, load_result
from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.jobs.launcher import requeue, resume
from workbench.jobs.record import ENDED, State
from workbench.jobs.watching import RunStatus, cancel, remove_run, say, status, wait
from workbench.policy.home import Home


@dataclass(frozen=True, slots=True)
class Run:
    """One run below a data directory."""

    id: str
    home: Home

    @property
    def directory(self) -> Path:
        """Where its journal is."""
        return self.home.runs / self.id

    def status(self) -> RunStatus:
        """Return how it stands now."""
        return status(self.directory)

    def wait(self, report: Callable[[RunStatus], None] = lambda _: None) -> RunStatus:
        """Wait until it has ended; interrupting the wait leaves the run alone."""
        return wait(self.directory, report)

    def cancel(self, *, score: bool = False) -> None:
        """End it; `score` makes a result of what is done."""
        cancel(self.directory, score=score)

    def pause(self) -> None:
        """Stop asking after the next answer; the process lives on and its model stays loaded."""
        say(self.directory, "pause")

    def resume(self) -> None:
        """Go on where it was paused or interrupted."""
        if self.status().state is State.PAUSED:
            say(self.directory, "resume")
        else:
            resume(self.directory, self.home)

    def requeue(self) -> None:
        """Ask the items that failed again: at once while others are asked, else in a new process."""
        if self.status().state in ENDED:
            requeue(self.directory, self.home)
        else:
            say(self.directory, "requeue")

    def remove(self) -> int:
        """Remove it from the disk, and return how many bytes that frees."""
        return remove_run(self.directory)

    def result(self) -> Result:
        """Return its result, waiting for it.

        Raises
        ------
        WorkbenchError
            It failed; the error is the run's own.
        Interrupted
            It was interrupted or cancelled.
        """
        ended = self.wait()
        if ended.state is State.FAILED and ended.record.error is not None:
            raise from_envelope(ended.record.error)
        if ended.state is not State.DONE:
            raise Interrupted(f"the run is {ended.state.value}", where=self.directory / "runner.log")
        return load_result(self.directory)

    def items(self) -> Iterator[ItemRow]:
        """Yield the rows of the finished run."""
        yield from item_rows(self.result())
