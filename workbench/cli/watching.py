"""Progress of a run on standard error: a bar on a terminal, a line a pack and language elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from workbench.cli.output import say, size
from workbench.errors import Interrupted
from workbench.evaluation.finishing import load_result
from workbench.jobs.record import State
from workbench.jobs.run import Run
from workbench.jobs.watching import RunStatus

LARGE_FILE = 1 << 30


@dataclass(slots=True)
class Announcer:
    """Says once what is new in a run: its state, what it waits for, each part that is through."""

    say: Callable[[str], None]
    run_id: str
    said: set[str] = field(default_factory=set)
    state: str = ""

    def __call__(self, now: RunStatus) -> None:
        """Say what is new."""
        state = f"{now.state.value}: {now.record.waiting}" if now.record.waiting else now.state.value
        if state != self.state:
            self.state = state
            self.say(f"{self.run_id} {state}")
        for name, done, planned, failed in now.live.parts if now.live else ():
            if done >= planned:
                self.part(name, done, planned, failed)

    def part(self, name: str, done: int, planned: int, failed: int) -> None:
        """Say that a part is through, once."""
        if name not in self.said:
            self.said.add(name)
            self.say(f"{name}: {done} of {planned} answered, {failed} failed")


def watch(run: Run) -> RunStatus:
    """Show a run until it has ended.

    Raises
    ------
    Interrupted
        Ctrl-C: it is no longer watched, and goes on.
    """
    try:
        with _announcer(run.id) as (announcer, report):
            ended = run.wait(report)
            if ended.state is State.DONE:
                for counts in load_result(run.directory).counts:
                    answered = counts.scored + counts.failed
                    announcer.part(f"{counts.pack}/{counts.language}", answered, counts.planned, counts.failed)
    except KeyboardInterrupt as error:
        raise Interrupted(
            "no longer watched; the run goes on",
            where=run.id,
            remedy=f"`workbench runs watch {run.id}` shows it, `workbench runs cancel {run.id}` ends it.",
        ) from error
    return ended


@contextmanager
def _announcer(run_id: str) -> Iterator[tuple[Announcer, Callable[[RunStatus], None]]]:
    if not sys.stderr.isatty():
        announcer = Announcer(lambda line: say(line, err=True), run_id)
        yield announcer, announcer
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True, highlight=False, markup=False)
    with Progress(*columns, TextColumn("{task.fields[left]}"), console=console, transient=True) as bar:
        task = bar.add_task(run_id, total=None, left="")
        announcer = Announcer(console.print, run_id)

        def report(now: RunStatus) -> None:
            announcer(now)
            if now.live and now.live.planned:
                left = "" if now.remaining is None else f"about {now.remaining:.0f} s to go"
                bar.update(
                    task, completed=now.live.done, total=now.live.planned, description=now.live.now or run_id, left=left
                )

        yield announcer, report


def hashing() -> Callable[[str, int, int], None]:
    """Return what says once that a large file is being read, when a model's digest is made."""
    said: set[str] = set()

    def report(name: str, _done: int, total: int) -> None:
        if total >= LARGE_FILE and name not in said:
            said.add(name)
            say(f"reading {name} ({size(total)}) for its digest …", err=True)

    return report
