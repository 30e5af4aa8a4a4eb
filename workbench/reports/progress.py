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
    """One display under the cell, updated in place and emptied at the end."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._handle: Any = None

    def __call__(self, status: RunStatus) -> None:
        from IPython.display import clear_output, display

        if status.state in ENDED:
            if self._handle is not None:
                clear_output()  # type: ignore[no-untyped-call]
            return
        text = {"text/plain": f"{self._run_id} {sentence(status)}"}
        if self._handle is None:
            self._handle = display(text, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(text, raw=True)
