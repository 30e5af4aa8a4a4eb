"""Run a server that ends when whoever asked for it does: ``python lifeline.py PARENT_PID DIRECTORY COMMAND…``.

Started by path with the interpreter of vLLM's environment, where Workbench is not installed: the standard library only.
It leads a process group. It ends the whole group when its standard input ends (the parent holds the other end of the
pipe, and the kernel closes it however the parent dies), when it has another parent, when it is told to (SIGTERM), and
when the server has ended by itself, so that no worker of a dead server stays. Should this process be killed, the
kernel kills the server (PR_SET_PDEATHSIG).

The death signal alone would not do for this process: the kernel sends it when the *thread* ends that started the
child, and an engine may be opened by a thread of a server or a notebook.
"""

from __future__ import annotations

import ctypes
import os
import select
import shutil
import signal
import sys
import time
from contextlib import suppress

PR_SET_PDEATHSIG = 1
LOOK_SECONDS = 1.0
GRACE_SECONDS = 5.0


def main(arguments: list[str]) -> None:
    """Start the command, and end it in time; does not return: it ends its own group last."""
    parent, directory, *command = arguments
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = start(command)
    status, left = None, False
    while status is None and not told and not left:
        left = parent_gone(int(parent))
        status = ended(child)
    if status is not None:
        sys.stderr.write(f"the server ended by itself, status {os.waitstatus_to_exitcode(status)}\n")
        sys.stderr.flush()
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGTERM)  # lets it give its shared memory back
    until = time.monotonic() + (GRACE_SECONDS if status is None else LOOK_SECONDS)
    while time.monotonic() < until and (status is not None or ended(child) is None):
        time.sleep(0.05)
    # A parent that is dying has closed its pipe before it stops being the parent; one that lives needs the log only
    # of a server that ended by itself.
    if left or os.getppid() != int(parent):
        shutil.rmtree(directory, ignore_errors=True)  # nobody else may be there to do it
    os.killpg(0, signal.SIGKILL)


def start(command: list[str]) -> int:
    """Start `command` as a child that the kernel kills when this process dies; return its process id."""
    own = os.getpid()
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != own:  # died before the kernel was asked
        os._exit(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    try:
        os.execv(command[0], command)  # noqa: S606 — a list of arguments, no shell
    except OSError as error:
        sys.stderr.write(f"cannot start {command[0]}: {error}\n")
        sys.stderr.flush()
    os._exit(127)


def parent_gone(parent: int) -> bool:
    """Wait a moment for the end of standard input; return whether the parent has gone."""
    readable, _, _ = select.select([0], [], [], LOOK_SECONDS / 4)
    return bool(readable and not os.read(0, 1)) or os.getppid() != parent


def ended(child: int) -> int | None:
    """Return the wait status of the child once it has ended."""
    try:
        found, status = os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return 0
    return status if found else None


if __name__ == "__main__":
    main(sys.argv[1:])
