"""The pool of `dispatch.py`, made of processes of this machine: one for each device, or group of devices."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace

from workbench.engines.pool.channel import Channel
from workbench.engines.pool.dispatch import Dispatcher
from workbench.engines.pool.engine import PoolEngine
from workbench.engines.pool.messages import Ask, Kind, Lost, Message, Request
from workbench.engines.pool.worker import Opening
from workbench.engines.transformers.devices import cpu_quota
from workbench.errors import MachineCannot
from workbench.policy.offline import offline_environment

MODULE = "workbench.engines.pool.process"
END_SECONDS = 10.0
THREADS = "OMP_NUM_THREADS"


@dataclass(slots=True)
class Child:
    """A process, the socket to it, and the devices it has."""

    process: subprocess.Popen[bytes]
    channel: Channel
    devices: str


@dataclass(slots=True)
class ProcessPool:
    """Processes by number. One that is lost leaves its devices to the next that is started."""

    opening: Opening
    free: list[str]
    children: dict[int, Child] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    arrived: deque[tuple[int, Message]] = field(default_factory=deque)
    count: int = 0

    def start(self) -> int:
        """Start a process on devices that no other has.

        Raises
        ------
        MachineCannot
            No process can be started.
        """
        devices = self.free.pop(0)
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                process = subprocess.Popen(  # noqa: S603 — our own module
                    [sys.executable, "-m", MODULE, str(theirs.fileno())],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=offline_environment(),
                )
            except OSError as error:
                ours.close()
                raise MachineCannot(f"no process can be started ({error.strerror})", where=sys.executable) from error
        worker = self.count
        self.count += 1
        self.children[worker] = Child(process, Channel(ours), devices)
        self.selector.register(ours, selectors.EVENT_READ, worker)
        self._send(worker, replace(self.opening, config=replace(self.opening.config, device=devices)))
        return worker

    def give(self, worker: int, kind: Kind, chunk: tuple[Request, ...]) -> None:
        """Put a chunk to a process."""
        self._send(worker, Ask(kind, chunk))

    def wait(self) -> tuple[int, Message]:
        """Return the next message."""
        while not self.arrived:
            for key, _ in self.selector.select():
                worker: int = key.data
                received = self.children[worker].channel.receive()
                if received is None:
                    self.arrived.append((worker, Lost(self._end(worker))))
                else:
                    self.arrived.extend((worker, message) for message in received)
        return self.arrived.popleft()

    def close(self) -> None:
        """End every process."""
        for child in self.children.values():
            child.channel.close()  # all at once: they take their time together
        for worker in list(self.children):
            self._end(worker)
        self.selector.close()

    def _send(self, worker: int, message: object) -> None:
        with suppress(OSError):  # it is gone: `wait` finds that out, and says so
            self.children[worker].channel.send(message)

    def _end(self, worker: int) -> str:
        """See a process to its end, and return how it ended."""
        child = self.children.pop(worker)
        with suppress(KeyError, ValueError):  # closed already
            self.selector.unregister(child.channel.socket)
        child.channel.close()
        try:
            status = child.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            child.process.kill()
            status = child.process.wait()
        self.free.append(child.devices)
        return f"process {child.process.pid} on {child.devices} {_ending(status)}"


def open_processes(groups: Sequence[str], opening: Opening) -> PoolEngine:
    """Open a model on each group of devices, in a process each.

    Parameters
    ----------
    groups
        The devices of each engine, as `workbench.engines.devices.device_groups` returns them.
    opening
        What each opens; its device and threads are set here.

    Raises
    ------
    MachineCannot
        No process can be started, or all were lost.
    WorkbenchError
        What an engine raised while loading, with its process and device named.
    """
    config = replace(opening.config, threads=threads_each(len(groups), opening.config.threads))
    with ExitStack() as resources:
        pool = ProcessPool(replace(opening, config=config), list(groups))
        resources.callback(pool.close)
        dispatcher = Dispatcher(pool, len(groups))
        dispatcher.open()
        return PoolEngine(dispatcher, "processes", resources=resources.pop_all())


def threads_each(engines: int, asked: int | None = None) -> int | None:
    """Return how many CPU threads each engine uses, so that together they use what one would use alone.

    None, the engine's own choice, where ``OMP_NUM_THREADS`` has the last word.
    """
    if asked is not None or os.environ.get(THREADS):
        return asked
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(allowed, cpu_quota() or allowed) // engines, 1)


def _ending(status: int) -> str:
    if status >= 0:
        return f"ended with status {status}"
    name = signal.Signals(-status).name
    hint = ": the kernel does that when memory is short" if -status == signal.SIGKILL else ""
    return f"was killed by {name}{hint}"
