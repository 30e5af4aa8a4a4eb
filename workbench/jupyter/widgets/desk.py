"""What a view may ask of the kernel; the answers are read from the disk each time, and no question names a path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from workbench.errors import UsageError
from workbench.jobs.control import Verb
from workbench.jobs.record import State
from workbench.jobs.run import Run
from workbench.jobs.watching import RunStatus, find_run, run_directories, status
from workbench.policy.home import Home

MOST_RUNS = 50
MOST_ITEMS = 100
MOST_SLICES = 200
MODELS = ("reference", "name", "place", "family", "parameters", "licence", "memory", "refusal")


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers the panel's and a run's view over one data directory."""

    home: Home
    fake_models: tuple[str, ...] = ()

    def __call__(self, verb: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to one question of a view.

        Raises
        ------
        UsageError
            No such question.
        WorkbenchError
            As what is asked.
        """
        known = VERBS.get(verb)
        if known is None:
            raise UsageError(f"a view asks for {verb[:40]!r}, which there is not", remedy="Show it again.")
        return known(self, body)

    def runs(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """Return how the newest runs stand."""
        directories = run_directories(self.home)
        shown = [run_state(Run(directory.name, self.home)) for directory in directories[:MOST_RUNS]]
        return {"runs": shown, "total": len(directories)}

    def run(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return how one run stands, and its result when it is done."""
        from workbench.jupyter.widgets.results import result_state

        run = self._run(body)
        state = run_state(run)
        done = state["state"] == State.DONE.value
        return {"run": state, "result": result_state(run.result()) if done else None}

    def tell(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Tell a run something, and return how it stands then."""
        run = self._run(body)
        told: dict[str, Callable[[], None]] = {
            "pause": run.pause,
            "resume": run.resume,
            "requeue": run.requeue,
            "cancel": run.cancel,
            "score": lambda: run.cancel(score=True),
        }
        verb: Verb | str = str(body.get("verb"))
        if verb not in told:
            raise UsageError(f"a run is not told {verb[:40]!r}")
        told[verb]()
        return run_state(run)

    def items(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a page of a run's items."""
        from workbench.jupyter.items.detail import read_line, shown_row
        from workbench.jupyter.items.index import opened
        from workbench.jupyter.items.query import SORTS, page

        directory = self._run(body).directory
        sort = body.get("sort", "errors")
        wanted = {
            **{name: body.get(name) for name in ("language", "pack", "verdict", "q")},
            "sort": sort if sort in SORTS else "errors",
            "order": "descending" if body.get("order") == "descending" else "ascending",
            "offset": max(0, int(body.get("offset", 0))),
            "limit": min(max(1, int(body.get("limit", 20))), MOST_ITEMS),
        }
        with opened(directory) as index:
            found = page(index, wanted)
        return {"items": [shown_row(row, read_line(directory, row)) for row in found.rows], "total": found.total}

    def item(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return one item: what was asked, what was answered, how that was judged."""
        from workbench.errors import NotFound
        from workbench.jupyter.items.detail import read_line, shown_item, shown_row
        from workbench.jupyter.items.index import opened
        from workbench.jupyter.items.notes import Note
        from workbench.jupyter.items.query import one

        directory = self._run(body).directory
        with opened(directory) as index:
            row = one(index, str(body.get("item")))
        if row is None:
            raise NotFound("this run has no such item", where=directory.name)
        line = read_line(directory, row)
        return shown_item(shown_row(row, line), line, Note())

    def slices(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return mean scores by one property of the items."""
        from workbench.jupyter.items.index import opened
        from workbench.jupyter.items.query import SLICES, slices

        by = str(body.get("by"))
        if by not in SLICES:
            raise UsageError(f"items are not sliced by {by[:40]!r}")
        with opened(self._run(body).directory) as index:
            found, total = slices(index, {"by": by, "limit": MOST_SLICES})
        return {"slices": found, "total": total}

    def models(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the models of this machine."""
        from workbench.jupyter.widgets.lists import model_states

        return {"models": [*model_states(self.home), *map(_fake, self.fake_models)]}

    def packs(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the benchmarks that fit a filter."""
        from workbench.jupyter.packs.views import list_shown

        wanted = {name: str(body[name]) for name in ("language", "q") if body.get(name)}
        return {"packs": list_shown(wanted)["packs"]}

    def compare(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return two runs beside each other; what forbids it is said, not raised."""
        from workbench.evaluation.comparing import compare
        from workbench.jupyter.widgets.results import comparison_state

        chosen = [find_run(self.home, str(each)).name for each in list(body.get("runs", ()))[:2]]
        if len(chosen) != 2:  # noqa: PLR2004 — a pair
            raise UsageError("two runs are compared")
        first, second = (Run(name, self.home).result() for name in chosen)
        return comparison_state(compare(first, second, explain=True))

    def _run(self, body: Mapping[str, Any]) -> Run:
        return Run(find_run(self.home, str(body.get("run", ""))).name, self.home)


VERBS: Mapping[str, Callable[[Desk, Mapping[str, Any]], Any]] = MappingProxyType(
    {
        "runs": Desk.runs, "run": Desk.run, "tell": Desk.tell, "items": Desk.items, "item": Desk.item,
        "slices": Desk.slices, "models": Desk.models, "packs": Desk.packs, "compare": Desk.compare,
    }
)  # fmt: skip


def run_state(run: Run) -> dict[str, Any]:
    """Return how a run stands, as its view shows it: from its record and journal."""
    return state_of(status(run.directory))


def state_of(now: RunStatus) -> dict[str, Any]:
    """Return the same of a run that was looked at already."""
    from workbench.jobs.record import ENDED
    from workbench.jupyter.runs.views import shown_run

    return {**shown_run(now), "ended": now.state in ENDED}


def _fake(name: str) -> dict[str, Any]:
    return {**dict.fromkeys(MODELS), "reference": name, "name": name, "place": "fake", "memory": "—"}
