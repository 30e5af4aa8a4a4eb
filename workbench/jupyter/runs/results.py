"""What the tasks about runs printed, as the contract has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.jobs.watching import find_run, status
from workbench.jupyter.packs.languages import direction
from workbench.jupyter.runs.views import shown_run
from workbench.jupyter.services import Services

EXCERPT = 300


def plan_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return what a run would cost."""
    memory = printed["memory"]
    if memory is not None:
        memory = {**memory, "total": memory["weights"] + memory["kv_cache"] + memory["overhead"]}
    return {**printed, "memory": memory}


def started_result(services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return the run that was started, as it stands now."""
    now = status(find_run(services.home, printed["run_id"]))
    return {"run": shown_run(now), "spec_hash": printed["spec_hash"]}


def comparison_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return a comparison; long texts are cut, the items themselves have them whole."""
    flips = [
        {
            **flip,
            "direction": direction(flip["language"]),
            **{name: flip[name][:EXCERPT] for name in ("excerpt", "first_answer", "second_answer")},
        }
        for flip in printed["flips"]
    ]
    return {**printed, "flips": flips}
