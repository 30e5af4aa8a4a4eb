"""``python -m workbench.jobs.worker WORKER_DIR``: the process that serves a model.

It takes its port first, so that one that is taken costs no loading; then it waits for room, loads, serves, and ends by
itself: idle, without a lease, told to, or because its engine is lost. The record says which.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.footprint import footprint, unload
from workbench.engines.protocol import Engine, EngineConfig
from workbench.engines.serve.life import Life
from workbench.engines.serve.listening import Address, allowed_names, bind_port, bind_socket
from workbench.errors import Interrupted, OutOfMemory, WorkbenchError
from workbench.jobs.admission import admitted, in_main_memory
from workbench.jobs.control import socket_path
from workbench.jobs.record import process_created, this_host
from workbench.jobs.worker_record import HOLD, LOG, ServeSpec, WorkerRecord, WorkerState, read_worker, write_worker
from workbench.policy.home import home
from workbench.policy.locks import open_lock, take
from workbench.policy.offline import switch_off

if TYPE_CHECKING:
    from workbench.engines.serve.desk import Desk
    from workbench.engines.serve.listening import Listener
    from workbench.models.chat import ChatTemplate

LOOK_SECONDS = 0.25
FINISH_SECONDS = 10.0
"""Seconds that the engine may still compute for somebody after the end was decided."""


@dataclass(slots=True)
class Worker:
    """One served model in this process."""

    directory: Path
    record: WorkerRecord
    life: Life
    lost: WorkbenchError | None = None

    @property
    def spec(self) -> ServeSpec:
        """What it serves."""
        return self.record.spec

    def at(self, state: WorkerState, waiting: str = "") -> None:
        """Move to another state, on disk."""
        self.write(replace(self.record, state=state, waiting=waiting))

    def write(self, record: WorkerRecord) -> None:
        """Keep a record, here and on disk."""
        self.record = record
        write_worker(self.directory, record)

    def engine_lost(self, error: WorkbenchError) -> None:
        """End because the engine cannot go on."""
        self.lost = error
        self.life.stop("its engine was lost")


def adopt(directory: Path) -> Worker:
    """Take the worker over from the process that started it."""
    take(open_lock(directory / HOLD), directory / HOLD)  # held until this process dies
    before = read_worker(directory)
    record = replace(before, pid=os.getpid(), created=process_created(os.getpid()) or 0.0, host=this_host())
    write_worker(directory, record)
    return Worker(directory, record, Life(record.spec.idle_timeout, record.spec.lease))


@contextmanager
def signals(worker: Worker) -> Iterator[None]:
    """Let SIGTERM and SIGINT end it in order; while the model is loaded they end that."""

    def told(number: int, _frame: object) -> None:
        worker.life.stop(f"told to ({signal.Signals(number).name})")
        if worker.record.state is WorkerState.LOADING:
            raise Interrupted("told to end while it loaded its model")

    old = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def hold(worker: Worker) -> int:
    """Serve to the end; return the exit code."""
    try:
        with signals(worker), listening(worker) as (bound, address):
            freed = serve(worker, bound, address)
    except Interrupted as error:
        worker.write(worker.record.over(WorkerState.ENDED, worker.life.over() or error.message))
        return 0
    except WorkbenchError as error:
        return failed(worker, error)
    except MemoryError:
        return failed(worker, OutOfMemory("the process ran out of memory"))
    except Exception as error:  # noqa: BLE001 — whatever it is, the record must say that it failed, and why
        return failed(worker, WorkbenchError(f"{type(error).__name__}: {error}", where=worker.directory / LOG))
    if worker.lost is not None:
        worker.write(worker.record.over(WorkerState.FAILED, worker.life.over(), error=worker.lost.envelope()))
        return worker.lost.exit_code
    worker.write(worker.record.over(WorkerState.ENDED, worker.life.over(), freed=freed))
    return 0


def failed(worker: Worker, error: WorkbenchError) -> int:
    """Write down why it failed; return the exit code."""
    worker.write(worker.record.over(WorkerState.FAILED, error.message, error=error.envelope()))
    with suppress(OSError):
        traceback.print_exc()
    return error.exit_code


@contextmanager
def listening(worker: Worker) -> Iterator[tuple[socket.socket, Address]]:
    """Take the place where it will be asked, and give it back at the end."""
    spec = worker.spec
    if spec.socket:
        bound, address = bind_socket(socket_path(home(), worker.record.worker_id))
    else:
        bound, address = bind_port(spec.host, spec.port)
    try:
        yield bound, address
    finally:
        bound.close()
        if address.socket:
            Path(address.socket).unlink(missing_ok=True)


def serve(worker: Worker, bound: socket.socket, address: Address) -> int:
    """Load, answer until it is over, and unload; return the bytes that came back."""
    from workbench.engines.serve.app import make_app
    from workbench.engines.serve.desk import Desk
    from workbench.engines.serve.listening import Listener
    from workbench.engines.serve.served import Served

    engine, template = load(worker)
    desk = Desk(engine, lost=worker.engine_lost)
    key = secrets.token_urlsafe(32)
    served = Served(worker.spec.name, engine, template, desk, worker.life, worker.record.memory, datetime.now(UTC))
    listener = Listener(make_app(served, key, allowed_names()), bound)
    try:
        listener.start()
        worker.life.begin()
        worker.write(replace(worker.record, state=WorkerState.SERVING, address=address, key=key, waiting=""))
        while not worker.life.over() and listener.alive:
            worker.life.wait(LOOK_SECONDS)
        worker.life.stop(worker.life.over() or "its HTTP server ended")
    finally:
        freed = end(engine, desk, listener)
    return freed


def end(engine: Engine, desk: Desk, listener: Listener) -> int:
    """Let answers under way go out, then unload; an engine that still computes goes with the process."""
    listener.close()
    if not desk.close(FINISH_SECONDS):
        return 0
    return unload(engine)


def load(worker: Worker) -> tuple[Engine, ChatTemplate | None]:
    """Wait for room and load the model; what it took is written into the record."""
    from workbench.engines import open_engine
    from workbench.models import ChatTemplate

    spec = worker.spec
    fake = spec.engine == "fake"
    wanted = worker.record.memory.reserved if in_main_memory(spec.device) else 0
    config = EngineConfig(
        device=spec.device, dtype=spec.dtype, max_length=spec.max_length, tensor_parallel=spec.tensor_parallel
    )
    runs = home().create().runs  # one lock for all that load a model here
    with admitted(runs, wanted, lambda: bool(worker.life.over()), lambda why: worker.at(WorkerState.QUEUED, why)):
        worker.at(WorkerState.LOADING)
        before = footprint()
        engine = open_engine(spec.engine, Path(spec.path), config, Path(spec.adapter) if spec.adapter else None)
        took = max(0, footprint() - before)
    worker.write(replace(worker.record, memory=replace(worker.record.memory, measured=took)))
    return engine, None if fake else ChatTemplate.load(Path(spec.path))


def main(arguments: list[str]) -> int:
    """Serve what the record of the directory that is named asks for; return the exit code."""
    switch_off()
    return hold(adopt(Path(arguments[0])))


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # the record says all; an engine that still computes for nobody must not hold the process
