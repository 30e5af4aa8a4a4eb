"""What MLflow did not take while it was down, or while a run was sealed off from it, delivered later."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field

from workbench.errors import WorkbenchError
from workbench.jobs.delivery import TRACKING
from workbench.policy.home import Home
from workbench.policy.offline import offline_environment

FIRST_SECONDS = 30.0
SECONDS_PER_MINUTE = 60.0


@dataclass(slots=True)
class Later:
    """Starts `workbench runs sync` now and then, while something waits and no earlier one is at work.

    Attributes
    ----------
    minutes
        Between two of them; 0: none is started. The first comes half a minute after the server.
    """

    minutes: float = 0.0
    next: float = field(default_factory=lambda: time.monotonic() + FIRST_SECONDS)
    process: subprocess.Popen[bytes] | None = None

    def look(self, home: Home) -> bool:
        """Start a delivery if it is time for one and something waits; return whether one was started."""
        if not self.minutes or time.monotonic() < self.next:
            return False
        if self.process is not None and self.process.poll() is None:
            return False
        self.next = time.monotonic() + self.minutes * SECONDS_PER_MINUTE
        if os.environ.get(TRACKING, "").lower() == "off" or not _waits(home):
            return False
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench.cli", "runs", "sync"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**offline_environment(), "WORKBENCH_HOME": str(home.root)},
                start_new_session=True,
            )
        except OSError:
            return False
        return True


def _waits(home: Home) -> bool:
    from workbench.tracking.sync import left_over

    try:
        return bool(left_over(home))
    except (WorkbenchError, OSError):
        return False
