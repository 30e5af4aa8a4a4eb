"""What the item studio's view may ask of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from workbench.benchmarks.studio import change_draft, read_draft
from workbench.errors import UsageError
from workbench.jobs.studio import Studio
from workbench.jupyter.studio.views import shown_draft, shown_probe
from workbench.jupyter.tasks.store import TaskStore
from workbench.jupyter.widgets.desk import Desk

MOST_TASKS = 4


@dataclass(frozen=True, slots=True)
class StudioDesk:
    """Answers the view of one draft."""

    studio: Studio
    fake_models: tuple[str, ...] = ()

    def __call__(self, verb: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to one question of the view.

        Raises
        ------
        UsageError
            No such question.
        WorkbenchError
            As what is asked.
        """
        match verb:
            case "models":
                return Desk(self.studio.home, self.fake_models).models(body)
            case "draft.get":
                return shown_draft(self.studio.draft)
            case "draft.put":
                return self._put(body)
            case "draft.probe":
                return self._probe(body)
            case "draft.probed":
                return self._probed(str(body.get("task", "")))
            case "draft.save":
                return self._save(body)
        raise UsageError(f"a view asks for {verb[:40]!r}, which there is not", remedy="Show it again.")

    def _put(self, body: Mapping[str, Any]) -> dict[str, Any]:
        items = [each for each in body.get("items", ()) if isinstance(each, dict)]
        removed = [str(each) for each in body.get("removed", ())]
        revision = int(body.get("revision", -1))
        return shown_draft(change_draft(self.studio.home, self.studio.id, items, removed, revision))

    def _probe(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Start a process that asks the models: weights never lie in the kernel, which may be restarted meanwhile."""
        models = [str(each) for each in body.get("models", ())]
        if not models:
            raise UsageError("no model is chosen", remedy="Tick one.")
        fake = set(models) <= set(self.fake_models)
        request = {
            "draft": read_draft(self.studio.home, self.studio.id).id,
            "models": models,
            "items": [str(each) for each in body.get("items", ())],
            "settings": {"engine": "fake"} if fake else {},
        }
        record = self._tasks.start("probe", ["studio", "probe"], request, most=MOST_TASKS, context={"models": {}})
        return {"task": record.id, "result": None}

    def _probed(self, task: str) -> dict[str, Any]:
        self._tasks.read(task)
        if self._tasks.running(task):
            return {"task": task, "result": None}
        return {"task": task, "result": shown_probe(self._tasks.answer(task), {})}

    @property
    def _tasks(self) -> TaskStore:
        return TaskStore(self.studio.home.root / "panel" / "tasks")

    def _save(self, body: Mapping[str, Any]) -> dict[str, Any]:
        said = {name: str(body.get(name, "")) for name in ("version", "note")}
        return asdict(self.studio.save(**said, reviewed=body.get("reviewed") is True))
