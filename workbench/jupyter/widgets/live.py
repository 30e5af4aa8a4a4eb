"""A run under a cell: one display that is updated, and that becomes static when there is nothing more to update.

What is shown comes from the run's record and journal. The kernel keeps nothing: after a restart, `wb.run(id)` in any
cell of any notebook shows the same run again, and a page that is reloaded finds the view where it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from workbench.errors import WorkbenchError
from workbench.evaluation.result import Result
from workbench.jobs.record import State
from workbench.jobs.run import Run
from workbench.jobs.watching import RunStatus
from workbench.jupyter.widgets.desk import Desk, run_state, state_of
from workbench.jupyter.widgets.kernel import in_notebook
from workbench.reports.progress import Reporter, progress_line

PERIOD_SECONDS = 0.5


class LiveRun:
    """The display of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._view: Any = None
        self._handle: Any = None
        self._desk = Desk(run.home)
        self._watch: threading.Thread | None = None

    def show(self) -> None:
        """Show the run as it stands; while it goes on, follow it in the background."""
        state = run_state(self._run)
        if state["ended"]:
            _display(static(self._run, state))
            return
        self.open(state)
        self._follow()

    def open(self, state: dict[str, Any]) -> None:
        """Put the view under the cell."""
        from workbench.jupyter.widgets.twin import run_twin
        from workbench.jupyter.widgets.view import View

        self._view = View("run", state, self._answer, lambda: run_twin(state), plain(state))
        self._handle = _display(self._view.bundle(), display_id=True)

    def update(self, state: dict[str, Any]) -> bool:
        """Bring the view up to date, and return whether the run has ended."""
        if self._view is not None and state != self._view.state:
            self._view.state = state
        return bool(state["ended"])

    def settle(self) -> None:
        """Put the static twin in the place of the view, for the saved notebook.

        The widget itself stays: a page that was reloaded meanwhile still looks at it.
        """
        if self._handle is not None:
            self._handle.update(static(self._run, run_state(self._run)), raw=True)

    def remove(self) -> None:
        """Take the view away, and whatever else the cell printed so far."""
        from IPython.display import clear_output

        if self._view is not None:
            self._view.close()
            self._view = self._handle = None
            clear_output()  # type: ignore[no-untyped-call]

    @property
    def opened(self) -> bool:
        """Whether there is a view."""
        return self._view is not None

    def _answer(self, verb: str, body: Mapping[str, Any]) -> Any:
        """Answer the view; a run that is told to go on is followed again."""
        answered = self._desk(verb, body)
        if verb == "tell" and self._watch is not None and not self._watch.is_alive():
            self._follow()
        return answered

    def _follow(self) -> None:
        self._watch = threading.Thread(target=self._until_it_ends, name=f"watch {self._run.id}", daemon=True)
        self._watch.start()

    def _until_it_ends(self) -> None:
        try:
            while not self.update(run_state(self._run)):
                time.sleep(PERIOD_SECONDS)
        except WorkbenchError:  # it was removed meanwhile: the view keeps what it last knew
            return
        self.settle()


def static(run: Run, state: dict[str, Any]) -> dict[str, str]:
    """Return what a saved notebook shows of a run: its scores when it is done, else how it stands."""
    from workbench.jupyter.widgets.twin import result_twin, run_twin

    shown = result_twin(run.result()) if state["state"] == State.DONE.value else run_twin(state)
    return {"text/html": shown, "text/plain": plain(state)}


def plain(state: dict[str, Any]) -> str:
    """Return how a run stands in one line of text."""
    planned = "" if state["planned"] is None else f"/{state['planned']}"
    return f"<Run {state['id']}: {state['state']} {state['answered']}{planned}>"


def waited(run: Run, report: Reporter | None = None) -> Result:
    """Wait for a run, shown unless it is reported to somebody else, and return its result.

    Raises
    ------
    WorkbenchError
        As `Run.result`.
    """
    if report is not None:
        run.wait(report)
    else:
        with watched(run) as shown:
            run.wait(shown)
    return run.result()


@contextmanager
def watched(run: Run) -> Iterator[Reporter]:
    """Show a run while somebody waits for it: yields what `Run.wait` is to report to.

    In a notebook a view stands under the cell as long as the run goes on, so that only the result is kept; when the
    wait is interrupted, what is left says how to see the run again. Elsewhere one line is rewritten.
    """
    if not in_notebook():
        yield progress_line(run.id)
        return
    live = LiveRun(run)

    def report(now: RunStatus) -> None:
        state = state_of(now)
        if not state["ended"] and not live.opened:
            live.open(state)
        live.update(state)

    try:
        yield report
    except BaseException:
        live.settle()
        raise
    live.remove()


def display_view(view: Any) -> Any:
    """Put a view under the cell, and return it."""
    _display(view.bundle())
    return view


def _display(bundle: dict[str, Any], *, display_id: bool = False) -> Any:
    from IPython.display import display

    return display(bundle, raw=True, **({"display_id": True} if display_id else {}))  # type: ignore[no-untyped-call]
