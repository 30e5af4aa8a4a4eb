"""`workbench runs`: every run, whoever started it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import click

from workbench.cli.evaluate import finish
from workbench.cli.output import emit, json_option, size, table
from workbench.cli.scores import print_result
from workbench.cli.watching import watch
from workbench.errors import ErrorEnvelope, Interrupted, UsageError, WorkbenchError
from workbench.evaluation.finishing import load_result
from workbench.evaluation.journal import Journal
from workbench.evaluation.result import Result
from workbench.evaluation.spec import RunSpec
from workbench.jobs.record import State
from workbench.jobs.run import Run
from workbench.jobs.watching import RunStatus, find_run, has_ended, list_runs, status
from workbench.policy.home import home


@click.group("runs", help="List, show, watch, pause, cancel, resume, requeue, sync and remove runs.")
def command() -> None:
    """Group of the run commands."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as `runs list` prints it; `planned` is known of a run that lives or is done."""

    run_id: str
    state: State
    model: str
    packs: tuple[str, ...]
    answered: int
    planned: int | None
    started: datetime
    waiting: str
    error: ErrorEnvelope | None


def _row(now: RunStatus) -> RunRow:
    model, packs = "unreadable", tuple[str, ...]()
    try:
        spec = Journal(now.directory).spec()
    except WorkbenchError:
        pass  # the list shows a damaged run too; its error says what is wrong
    else:
        model, packs = spec.model.path.rstrip("/").rpartition("/")[2], tuple(pack.name for pack in spec.packs)
    record = now.record
    return RunRow(
        run_id=now.directory.name,
        state=now.state,
        model=model,
        packs=packs,
        answered=now.live.done if now.live else now.rows,
        planned=now.live.planned if now.live else None,
        started=record.started,
        waiting=record.waiting,
        error=record.error,
    )


