"""Telling MLflow, from processes of their own: at the end of a run, and now and then while a long one goes on.

Nothing here can fail a run. What does not arrive is noted, and `workbench runs sync` delivers it later. A delivery
takes seconds of a processor and hundreds of megabytes, so a run that ends within two minutes is told of once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from workbench.engines.transformers.memory import available_memory
from workbench.jobs.record import State

Note = Callable[[str, str], None]
DELIVERY_SECONDS = 300
ROOM = 1 << 30
"""Bytes that must be free for a checkpoint: a model that fills the machine is not endangered for its sake."""
FIRST_CHECKPOINT = 120.0
CHECKPOINT_EVERY = 600.0
POLL_SECONDS = 0.2
BACKGROUND = 10
TRACKING = "WORKBENCH_TRACKING"
"""Environment variable; ``off`` leaves the delivery to `workbench runs sync`."""
EVERY = "WORKBENCH_CHECKPOINT_SECONDS"
"""Environment variable: seconds between checkpoints; ``0``: none."""
LATER = "`workbench runs sync` delivers later"


def _off() -> bool:
    return os.environ.get(TRACKING, "").lower() == "off"


def _command(directory: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "workbench.tracking", *words, str(directory)]


def deliver(directory: Path, note: Note) -> None:
    """Bring a finished run into MLflow; a store that is down only leaves a note."""
    if _off():
        note("untracked", f"{TRACKING}=off; {LATER}")
        return
    try:
        done = subprocess.run(  # noqa: S603 — our own module
            _command(directory), capture_output=True, text=True, check=False, timeout=DELIVERY_SECONDS
        )
    except subprocess.TimeoutExpired:
        note("undelivered", f"MLflow did not answer in time; {LATER}")
        return
    except OSError as error:
        note("undelivered", f"no process can be started ({error.strerror}); {LATER}")
        return
    if done.returncode == 0:
        note("delivered", "")
    else:
        last = done.stderr.strip().rpartition("\n")[2] or done.stdout.strip()
        note("undelivered", f"{last[:500]}; {LATER}")


def farewell(directory: Path) -> None:
    """Let MLflow know that a run it shows as running has ended without a result; nobody waits for that."""
    with suppress(OSError):
        subprocess.Popen(  # noqa: S603 — our own module
            _command(directory),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def checkpoint_seconds() -> float:
    """Return how many seconds lie between checkpoints; 0: there are none."""
    try:
        every = float(os.environ.get(EVERY) or CHECKPOINT_EVERY)
    except ValueError:
        every = CHECKPOINT_EVERY
    return every if every > 0 and not _off() else 0.0


class Checkpoints:
    """Tells MLflow now and then how far a run is, one child process at a time, while the context lasts.

    Attributes
    ----------
    begun, arrived, missed
        How many were begun, how many MLflow took, and how many it did not; one that the end of the run cut short
        may have arrived or not.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.begun = 0
        self.arrived = 0
        self.missed = 0
        self._every = checkpoint_seconds()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="checkpoints", daemon=True)

    def __enter__(self) -> Self:
        """Begin, unless checkpoints are switched off."""
        if self._every:
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End, and with it a child that is under way: what it would say is out of date."""
        self._over.set()
        if self._every:
            self._thread.join()

    def _beat(self) -> None:
        wait = min(FIRST_CHECKPOINT, self._every)
        while not self._over.wait(wait):
            arrived = available_memory() > ROOM and self._tell()
            if self._over.is_set():
                return
            self.arrived += arrived
            self.missed += not arrived
            wait = self._every

    def _tell(self) -> bool:
        import psutil

        command = _command(self.directory, "--state", State.RUNNING.value)
        quiet = subprocess.DEVNULL
        try:
            child = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)  # noqa: S603 — our own module
        except OSError:
            return False
        self.begun += 1
        with suppress(psutil.Error):
            psutil.Process(child.pid).nice(BACKGROUND)
        deadline = time.monotonic() + DELIVERY_SECONDS
        while child.poll() is None and time.monotonic() < deadline and not self._over.wait(POLL_SECONDS):
            continue
        if child.poll() is None:
            child.terminate()
        return child.wait() == 0
