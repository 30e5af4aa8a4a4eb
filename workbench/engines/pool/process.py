"""``python -m workbench.engines.pool.process FD``: a worker in a process of its own.

It is told what to do over a socket that it inherits as FD, and ends with it: when whoever started it closes the other
end, or dies, however that happens.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from workbench.engines.pool.channel import Channel
from workbench.engines.pool.messages import Ask, Failed
from workbench.engines.pool.worker import Worker
from workbench.errors import OutOfMemory, WorkbenchError
from workbench.policy.offline import switch_off

GRACE_SECONDS = 5.0
"""What a worker may take to free its engine before it is ended in the middle of an answer."""


class DeviceWorker(Worker):
    """A worker that is known by its process and its devices."""

    def node(self) -> str:
        """Return which process this is, and where it computes."""
        return f"process {os.getpid()} on {self.opening.config.device}"


def main(arguments: list[str]) -> None:
    """Open the model that the first message names, then answer what is asked until the other end is gone."""
    switch_off()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started this
    channel = Channel(socket.socket(fileno=int(arguments[0])))
    mail: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(channel, mail), name="mail", daemon=True).start()
    opening = mail.get()
    if opening is None:
        return
    worker = DeviceWorker(opening)
    with suppress(OSError):  # nobody listens any more
        _say(channel, worker, (worker.open() for _ in range(1)))
        while isinstance(asked := mail.get(), Ask):
            _say(channel, worker, worker.answer(asked.kind, asked.chunk))
    worker.close()


def _read(channel: Channel, mail: queue.SimpleQueue[Any]) -> None:
    """Bring what arrives; at the end of it, see to it that this process ends too."""
    while (received := channel.receive()) is not None:
        for message in received:
            mail.put(message)
    mail.put(None)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


def _say(channel: Channel, worker: Worker, messages: Iterable[object]) -> None:
    """Send messages as they are made; whatever breaks while they are made is sent too.

    Raises
    ------
    OSError
        The other end is gone.
    """
    made = iter(messages)
    while True:
        try:
            message = next(made)
        except StopIteration:
            return
        except MemoryError:
            message = Failed(OutOfMemory("the process ran out of memory").envelope(), worker.node())
        except Exception as error:  # noqa: BLE001 — an engine's fault must reach the run, whatever it is
            traceback.print_exc()
            message = Failed(WorkbenchError(f"{type(error).__name__}: {error}").envelope(), worker.node())
        channel.send(message)


if __name__ == "__main__":
    main(sys.argv[1:])
