"""``python -m workbench.tracking.guard COMMAND…``: run a command that ends when whoever started it does.

The starter holds the other end of standard input. However the starter ends (even by SIGKILL), the pipe closes, and
the command and all its children, which share this process's group, are ended. Start it in a session of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from threading import Thread

GRACE_SECONDS = 5.0


def main(command: Sequence[str]) -> int:
    """Run `command`, watch standard input, and return the command's exit code."""
    if os.getpgid(0) != os.getpid():
        sys.stderr.write("guard: start me in a session of my own, or I end whoever started me\n")
        return 2
    # The group's end is ours to see through, so a signal to the group does not end the guard first.
    signal.signal(signal.SIGTERM, lambda *_: None)
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603  # the starter names its own command
    Thread(target=_end_with_starter, args=(process,), daemon=True).start()
    return process.wait()


def _end_with_starter(process: subprocess.Popen[bytes]) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.killpg(0, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
