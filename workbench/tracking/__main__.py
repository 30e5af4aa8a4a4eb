"""``python -m workbench.tracking [--state STATE] RUN_DIR…``: bring runs into MLflow from a process of its own.

Prints one JSON record a run and nothing else. Ends 0 when all arrived, 7 when something is still pending, 3 when a
directory holds no run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from workbench.errors import TrackingUnavailable, WorkbenchError
from workbench.jobs.record import State
from workbench.tracking.deliver import deliver
from workbench.tracking.spool import Delivery


def main(arguments: Sequence[str] | None = None) -> int:
    """Deliver the runs named on the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m workbench.tracking", description=__doc__)
    parser.add_argument("--state", type=State, choices=list(State), help="how an unfinished run stands")
    parser.add_argument("directories", nargs="+", type=Path, metavar="RUN_DIR")
    words = parser.parse_args(arguments)
    code = 0
    for directory in words.directories:
        try:
            delivery = deliver(directory, state=words.state)
        except WorkbenchError as error:
            sys.stderr.write(f"error[{error.code}] {error}\n")
            code = max(code, error.exit_code)
            continue
        sys.stdout.write(TypeAdapter(Delivery).dump_json(delivery).decode() + "\n")
        sys.stdout.flush()
        if delivery.state == "pending":
            sys.stderr.write(f"error[{TrackingUnavailable.code}] {delivery.target}: {delivery.problem}\n")
            code = max(code, TrackingUnavailable.exit_code)
    return code


if __name__ == "__main__":
    sys.exit(main())
