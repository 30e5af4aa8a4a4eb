"""A run under a Hub lives only as long as its user's server renews its lease.

Whoever stops the server (a culler, an administrator, a machine that is drained) thereby ends what it started, and
nothing is lost: the run writes down what is answered and can be resumed. Anywhere else a run needs nobody.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

from workbench.errors import UsageError

VARIABLE = "WORKBENCH_LEASE_SECONDS"
"""Environment variable: seconds that a run goes on without its lease being renewed; ``0``: it needs no lease."""
HUB = "JUPYTERHUB_USER"
"""Set by JupyterHub for a user's server and all that it starts."""
SECONDS = 60.0
NONE = "lease"
"""Why a run stopped whose lease ran out."""


def lease_seconds() -> float | None:
    """Return how long the lease of a run started from here lasts, or None where it needs none.

    Raises
    ------
    UsageError
        The variable holds no number of seconds.
    """
    said = os.environ.get(VARIABLE, "")
    try:
        seconds = float(said) if said else (SECONDS if os.environ.get(HUB) else 0.0)
    except ValueError as error:
        raise UsageError(
            f"{said!r} is no number of seconds", where=VARIABLE, remedy="Use one like 60, or 0."
        ) from error
    return seconds if seconds > 0 else None


@dataclass(slots=True)
class Lease:
    """The lease of one run in its process; `seconds` None never ends. The clock's time plays no part in it."""

    seconds: float | None
    renewed: float = field(default_factory=time.monotonic)

    def renew(self) -> None:
        """Begin it anew."""
        self.renewed = time.monotonic()

    @property
    def over(self) -> bool:
        """Whether nobody renewed it in time."""
        return self.seconds is not None and time.monotonic() - self.renewed > self.seconds
