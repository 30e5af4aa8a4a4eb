"""Does it fit? A run waits here, torch not yet imported, until the machine has room for its model.

One lock file a data directory: whoever holds it is loading a model, so that two runs never both see the same free
memory. Limits of the control group come before the machine's own.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import Interrupted, OutOfMemory
from workbench.policy.storage import FILE_MODE

LOCK = ".admission.lock"
POLL_SECONDS = 0.2
CGROUP = Path("/sys/fs/cgroup")
UNLIMITED = 1 << 60


def memory_limit() -> int:
    """Return how many bytes this process may use at most: its control group's limit, else the machine's memory."""
    import psutil

    return min(_cgroup_number("memory.max", "memory/memory.limit_in_bytes"), int(psutil.virtual_memory().total))


def memory_available() -> int:
    """Return how many bytes are free for a new model, in bytes."""
    import psutil

    available = int(psutil.virtual_memory().available)
    limit = _cgroup_number("memory.max", "memory/memory.limit_in_bytes")
    if limit < UNLIMITED:
        available = min(available, limit - _cgroup_number("memory.current", "memory/memory.usage_in_bytes"))
    return max(available, 0)


def _cgroup_number(*names: str) -> int:
    """Return the first number that one of the control group's files holds (version 2, then 1)."""
    for name in names:
        try:
            text = (CGROUP / name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            return int(text)
    return UNLIMITED


@contextmanager
def admitted(runs: Path, needed: int, stop: Callable[[], bool], waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the right to load a model of `needed` bytes.

    Parameters
    ----------
    stop
        Asked while waiting; True gives up.
    waiting
        Told what the run waits for, when that changes.

    Raises
    ------
    OutOfMemory
        It can never fit on this machine.
    Interrupted
        `stop` said so.
    """
    limit = memory_limit()
    if needed > limit:
        raise OutOfMemory(f"the model needs about {needed:,} bytes and this machine may use {limit:,}")
    descriptor = os.open(runs / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    told = ""
    try:
        while True:
            if stop():
                raise Interrupted("stopped while waiting for room")
            reason = _room(descriptor, needed)
            if not reason:
                break
            if reason != told:
                waiting(reason)
                told = reason
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _room(descriptor: int, needed: int) -> str:
    """Return why the run must wait; empty, with the lock held, when it need not."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return "another run is loading its model"
    available = memory_available()
    if needed <= available:
        return ""
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return f"about {needed:,} bytes of memory are needed; {available:,} are free"
