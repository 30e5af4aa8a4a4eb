"""Routes of the New run, Runs and Compare views."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.jobs.record import ENDED
from workbench.jobs.run import Run
from workbench.jobs.watching import RunStatus, find_run, list_runs, status
from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.runs.drafts import resolve
from workbench.jupyter.runs.views import shown_detail, shown_run
from workbench.jupyter.tasks.handlers import begin


def _directory(call: Call) -> Path:
    return find_run(call.services.home, call["run"])


def _run(call: Call) -> Run:
    return Run(_directory(call).name, call.services.home)


def list_all(call: Call) -> dict[str, Any]:
    """Return the runs that fit the filter, the newest first."""
    fitting = [now for now in list_runs(call.services.home) if _fits(call, now)]
    text = (call.get("q") or "").casefold()
    shown = [shown_run(now) for now in fitting] if text else []
    if text:
        shown = [run for run in shown if text in " ".join((run["id"], run["model"], *run["packs"])).casefold()]
        total = len(shown)
        shown = shown[call["offset"] :][: call["limit"]]
    else:
        total = len(fitting)
        shown = [shown_run(now) for now in fitting[call["offset"] :][: call["limit"]]]
    return {"runs": shown, "total": total}


def _fits(call: Call, now: RunStatus) -> bool:
    return call.get("state") in (None, now.state.value) and not (call["live"] and now.state in ENDED)


def get_run(call: Call) -> dict[str, Any]:
    """Return one run."""
    return shown_detail(call.services, status(_directory(call)))


def delete_run(call: Call) -> dict[str, Any]:
    """Remove a run that has ended."""
    return {"bytes": _run(call).remove()}


async def start_run(call: Call) -> Reply:
    """Start a run, once a token."""
    asked = await asyncio.to_thread(resolve, call.services, call.body["draft"])
    request = {**asked.request(), "token": call.body["token"]}
    return await begin(call, "start", ["draft", "start"], request)


async def start_plan(call: Call) -> Reply:
    """Say what a run would cost."""
    asked = await asyncio.to_thread(resolve, call.services, call.body)
    return await begin(call, "plan", ["draft", "plan"], asked.request())


async def start_trial(call: Call) -> Reply:
    """Ask a few items for real, and forget them."""
    asked = await asyncio.to_thread(resolve, call.services, call.body["draft"])
    return await begin(call, "trial", ["draft", "try"], {**asked.request(), "items": call.body["items"]})


async def start_comparison(call: Call) -> Reply:
    """Compare two finished runs."""
    runs = [await asyncio.to_thread(find_run, call.services.home, run) for run in call.body["runs"]]
    allowed = [f"--allow-different={name}" for name in call.body["allow_different"]]
    return await begin(call, "comparison", ["compare", *allowed, "--explain", *(run.name for run in runs)])


def pause_run(call: Call) -> dict[str, Any]:
    """Stop asking after the next answer."""
    run = _run(call)
    run.pause()
    return shown_run(run.status())


def resume_run(call: Call) -> dict[str, Any]:
    """Go on with a run."""
    run = _run(call)
    run.resume()
    return shown_run(run.status())


def cancel_run(call: Call) -> dict[str, Any]:
    """End a run, with a result of what is answered or without."""
    run = _run(call)
    run.cancel(score=call.body["outcome"] == "score")
    return shown_run(run.status())


def requeue_run(call: Call) -> dict[str, Any]:
    """Ask the failed items of a run again."""
    run = _run(call)
    run.requeue()
    return shown_run(run.status())


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "listRuns": list_all,
        "getRun": get_run,
        "deleteRun": delete_run,
        "startRun": start_run,
        "startPlan": start_plan,
        "startTrial": start_trial,
        "startComparison": start_comparison,
        "pauseRun": pause_run,
        "resumeRun": resume_run,
        "cancelRun": cancel_run,
        "requeueRun": requeue_run,
    }
)
