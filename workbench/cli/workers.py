"""`workbench workers`: the models that are served, whoever started them."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from workbench.cli.output import emit, json_option, size, table
from workbench.cli.serve import farewell, place, shown
from workbench.errors import Interrupted
from workbench.jobs.served_model import ServedModel
from workbench.jobs.worker_record import OVER, WorkerState, read_worker
from workbench.jobs.workers import find_worker, list_workers, living_worker, reap, stop_worker
from workbench.policy.home import home


@click.group("workers")
def command() -> None:
    """List, show, stop and renew the workers that serve models."""


@command.command("list")
@json_option
def list_command(*, as_json: bool) -> None:
    """List workers, the newest first; those that ended are shown for a day, with the reason."""
    records = list_workers(home())
    if as_json:
        emit([shown(record) for record in records])
        return
    if not records:
        click.echo("There are no workers. `workbench serve MODEL` starts one.", err=True)
        return
    rows = [
        [
            record.worker_id, f"{record.state.value}: {why}" if (why := record.why or record.waiting) else
            record.state.value, record.spec.name, record.spec.engine, size(record.memory.measured),
            "" if record.state in OVER else place(record), f"{record.started:%Y-%m-%d %H:%M}",
        ]
        for record in records
    ]  # fmt: skip
    table(["worker", "state", "model", "engine", "memory", "address", "started (UTC)"], rows, right=(4,), whole=(0,))


@command.command("show")
@click.argument("worker")
@json_option
def show_command(worker: str, *, as_json: bool) -> None:
    """Show what a worker serves, where, and what it takes."""
    reap(home())
    directory = find_worker(home(), worker)
    record = read_worker(directory)
    if as_json:
        emit(shown(record))
        return
    spec, memory = record.spec, record.memory
    lease = "none" if spec.lease is None else f"{spec.lease:g} s"
    idle = "never" if spec.idle_timeout is None else f"{spec.idle_timeout:g} s"
    ended = record.ended or datetime.now(UTC)
    rows = [
        ["worker", record.worker_id],
        ["state", f"{record.state.value}: {why}" if (why := record.why or record.waiting) else record.state.value],
        ["model", spec.path + (f" + {spec.adapter}" if spec.adapter else "")],
        ["called", spec.name],
        ["engine", f"{spec.engine}, {spec.device} {spec.dtype}"],
        ["address", place(record)],
        ["memory", f"needs {size(memory.needed)}, reserves {size(memory.reserved)}, took {size(memory.measured)}"],
        ["ends", f"idle for: {idle}; lease: {lease}"],
        ["started", f"{record.started:%Y-%m-%d %H:%M:%S} UTC, {(ended - record.started).total_seconds():.0f} s"],
        ["directory", str(directory)],
    ]
    if record.freed is not None:
        rows.append(["came back", size(record.freed)])
    if record.error is not None:
        rows += [["error", f"{record.error.code}: {record.error.message}"], ["→", record.error.remedy]]
    table(["", ""], rows)


@command.command("key")
@click.argument("worker")
def key_command(worker: str) -> None:
    """Print a worker's key, for a variable of the shell; never write it into a command."""
    click.echo(living_worker(home(), worker).key)


@command.command("renew")
@click.argument("worker")
@json_option
def renew_command(worker: str, *, as_json: bool) -> None:
    """Renew the lease of a worker."""
    record = living_worker(home(), worker)
    left = ServedModel(record.worker_id, home()).renew()
    if as_json:
        emit({"worker_id": record.worker_id, "lease_left": left})
    else:
        click.echo(f"{record.worker_id} goes on for {left:.0f} s")


@command.command("stop")
@click.argument("workers", nargs=-1, required=True, metavar="WORKER…")
@json_option
def stop_command(workers: tuple[str, ...], *, as_json: bool) -> None:
    """End workers: answers under way go out, the models are unloaded, and what came back is said."""
    directories = [find_worker(home(), worker) for worker in workers]
    ended = [stop_worker(home(), directory.name) for directory in directories]
    if as_json:
        emit([shown(record) for record in ended])
    else:
        for record in ended:
            click.echo(farewell(record))
    killed = [record for record in ended if record.state is WorkerState.LOST]
    if killed:
        raise Interrupted(killed[0].why, where=killed[0].worker_id, remedy="Its log says more.")
