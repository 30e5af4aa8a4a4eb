"""A model as the contract shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import NotFound, WorkbenchError
from workbench.evaluation.fake_model import fake_model, fake_model_facts
from workbench.evaluation.finishing import load_result
from workbench.evaluation.result import Result
from workbench.facts import Fact, unknown
from workbench.jobs.record import ENDED, read_record
from workbench.jobs.watching import run_directories, status
from workbench.jobs.worker_record import OVER
from workbench.jobs.workers import list_workers
from workbench.jupyter.ids import opaque
from workbench.jupyter.services import Services
from workbench.jupyter.settings.store import read_settings
from workbench.models import ModelStore
from workbench.models.facts import MemoryEstimate, ModelFacts
from workbench.models.finding import FoundModel, look, model_places
from workbench.policy.home import Home

KIND = "model"
FAKE = "fake"
MEASURED = 5
UNREAD: Fact[Any] = unknown("the model's headers cannot be read")


@dataclass(frozen=True, slots=True)
class Listed:
    """A model that the server lists: what a draft may name by its id. `fake` ones have no files."""

    id: str
    place: str
    path: str

    @property
    def fake(self) -> bool:
        """Whether it is of the fake engine."""
        return self.place == FAKE


def listed(services: Services) -> Iterator[Listed]:
    """Yield every model that has an id, none of them looked into."""
    folders = [*services.model_folders, *read_settings(services).resolved(services.root)]
    for place, path in model_places(services.home, folders):
        yield Listed(opaque(KIND, path), place, str(path))
    for name in services.fake_models:
        yield Listed(opaque(KIND, f"{FAKE}:{name}"), FAKE, name)


def find_listed(services: Services, wanted: str) -> Listed:
    """Return the model of an id.

    Raises
    ------
    NotFound
        The server lists none.
    """
    for model in listed(services):
        if model.id == wanted:
            return model
    raise NotFound("no model has this id", where=wanted, remedy="Fetch the list of models again.")


def found(model: Listed) -> FoundModel:
    """Return what is known about a listed model."""
    if model.fake:
        return FoundModel(model.path, model.path, "folder", fake_model_facts(fake_model(model.path)), None)
    return look(model.place, Path(model.path))  # type: ignore[arg-type]  # a place that `model_places` named


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses a model now: ids of live runs and of live workers, by its path."""

    runs: Mapping[str, list[str]]
    workers: Mapping[str, list[str]]


def users(home: Home) -> Users:
    """Return who uses which model."""
    serving: dict[str, list[str]] = {}
    for worker in list_workers(home):
        if worker.state not in OVER:
            serving.setdefault(worker.spec.path, []).append(worker.worker_id)
    return Users(_runs(home), serving)


def _runs(home: Home) -> dict[str, list[str]]:
    from workbench.evaluation.journal import Journal

    by_path: dict[str, list[str]] = {}
    for directory in run_directories(home):
        try:
            if read_record(directory).state not in ENDED and status(directory).state not in ENDED:
                by_path.setdefault(Journal(directory).spec().model.path, []).append(directory.name)
        except WorkbenchError:
            continue
    return by_path


def shown_fact(fact: Fact[Any]) -> dict[str, Any]:
    """Return a fact as JSON."""
    entry = asdict(fact)
    value = entry["value"]
    return {**entry, "value": list(value) if isinstance(value, tuple) else value, "origin": fact.origin.value}


def shown_memory(memory: MemoryEstimate) -> dict[str, Any]:
    """Return an estimate as JSON, its sum included."""
    return {**asdict(memory), "total": memory.total}


def shown_model(model: Listed, known: FoundModel, used: Users) -> dict[str, Any]:
    """Return one line of the list of models."""
    facts = known.facts
    names = ("family", "parameters", "quantisation", "licence", "languages")
    return {
        "id": model.id,
        "name": known.name,
        "place": model.place,
        "path": model.path,
        "format": None if facts is None or model.fake else facts.format,
        **{name: shown_fact(UNREAD if facts is None else getattr(facts, name)) for name in names},
        "size": facts.size if facts else None,
        "memory": shown_memory(facts.memory) if facts and not model.fake else None,
        "refusal": asdict(known.refusal) if known.refusal else None,
        "used_by": used.runs.get(model.path, []),
        "workers": used.workers.get(model.path, []),
    }


def shown_detail(services: Services, model: Listed) -> dict[str, Any]:
    """Return one model with everything that is known of it."""
    from workbench.models import gate

    known = found(model)
    facts = known.facts
    names = ("architecture", "dtype", "context_length", "vocabulary", "chat_template")
    report = None if model.fake else gate(Path(model.path))
    return {
        "model": shown_model(model, known, users(services.home)),
        **{name: shown_fact(UNREAD if facts is None else getattr(facts, name)) for name in names},
        "tokens": _tokens(facts),
        "files": facts.files if facts else None,
        "gate": {
            "open": report is None or report.open,
            "refusals": [asdict(error.envelope()) for error in report.refusals] if report else [],
            "notes": list(report.notes) if report else [],
        },
        "licence_record": _licence(services.home, model),
        "measured": [_measurement(result) for result in _results(services.home, model)],
    }


def _tokens(facts: ModelFacts | None) -> dict[str, Any] | None:
    return None if facts is None else {**asdict(facts.tokens), "eos_ids": list(facts.tokens.eos_ids)}


def _licence(home: Home, model: Listed) -> dict[str, Any] | None:
    if model.place != "store":
        return None
    try:
        record = ModelStore(home).get(Path(model.path).name).licence
    except WorkbenchError:
        return None
    return None if record is None else {**asdict(record), "accepted": record.accepted.isoformat()}


def _results(home: Home, model: Listed) -> Iterator[Result]:
    """Yield the newest results of a model."""
    count = 0
    for directory in run_directories(home):
        if count == MEASURED:
            return
        try:
            result = load_result(directory)
        except WorkbenchError:
            continue
        if result.spec.model.path == model.path:
            count += 1
            yield result


def _measurement(result: Result) -> dict[str, Any]:
    engine = result.engine
    return {
        "run": result.run_id,
        "device": engine.device,
        "device_name": engine.device_name,
        "dtype": engine.dtype,
        "peak_memory": engine.peak_memory,
        "model_memory": engine.model_memory,
        "load_seconds": engine.load_seconds,
    }
