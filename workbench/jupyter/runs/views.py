"""A run as the contract shows it, read from its directory each time it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from workbench.errors import WorkbenchError
from workbench.evaluation.finishing import load_result
from workbench.evaluation.journal import Journal
from workbench.evaluation.result import Result
from workbench.evaluation.spec import RunSpec
from workbench.jobs.record import ENDED, RESUMABLE, State
from workbench.jobs.watching import RunStatus
from workbench.jupyter.ids import FROM_IDS, opaque
from workbench.jupyter.items.index import opened
from workbench.jupyter.items.query import parts
from workbench.jupyter.models.views import FAKE, listed
from workbench.jupyter.models.views import KIND as MODEL
from workbench.jupyter.packs.views import id_of_name
from workbench.jupyter.services import Services

EVENTS = 100
UNREADABLE = "unreadable"


def shown_run(now: RunStatus, *, scores: bool = False) -> dict[str, Any]:
    """Return how a run stands; `scores` asks for those of every pack and language, with their intervals."""
    record, live = now.record, now.live
    spec, result = _spec(now.directory), _result(now)
    failed = sum(each.failed for each in result.counts) if result else None
    planned = sum(each.planned for each in result.counts) if result else None
    answered = sum(each.scored + each.failed for each in result.counts) if result else now.rows
    return {
        "id": now.directory.name,
        "state": now.state.value,
        "model": _model_name(spec),
        "packs": [Path(pack.name).name for pack in spec.packs] if spec else [],
        "languages": list(spec.languages) if spec else [],
        "suite": spec.suite if spec else "",
        "engine": spec.engine if spec else "",
        "answered": live.done if live else answered,
        "planned": live.planned or None if live else planned,
        "failed": live.failed if live else failed,
        "rate": now.rate,
        "remaining": now.remaining,
        "now": live.now if live else "",
        "waiting": record.waiting,
        "started": record.started.isoformat(),
        "seconds": record.seconds,
        "resumed": record.resumed,
        "error": asdict(record.error) if record.error else None,
        "verbs": _verbs(now, failed),
        "scores": _scores(now) if scores else _means(now, result),
    }


def _spec(directory: Path) -> RunSpec | None:
    try:
        return Journal(directory).spec()
    except WorkbenchError:
        return None  # the list shows a damaged run too; its error says what is wrong


def _result(now: RunStatus) -> Result | None:
    if now.state is not State.DONE:
        return None
    try:
        return load_result(now.directory)
    except WorkbenchError:
        return None


def _model_name(spec: RunSpec | None) -> str:
    if spec is None:
        return UNREADABLE
    name = Path(spec.model.path).name
    return f"{name} + {Path(spec.model.adapter).name}" if spec.model.adapter else name


def _verbs(now: RunStatus, failed: int | None) -> list[str]:
    """Return what can be told to a run as it stands."""
    if now.state not in ENDED:
        again = now.state in (State.RUNNING, State.PAUSED) and now.live is not None and now.live.failed
        return ["resume" if now.state is State.PAUSED else "pause", *(["requeue"] if again else []), "cancel"]
    verbs = ["resume"] if now.state in RESUMABLE else []
    if failed:
        verbs.append("requeue")
    return [*verbs, "delete"]


def _means(now: RunStatus, result: Result | None) -> list[dict[str, Any]]:
    """Return mean credit by pack and language, as the run's process or its result says it."""
    if result is not None:
        planned = {(each.pack, each.language): each for each in result.counts}
        return [
            _running(
                score.pack, score.language, score.value, score.low, score.high,
                answered=planned[score.pack, score.language].scored + planned[score.pack, score.language].failed,
                planned=planned[score.pack, score.language].planned,
                failed=planned[score.pack, score.language].failed,
            )
            for score in result.scores
            if score.headline
        ]  # fmt: skip
    if now.live is None:
        return []
    means = {name: mean for name, _, mean in now.live.running_scores}
    return [
        _running(*_place(name), means.get(name), None, None, answered=done, planned=planned, failed=failed)
        for name, done, planned, failed in now.live.parts
    ]


def _place(name: str) -> tuple[str, str]:
    pack, _, language = name.rpartition("/")
    return pack, language


def _running(
    pack: str, language: str, mean: float | None, low: float | None, high: float | None, *,
    answered: int, planned: int | None, failed: int,
) -> dict[str, Any]:  # fmt: skip
    return {
        "pack": pack, "language": language, "answered": answered, "planned": planned, "failed": failed,
        "mean": mean, "low": low, "high": high,
    }  # fmt: skip


def _scores(now: RunStatus) -> list[dict[str, Any]]:
    """Return mean credit by pack and language with intervals, from the index of the journal."""
    planned = {name: count for name, _, count, _ in now.live.parts} if now.live else {}
    with opened(now.directory) as index:
        found = parts(index)
    return [
        _running(
            each["pack"], each["language"], each["mean"], each["low"], each["high"], answered=each["answered"],
            planned=planned.get(f"{each['pack']}/{each['language']}"), failed=each["failed"],
        )
        for each in found
    ]  # fmt: skip


def shown_detail(services: Services, now: RunStatus) -> dict[str, Any]:
    """Return one run with its spec, its events, and its result when it is done.

    Raises
    ------
    JournalError
        Its spec or its events are damaged.
    """
    journal = Journal(now.directory)
    spec, result = journal.spec(), _result(now)
    return {
        "run": shown_run(now, scores=result is None),
        "spec": _json(spec),
        "spec_hash": spec.hash,
        "settings": settings_of(spec),
        "model_id": model_id(services, spec),
        "pack_ids": [id_of_name(pack.name) for pack in spec.packs],
        "events": [
            {"at": event.at.isoformat(), "kind": event.kind, "message": event.message}
            for event in journal.events()[-EVENTS:]
        ],
        "result": shown_result(result) if result else None,
    }


def model_id(services: Services, spec: RunSpec) -> str | None:
    """Return the id of a spec's model, or None where the server no longer lists it."""
    wanted = opaque(MODEL, f"{FAKE}:{spec.model.path}" if spec.engine == "fake" else spec.model.path)
    return next((model.id for model in listed(services) if model.id == wanted), None)


def settings_of(spec: RunSpec) -> dict[str, Any]:
    """Return a spec's settings as a draft has them: those that differ from the defaults."""
    default = _json(RunSpec(spec.model, spec.packs))
    return {
        name: value for name, value in _json(spec).items() if name not in FROM_IDS and value != default[name]
    }  # fmt: skip


def shown_result(result: Result) -> dict[str, Any]:
    """Return a result as the contract has it."""
    whole = _json(result)
    return {
        **{name: whole[name] for name in ("scores", "counts", "packs", "engine", "started", "finished", "seconds")},
        "environment": dict(result.environment),
        "model_digest": result.model.digest,
    }


def _json(record: Any) -> Mapping[str, Any]:
    shown: Mapping[str, Any] = to_jsonable_python(record)
    return shown
