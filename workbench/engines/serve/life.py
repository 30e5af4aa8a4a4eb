"""How long a server goes on: until nobody asked for a while, nobody renewed its lease, or it was told to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Life:
    """Safe to use from several threads.

    Parameters
    ----------
    idle
        Seconds without a question to the model after which it ends; None: never. An answer that is being computed
        is no idleness. Looking at the server's health or facts, or renewing its lease, is no question.
    lease
        Seconds for which each renewal keeps it alive; None: it needs none.
    clock
        Monotonic seconds.
    """

    def __init__(self, idle: float | None, lease: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self.idle, self.lease = idle, lease
        self._clock = clock
        self._lock = threading.Lock()
        self._told = threading.Event()
        self._why = ""
        self._asking = 0
        self._begun = False
        self._last = self._renewed = clock()

    def begin(self) -> None:
        """Begin to count: before it can be asked nobody can ask, or renew its lease."""
        with self._lock:
            self._begun = True
            self._last = self._renewed = self._clock()

    @contextmanager
    def question(self) -> Iterator[None]:
        """Hold off idleness while a question is answered."""
        with self._lock:
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1
                self._last = self._clock()

    def renew(self) -> None:
        """Begin the lease anew."""
        with self._lock:
            self._renewed = self._clock()

    def stop(self, why: str) -> None:
        """End it; the first reason stands. Takes no lock: a signal's handler may have interrupted who holds it."""
        self._why = self._why or why
        self._told.set()

    def wait(self, seconds: float) -> None:
        """Wait that long, or until it is told to stop."""
        self._told.wait(seconds)

    def over(self) -> str:
        """Return why it ends; empty while it goes on."""
        with self._lock:
            now = self._clock()
            if self._why or not self._begun:
                return self._why
            if self.lease is not None and now - self._renewed > self.lease:
                return f"nobody renewed its lease for {self.lease:g} s"
            if self.idle is not None and not self._asking and now - self._last > self.idle:
                return f"nobody asked anything for {self.idle:g} s"
            return ""

    def idle_seconds(self) -> float:
        """Return for how long nobody has asked anything; 0 while a question is being answered."""
        with self._lock:
            return 0.0 if self._asking else self._clock() - self._last

    def lease_left(self) -> float | None:
        """Return the seconds until the lease ends; None when it needs none."""
        with self._lock:
            return None if self.lease is None else max(0.0, self._renewed + self.lease - self._clock())