@command.command("list")
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only runs that stand so.")
@json_option
def list_command(state: str | None, *, as_json: bool) -> None:
    """List runs, the newest first."""
    rows = [_row(now) for now in list_runs(home()) if state in (None, now.state.value)]
    if as_json:
        emit(rows)
        return
    if not rows:
        click.echo("There are no runs. `workbench evaluate MODEL PACK` starts one.", err=True)
        return
    table(
        ["run", "state", "model", "packs", "answered", "started (UTC)"],
        [
            [
                row.run_id, f"{row.state.value} ({row.error.code})" if row.error else row.state.value, row.model,
                " ".join(row.packs), f"{row.answered} of {row.planned}" if row.planned else str(row.answered),
                f"{row.started:%Y-%m-%d %H:%M}",
            ]
            for row in rows
        ],
        right=(4,),
        whole=(0,),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """What `runs show` prints."""

    run: RunRow
    spec: RunSpec
    directory: str
    pid: int
    seconds: float
    resumed: int
    result: Result | None


@command.command("show")
@click.argument("run")
@json_option
def show_command(run: str, *, as_json: bool) -> None:
    """Show how a run stands, what it asks, and its scores."""
    directory = find_run(home(), run)
    now = status(directory)
    result = load_result(directory) if now.state is State.DONE else None
    shown = Shown(
        _row(now), Journal(directory).spec(), str(directory), now.record.pid, now.record.seconds, now.record.resumed,
        result,
    )  # fmt: skip
    if as_json:
        emit(shown)
        return
    spec = shown.spec
    settings = [
        f"{spec.shots} shots", spec.formulation, f"chat template {spec.chat_template}", spec.engine,
        f"{spec.device} {spec.dtype}", f"limit {spec.limit}" if spec.limit else "all items", f"seed {spec.seed}",
        *(["parity"] if spec.parity else []), *(["sealed"] if spec.seal else []),
    ]  # fmt: skip
    planned = f" of {shown.run.planned}" if shown.run.planned else ""
    rows = [
        ["run", shown.run.run_id],
        ["state", shown.run.state.value + (f": {shown.run.waiting}" if shown.run.waiting else "")],
        ["model", spec.model.path + (f" + {spec.model.adapter}" if spec.model.adapter else "")],
        ["packs", " ".join(pack.name for pack in spec.packs)],
        ["languages", " ".join(spec.languages) or "all"],
        ["settings", ", ".join(settings)],
        ["answered", f"{shown.run.answered}{planned}"],
        ["started", f"{shown.run.started:%Y-%m-%d %H:%M:%S} UTC, resumed {shown.resumed} times"],
        ["directory", shown.directory],
    ]
    if shown.run.error:
        rows += [["error", f"{shown.run.error.code}: {shown.run.error.message}"], ["→", shown.run.error.remedy]]
    table(["", ""], rows)
    if result is not None:
        click.echo()
        print_result(result)


@command.command("watch")
@click.argument("run")
@json_option
def watch_command(run: str, *, as_json: bool) -> None:
    """Watch a run to its end and print its scores; Ctrl-C stops watching, not the run."""
    finish([_named(run)], as_json=as_json)


@command.command("cancel")
@click.argument("run")
@click.option("--score", is_flag=True, help="Make a result of what is answered, instead of none.")
@json_option
def cancel_command(run: str, *, score: bool, as_json: bool) -> None:
    """End a run that lives."""
    handle = _named(run)
    handle.cancel(score=score)
    ended = watch(handle)
    if score and ended.state is State.DONE:
        finish([handle], as_json=as_json)
    elif as_json:
        emit(_row(ended))
    elif ended.state is State.CANCELLED:
        click.echo(f"{handle.id} is cancelled; `workbench runs rm {handle.id}` removes it.")
    else:
        raise Interrupted(f"the run is {ended.state.value}", where=handle.id)


@command.command("pause")
@click.argument("run")
@json_option
def pause_command(run: str, *, as_json: bool) -> None:
    """Stop a run after its next answer; its model stays loaded. `resume` goes on."""
    handle = _named(run)
    handle.pause()
    if as_json:
        emit(_row(handle.status()))
    else:
        click.echo(f"{handle.id} pauses; `workbench runs resume {handle.id}` goes on.")


@command.command("requeue")
@click.argument("run")
@json_option
def requeue_command(run: str, *, as_json: bool) -> None:
    """Ask the failed items of a run again: at once while it lives, else in a new process; its result is made anew."""
    handle = _named(run)
    handle.requeue()
    if as_json:
        emit(_row(handle.status()))
    else:
        click.echo(f"{handle.id} asks its failed items again; `workbench runs watch {handle.id}` shows it.")


@command.command("resume")
@click.argument("run")
@click.option("--detach", is_flag=True, help="Return at once.")
@json_option
def resume_command(run: str, *, detach: bool, as_json: bool) -> None:
    """Go on with a run that was paused, interrupted or failed; nothing that is answered is asked again."""
    handle = _named(run)
    handle.resume()
    record = handle.status().record
    if not detach:
        finish([handle], as_json=as_json)
    elif as_json:
        emit(record)
    else:
        click.echo(handle.id)


@dataclass(frozen=True, slots=True)
class Removed:
    """A run that was removed, and how many bytes that freed."""

    run_id: str
    bytes: int


@command.command("rm")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@json_option
def rm_command(runs: tuple[str, ...], *, as_json: bool) -> None:
    """Remove runs that have ended from the disk; MLflow keeps what it was given."""
    handles = list({handle.id: handle for handle in map(_named, runs)}.values())
    for handle in handles:  # all or none: a run that lives costs no other
        if not has_ended(handle.directory):
            raise UsageError("the run is alive", where=handle.id, remedy="Cancel it first; nothing was removed.")
    removed = [Removed(handle.id, handle.remove()) for handle in handles]
    if as_json:
        emit(removed)
        return
    for entry in removed:
        click.echo(f"removed {entry.run_id}, {size(entry.bytes)} freed")


@command.command("sync")
@click.argument("run", required=False)
@json_option
def sync_command(run: str | None, *, as_json: bool) -> None:
    """Bring finished runs into MLflow that are not there yet; RUN: this one, even if it is."""
    from workbench.errors import TrackingUnavailable
    from workbench.tracking.sync import sync

    deliveries = sync(home(), None if run is None else find_run(home(), run).name)
    if as_json:
        emit(deliveries)
    elif not deliveries:
        click.echo("Everything is delivered.", err=True)
    else:
        rows = [[entry.run_id, entry.state, entry.target, entry.problem] for entry in deliveries]
        table(["run", "state", "store", "problem"], rows)
    pending = [entry.run_id for entry in deliveries if entry.state == "pending"]
    if pending:
        raise TrackingUnavailable(f"{len(pending)} runs are still waiting to be delivered", where=", ".join(pending))


def _named(run: str) -> Run:
    return Run(find_run(home(), run).name, home())
