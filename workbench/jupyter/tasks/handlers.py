"""Starting a task, waiting for it, and making its answer what the contract says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.services import Services
from workbench.jupyter.tasks.store import Kind, TaskRecord, TaskStore

FIRST_LOOK, LAST_LOOK = 0.05, 0.4
"""Seconds between two looks at a task: often at first, for what is quick."""
Finish = Callable[[Services, Mapping[str, Any], Any], dict[str, Any]]
"""Makes the result of a task from its context and what it printed."""


def store(services: Services) -> TaskStore:
    """Return the tasks of this data directory."""
    return TaskStore(services.panel / "tasks")


def finishers() -> Mapping[Kind, Finish]:
    """Return what makes the answer of each kind of task the contract's."""
    from workbench.jupyter.items.detail import trial_result
    from workbench.jupyter.packs.previews import preview_result, prompt_result, validation_result
    from workbench.jupyter.reports.store import report_result
    from workbench.jupyter.runs.results import comparison_result, plan_result, started_result
    from workbench.jupyter.studio.handlers import probe_result, save_result

    return {
        "doctor": lambda _services, _context, checks: {"checks": checks},
        "preview": preview_result,
        "prompt": prompt_result,
        "tokens": lambda _services, _context, printed: printed,
        "validation": validation_result,
        "plan": plan_result,
        "trial": trial_result,
        "start": started_result,
        "comparison": comparison_result,
        "report": report_result,
        "probe": probe_result,
        "save": save_result,
    }


async def begin(
    call: Call, kind: Kind, words: Sequence[str], request: object = None, **context: Any
) -> Reply:  # fmt: skip
    """Start a task and answer with it: finished, if it is within the time that the client waits."""
    services = call.services
    record = await asyncio.to_thread(
        store(services).start, kind, words, request, most=services.max_tasks, context=context
    )
    return await _waited(services, record, call["wait"])


async def _waited(services: Services, record: TaskRecord, seconds: float) -> Reply:
    tasks = store(services)
    deadline, pause = time.monotonic() + seconds, FIRST_LOOK
    while await asyncio.to_thread(tasks.running, record.id):
        if time.monotonic() >= deadline:
            return Reply(202, _shown(record, None))
        await asyncio.sleep(min(pause, max(deadline - time.monotonic(), 0.0)))
        pause = min(pause * 1.5, LAST_LOOK)
    result = await asyncio.to_thread(
        lambda: finishers()[record.kind](services, record.context, tasks.answer(record.id))
    )
    return Reply(200, _shown(record, result))


def _shown(record: TaskRecord, result: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "id": record.id,
        "kind": record.kind,
        "state": "running" if result is None else "done",
        "started": record.started.isoformat(),
        "result": result,
    }


async def get_task(call: Call) -> Reply:
    """Answer how a task stands."""
    record = await asyncio.to_thread(store(call.services).read, call["task"])
    return await _waited(call.services, record, call["wait"])


def cancel_task(call: Call) -> None:
    """End a task and forget it."""
    store(call.services).remove(call["task"])


async def start_doctor(call: Call) -> Reply:
    """Check this installation and machine."""
    return await begin(call, "doctor", ["doctor"])


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {"getTask": get_task, "cancelTask": cancel_task, "startDoctor": start_doctor}
)
