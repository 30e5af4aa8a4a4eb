"""`workbench serve`: a model behind an OpenAI-compatible server of its own."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

import click

from workbench.cli.output import emit, json_option, size
from workbench.engines.protocol import DType, EngineConfig
from workbench.errors import Interrupted, WorkbenchError, from_envelope
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import make_spec
from workbench.jobs.worker_record import OVER, EngineName, WorkerRecord, WorkerState
from workbench.jobs.workers import start_worker
from workbench.policy.home import home

FOREGROUND_LEASE = 60.0
"""Seconds for which a worker outlives the terminal that watches it."""
LOOK_SECONDS = 0.25


@click.command("serve")
@click.argument("model")
@click.option("--engine", type=click.Choice(get_args(EngineName)), help="Default: transformers.")
@click.option("--adapter", type=click.Path(path_type=Path), help="A LoRA adapter of the model.")
@click.option("--device", default="auto", help="auto (default), cpu, cuda, cuda:1, mps, xpu …")
@click.option("--dtype", type=click.Choice(get_args(DType)), default="auto", help="Default: the checkpoint's own.")
@click.option("--max-length", type=int, help="Tokens a sequence may have; default: the model's context.")
@click.option("--tensor-parallel", type=click.IntRange(1), default=1, help="Devices that one model is divided over.")
@click.option("--idle-timeout", default="15m", help="End when nobody asked for so long (90s, 15m, 2h, never).")
@click.option("--lease", metavar="SECONDS", help="End when nobody renewed for so long; default: no lease.")
@click.option("--host", help="Address to listen on; default: 127.0.0.1, which no other machine reaches.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: any free one.")
@click.option("--socket", is_flag=True, default=None, help="Listen on a socket in the file system instead.")
@click.option("--name", help="What clients call the model; default: its own name.")
@click.option("--detach", is_flag=True, help="Return once it serves; it goes on.")
@json_option
def command(
    model: str,
    *,
    device: str,
    dtype: DType,
    max_length: int | None,
    tensor_parallel: int,
    detach: bool,
    as_json: bool,
    **settings: Any,
) -> None:
    """Serve a model over an OpenAI-compatible API, with /v1/loglikelihoods beside it.

    MODEL is a name in the store, a directory or a GGUF file. The worker is a process of its own; without --detach this
    command watches it, and Ctrl-C ends it. `workbench workers` lists, shows and stops workers.
    """
    if not detach and settings["lease"] is None:
        settings["lease"] = FOREGROUND_LEASE  # should this terminal die, the worker ends too
    said = {name: value for name, value in settings.items() if value is not None}
    config = EngineConfig(device=device, dtype=dtype, max_length=max_length, tensor_parallel=tensor_parallel)
    spec, memory = make_spec(model, home(), config=config, **said)
    started: list[str] = []
    said_last: list[str] = []

    def report(now: WorkerRecord) -> None:
        started[:] = [now.worker_id]
        line = _line(now)
        if line and [line] != said_last:
            said_last[:] = [line]
            click.echo(line, err=True)

    click.echo(f"{spec.name} needs at least {size(memory.needed)}, will reserve {size(memory.reserved)}", err=True)
    try:
        record = start_worker(spec, memory, home(), report)
        served = ServedModel(record.worker_id, home())
        _print(record, as_json=as_json)
        if not detach:
            _watch(served, record)
    except KeyboardInterrupt as error:
        if not started:
            raise
        ended = ServedModel(started[0], home()).stop()
        click.echo(f"\n{farewell(ended)}", err=True)
        if ended.state is not WorkerState.ENDED:
            raise Interrupted(ended.why, where=ended.worker_id) from error


def _line(now: WorkerRecord) -> str:
    """Return how far a worker is that does not serve yet; nothing once it does."""
    if now.state not in (WorkerState.QUEUED, WorkerState.LOADING):
        return ""
    return f"{now.worker_id} {now.state.value}" + (f": {now.waiting}" if now.waiting else "")


def _print(record: WorkerRecord, *, as_json: bool) -> None:
    if as_json:
        emit(shown(record))
        return
    took = f"; it took {size(record.memory.measured)}" if record.memory.measured is not None else ""
    click.echo(f"{record.worker_id} serves {record.spec.name} at {place(record)}{took}")
    click.echo(f"`workbench workers key {record.worker_id}` prints its key; docs/serve.md says how to ask.", err=True)


def _watch(served: ServedModel, record: WorkerRecord) -> None:
    """Renew the lease until the worker ends.

    Raises
    ------
    WorkbenchError
        It ended with an error, or died.
    """
    every = (record.spec.lease or FOREGROUND_LEASE) / 4
    renewed = time.monotonic()
    while (now := served.record).state not in OVER:
        if time.monotonic() - renewed >= every:
            with suppress(WorkbenchError):  # it may end just now, or be busy: the next look says
                served.renew()
                renewed = time.monotonic()
        time.sleep(LOOK_SECONDS)
    click.echo(farewell(now), err=True)
    if now.error is not None:
        raise from_envelope(now.error)
    if now.state is WorkerState.LOST:
        raise Interrupted(now.why, where=now.worker_id, remedy="Start it again.")


def place(record: WorkerRecord) -> str:
    """Return where a worker is asked, for people; nothing before it has a place."""
    if record.address is None:
        return ""
    return record.address.socket or record.address.url


def farewell(record: WorkerRecord) -> str:
    """Return how a worker ended, in one line."""
    freed = f", {size(record.freed)} came back" if record.freed is not None else ""
    return f"{record.worker_id} {record.state.value}: {record.why}{freed}"


def shown(record: WorkerRecord) -> dict[str, Any]:
    """Return a record as programs get it: without the key, which `workers key` alone prints."""
    from workbench.cli.output import plain

    fields: dict[str, Any] = plain(record)
    del fields["key"]
    return fields | {"url": None if record.address is None else record.address.url}
