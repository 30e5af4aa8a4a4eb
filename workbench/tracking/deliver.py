"""Bring one run into MLflow: a checkpoint while it goes on, all of it once it is done; twice is the same as once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from workbench.errors import NotFound, WorkbenchError
from workbench.evaluation.finishing import RESULT, load_result
from workbench.evaluation.journal import SPEC
from workbench.jobs.record import State
from workbench.policy.home import Home, home
from workbench.policy.locks import locked
from workbench.policy.offline import switch_off
from workbench.tracking import spool
from workbench.tracking.artifacts import artifacts
from workbench.tracking.identity import pseudonym
from workbench.tracking.payload import Payload, build, experiment_name, spec_params
from workbench.tracking.read import RunFiles, journal_progress, run_files, state_of
from workbench.tracking.scrub import last_part
from workbench.tracking.series import deliver_series
from workbench.tracking.spool import Delivery
from workbench.tracking.store import (
    KEY_TAG,
    PAYLOAD_TAG,
    STATUS_TAG,
    Experiment,
    MlflowStatus,
    Store,
    client_of,
)
from workbench.tracking.target import Target, prepare, resolve

MLFLOW_STATUS: Mapping[State, MlflowStatus] = MappingProxyType(
    {State.INTERRUPTED: "KILLED", State.CANCELLED: "KILLED", State.FAILED: "FAILED"}
)
"""What MLflow calls a run that ended without a result; any other is running."""
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        # A server that is down is told so within seconds; the spool waits, not the run.
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
        # The address it would print may hold a password.
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    }
)
"""What is set for MLflow unless the user set it."""


def deliver(run_directory: Path, *, state: State | None = None, target: Target | None = None) -> Delivery:
    """Bring a run into MLflow as far as it has come, and write down in ``tracking.json`` how that went.

    A finished run (one with ``result.json``) arrives whole; of any other, its parameters, its state and how many
    items are done. A store that is down, full or of another opinion is not an error here: the run is unharmed,
    and the delivery says what is wrong.

    Parameters
    ----------
    run_directory
        ``runs/<id>``.
    state
        How an unfinished run stands; by default as its record says.
    target
        The store; ``MLFLOW_TRACKING_URI``, the store of an earlier delivery or the embedded one by default.

    Raises
    ------
    NotFound
        There is no run in this directory.
    """
    switch_off()
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    if not (run_directory / SPEC).is_file():
        raise NotFound("no run here: spec.json is missing", where=last_part(str(run_directory)))
    place = home()
    with ExitStack() as held:
        held.enter_context(locked(run_directory / spool.LOCK))
        so_far = spool.read(run_directory)
        chosen = target or resolve(place, recorded=so_far.target)
        before = so_far.of(chosen.shown) or Delivery(run_directory.name, chosen.shown, "pending", datetime.now(UTC))
        if chosen.embedded:
            prepare(place)
            # SQLite and MLflow's migrations take one writer at a time.
            held.enter_context(locked(place.root / ".mlflow.lock"))
        delivery = _attempt(run_directory, state or state_of(run_directory), chosen, place, before)
        spool.write(run_directory, so_far.with_delivery(delivery))
    return delivery


def _attempt(directory: Path, state: State, target: Target, place: Home, before: Delivery) -> Delivery:
    from mlflow.exceptions import MlflowException
    from requests import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    files = run_files(directory)
    now = datetime.now(UTC)
    try:
        store = Store(client_of(target), target, user=pseudonym(place), run_id=files.run_id)
        experiment = store.experiment(experiment_name(files.spec))
        if (directory / RESULT).is_file():
            return _whole(store, experiment, directory, replace(before, at=now))
        return _checkpoint(store, experiment, files, state, replace(before, at=now))
    except (MlflowException, RequestException, SQLAlchemyError, OSError, ImportError, ValueError) as error:
        # ValueError and ImportError: an address MLflow cannot read, or a database without its driver.
        problem = f"{type(error).__name__}: {target.conceal(str(error)).strip()[:500]}"
        return replace(before, at=now, state="pending", problem=problem)
    except WorkbenchError as error:
        return replace(before, at=now, state="pending", problem=target.conceal(str(error)))


def _checkpoint(store: Store, experiment: Experiment, files: RunFiles, state: State, before: Delivery) -> Delivery:
    parent = next((run.info.run_id for run in store.runs(experiment) if not run.data.tags.get(KEY_TAG)), None)
    if parent is None:
        parent = store.create(experiment, "", last_part(files.spec.model.path), started=files.created, parent=None)
    store.params(parent, spec_params(files.spec))
    progress = journal_progress(files.directory)
    store.progress(parent, items=progress.items, at=progress.at, tags=((STATUS_TAG, state.value),))
    status = MLFLOW_STATUS.get(state, "RUNNING")
    if status == "RUNNING":
        store.status(parent, status)
    else:
        store.end(parent, status, at=progress.at)
    return replace(
        before, state="running", run_state=state.value, experiment=experiment.name, mlflow_run=parent, problem=""
    )


def _whole(store: Store, experiment: Experiment, directory: Path, before: Delivery) -> Delivery:
    result = load_result(directory)
    payload = build(result)
    deliver_series(store, experiment, result, payload)
    there = {run.data.tags.get(KEY_TAG, ""): run for run in store.runs(experiment)}
    parent_there = there.get("")
    done = replace(
        before,
        state="delivered",
        run_state=State.DONE.value,
        experiment=experiment.name,
        payload=payload.digest,
        problem=_caveat(experiment),
    )
    if parent_there is not None and parent_there.data.tags.get(PAYLOAD_TAG) == payload.digest:
        return replace(done, mlflow_run=parent_there.info.run_id)
    known = {key: run.info.run_id for key, run in there.items()}
    parent = known.get("") or store.create(experiment, "", payload.parent.name, started=payload.started, parent=None)
    store.status(parent, "RUNNING", name=payload.parent.name)
    model_id = store.model(experiment, payload.model, source_run=parent)
    _children(store, experiment, payload, {**known, "": parent}, model_id)
    store.write(parent, payload.parent, at=payload.finished, model_id=model_id)
    if experiment.writable:
        store.upload(parent, artifacts(result))
    store.tag(parent, STATUS_TAG, "finished")
    store.end(parent, "FINISHED", at=payload.finished)
    # Last: whatever was cut short before this is sent again, and lands on what is there.
    store.tag(parent, PAYLOAD_TAG, payload.digest)
    return replace(done, mlflow_run=parent)


def _children(store: Store, experiment: Experiment, payload: Payload, known: Mapping[str, str], model_id: str) -> None:
    parent = known[""]
    for child in payload.children:
        run = known.get(child.key) or store.create(
            experiment, child.key, child.name, started=payload.started, parent=parent
        )
        store.write(run, child, at=payload.finished, model_id=model_id)
        store.end(run, "FINISHED", at=payload.finished)


def _caveat(experiment: Experiment) -> str:
    if experiment.writable:
        return ""
    return "the server keeps artifacts on its own disk and does not pass them on: result.json stayed here"
