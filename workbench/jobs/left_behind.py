"""Processes that outlived the run or worker for which they were started."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from workbench.jobs.record import BELONGS_TO

WAIT_SECONDS = 5.0


def end_left_behind(directory: Path) -> tuple[int, ...]:
    """Kill what was started for a run or worker whose own process is dead, and return the process ids.

    A child server ends with its parent by itself; what did not (its guard was killed in the same moment) is found by
    the environment that everything started for the run inherits. Ask only when nothing of the run is to live.
    """
    import psutil

    wanted, own = str(directory), os.getpid()
    left = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            ours = process.pid != own and process.uids().real == os.getuid()
            if ours and process.environ().get(BELONGS_TO) == wanted:
                process.kill()
                left.append(process)
    psutil.wait_procs(left, WAIT_SECONDS)
    return tuple(process.pid for process in left)
