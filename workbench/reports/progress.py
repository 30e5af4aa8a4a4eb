"""How a run goes on, while somebody waits: one line that is rewritten."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.jobs.record import ENDED
from workbench.jobs.watching import RunStatus

if TYPE_CHECKING:
    from typing import TextIO

MINUTE = 60
Reporter = Callable[[RunStatus], None]
"""What `Run.wait` tells how a run stands."""


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


def progress_line(run_id: str) -> Reporter:
    """Return a reporter that shows one line on standard error; a notebook has a view (`workbench.jupyter.widgets`)."""
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
