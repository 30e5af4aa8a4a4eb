"""How a run goes on, while somebody waits: one line that is rewritten, in a terminal or under a notebook's cell."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.jobs.record import ENDED
from workbench.jobs.watching import RunStatus

if TYPE_CHECKING:
    from typing import TextIO

MINUTE = 60
VIEW = "application/vnd.jupyter.widget-view+json"


def sentence(status: RunStatus) -> str:
    """Return how a run stands, in one line."""
    state = status.state.value
    live = status.live
    if live is None or not live.planned:
        waiting = f": {status.record.waiting}" if status.record.waiting else ""
        return f"{state}{waiting}"
    text = f"{state} {live.done}/{live.planned}"
    if live.now:
        text += f" · {live.now}"
    if status.rate:
        text += f" · {status.rate:.1f} items/s"
    if status.remaining:
        minutes, seconds = divmod(round(status.remaining), MINUTE)
        text += f" · {minutes}:{seconds:02d} to go"
    if live.failed:
        text += f" · {live.failed} failed"
    return text


def progress_line(run_id: str) -> Callable[[RunStatus], None]:
    """Return a reporter that shows one line: under the cell in a notebook, else on standard error.

    In a notebook the line is removed when the run has ended, so that a saved notebook keeps only results.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None and hasattr(shell, "kernel"):
        return _CellLine(run_id)
    return _TerminalLine(run_id, sys.stderr)


class _TerminalLine:
    """Rewrites one line on a terminal; where output is kept, writes a line only when something changed."""

    def __init__(self, run_id: str, stream: TextIO) -> None:
        self._run_id, self._stream, self._last = run_id, stream, ""

    def __call__(self, status: RunStatus) -> None:
        text = f"{self._run_id} {sentence(status)}"
        if self._stream.isatty():
            end = "\n" if status.state in ENDED else ""
            self._stream.write(f"\r\x1b[K{text}{end}")
        else:
            key = f"{status.state.value} {status.live.now if status.live else ''}"
            if key == self._last:
                return
            self._last = key
            self._stream.write(text + "\n")
        self._stream.flush()


class _CellLine:
    """One widget under the cell: updates go to the widget, not to the cell's outputs, and it goes when the run ends."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._label: Any = None

    def __call__(self, status: RunStatus) -> None:
        if status.state in ENDED:
            self._close()
            return
        text = f"{self._run_id} {sentence(status)}"
        if self._label is None:
            self._open(text)
        self._label.value = text

    def _open(self, text: str) -> None:
        import ipywidgets
        from IPython.display import display

        self._label = ipywidgets.Label(text)
        # Without the text twin, which a saved notebook would keep after the widget is gone.
        view = {VIEW: self._label._repr_mimebundle_()[VIEW]}
        display(view, raw=True)  # type: ignore[no-untyped-call]

    def _close(self) -> None:
        from IPython.display import clear_output

        if self._label is not None:
            self._label.close()
            clear_output()  # type: ignore[no-untyped-call]
            self._label = None
