"""Saved suites: ``suites/<name>.yaml`` in the data directory, files that `workbench evaluate` runs as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import NotFound, UsageError, WorkbenchError
from workbench.evaluation.suite import Suite, SuiteRun, read_suite
from workbench.jupyter.ids import named, opaque
from workbench.jupyter.models.views import find_listed, listed
from workbench.jupyter.packs.views import id_of_name
from workbench.jupyter.runs.drafts import model_reference, pack_reference
from workbench.jupyter.services import Services
from workbench.models import ModelStore
from workbench.policy.storage import inside, private_directory, write_atomically

KIND = "suite"
SUFFIX = ".yaml"
FROM_SUITE = frozenset({"languages", "suite", "adapter"})
"""Settings of an expanded run that a draft has elsewhere, or not at all."""


def root(services: Services) -> Path:
    """Return where suites lie."""
    return services.home.root / "suites"


def _paths(services: Services) -> Sequence[Path]:
    return sorted(root(services).glob(f"*{SUFFIX}"))


def suite_path(services: Services, wanted: str) -> Path:
    """Return the file of the suite with an id.

    Raises
    ------
    NotFound
        There is none.
    """
    return named(KIND, wanted, ((path.stem, path) for path in _paths(services)))


def list_shown(services: Services) -> list[dict[str, Any]]:
    """Return every suite; of a file that cannot be read, its error."""
    return [_entry(path) for path in _paths(services)]


def _entry(path: Path) -> dict[str, Any]:
    runs, problem = 0, None
    try:
        runs = len(read_suite(path).runs)
    except WorkbenchError as error:
        problem = asdict(error.envelope())
    return {
        "id": opaque(KIND, path.stem),
        "name": path.stem,
        "runs": runs,
        "changed": datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(),
        "error": problem,
    }


def save(services: Services, body: Mapping[str, Any]) -> Path:
    """Write a suite, and return its file.

    Raises
    ------
    NotFound
        An id that the server does not list.
    UsageError
        There is one of this name, and it was not said to replace it.
    SpecError
        A setting that is unknown or out of range; nothing is written.
    """
    import yaml

    said = {
        "name": body["name"],
        "models": [_model(services, each) for each in body["models"]],
        "packs": [pack_reference(each) for each in body["packs"]],
        **({"languages": list(body["languages"])} if body["languages"] else {}),
        "settings": list(body["settings"]),
    }
    data = yaml.safe_dump(said, allow_unicode=True, sort_keys=False).encode()
    private_directory(root(services))
    path = inside(root(services), f"{body['name']}{SUFFIX}")
    if path.exists() and not body["replace"]:
        raise UsageError("there is a suite of this name", where=body["name"], remedy="Choose another, or replace it.")
    trial = path.with_name(f".{path.name}.trial")
    write_atomically(trial, data)
    try:
        read_suite(trial)
    except WorkbenchError as error:
        raise type(error)(error.message, where=body["name"], remedy=error.remedy) from error
    finally:
        trial.unlink(missing_ok=True)
    write_atomically(path, data)
    return path


def _model(services: Services, wanted: str) -> str | dict[str, Any]:
    model = find_listed(services, wanted)
    if model.fake:
        return {"model": model.path, "settings": {"engine": "fake"}}
    return model_reference(model)


def shown_suite(services: Services, path: Path) -> dict[str, Any]:
    """Return a suite with the drafts of its runs.

    Raises
    ------
    SpecError
        The file does not say a suite.
    """
    suite: Suite = read_suite(path)
    models = {model.path: model.id for model in listed(services)}
    drafts, missing = [], list[str]()
    for run in suite.runs:
        model = models.get(_model_path(services, run))
        packs = {name: id_of_name(name) for name in run.packs}
        absent = [name for name, found in packs.items() if found is None] + ([] if model else [run.model])
        absent += [str(run.settings["adapter"])] if run.settings.get("adapter") else []
        if absent:
            missing += absent
            continue
        drafts.append({"model": model, "packs": list(packs.values()), "settings": _settings(run)})
    return {
        "id": opaque(KIND, path.stem),
        "name": path.stem,
        "yaml": path.read_text(encoding="utf-8"),
        "drafts": drafts,
        "missing": list(dict.fromkeys(missing)),
    }


def _settings(run: SuiteRun) -> dict[str, Any]:
    settings = {name: value for name, value in run.settings.items() if name not in FROM_SUITE}
    if run.settings.get("languages"):
        settings["languages"] = list(run.settings["languages"])
    return {**settings, "suite": run.settings["suite"]}


def _model_path(services: Services, run: SuiteRun) -> str:
    if run.settings.get("engine") == "fake":
        return run.model
    try:
        return str(ModelStore(services.home).resolve(run.model))
    except (NotFound, UsageError):
        return run.model
