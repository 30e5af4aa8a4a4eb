"""Routes of "Try it": a model in a worker of its own, asked through this server, which alone knows the worker's key."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

from workbench.engines.loaded import Message
from workbench.engines.protocol import EngineConfig
from workbench.engines.serve.served import Memory
from workbench.engines.transformers.memory import available_memory
from workbench.jobs.served_model import ServedModel
from workbench.jobs.serving import make_spec
from workbench.jobs.worker_record import ServeSpec, WorkerRecord, read_worker
from workbench.jobs.workers import find_worker, list_workers, reap, start_worker, stop_worker
from workbench.jupyter.base import Call, Function
from workbench.jupyter.ids import opaque
from workbench.jupyter.models.views import FAKE, KIND, find_listed, listed
from workbench.jupyter.services import Services

SECONDS_PER_MINUTE = 60.0
CHAT_TOKENS, TEXT_TOKENS = 256, 64
SHOWN = ("engine", "device", "dtype", "max_length", "idle_timeout", "lease")


def shown_worker(services: Services, record: WorkerRecord) -> dict[str, Any]:
    """Return a worker as the contract has it; its address and its key stay here."""
    spec, memory = record.spec, record.memory
    wanted = opaque(KIND, f"{FAKE}:{spec.path}" if spec.engine == "fake" else spec.path)
    return {
        "id": record.worker_id,
        "state": record.state.value,
        "name": spec.name,
        "model": next((model.id for model in listed(services) if model.id == wanted), None),
        **{name: getattr(spec, name) for name in SHOWN},
        "started": record.started.isoformat(),
        "ended": record.ended.isoformat() if record.ended else None,
        "waiting": record.waiting,
        "why": record.why,
        **asdict(memory),
        "freed": record.freed,
        "error": asdict(record.error) if record.error else None,
    }


def list_all(call: Call) -> dict[str, Any]:
    """Return the workers, dead ones found out."""
    services = call.services
    return {"workers": [shown_worker(services, record) for record in list_workers(services.home)]}


def get_worker(call: Call) -> dict[str, Any]:
    """Return one worker."""
    reap(call.services.home)
    return shown_worker(call.services, read_worker(find_worker(call.services.home, call["worker"])))


def estimate(call: Call) -> dict[str, Any]:
    """Return the memory that a model would take."""
    _, memory = _asked(call.services, call.body)
    return {"needed": memory.needed, "reserved": memory.reserved, "available": available_memory()}


def start(call: Call) -> dict[str, Any]:
    """Begin to serve a model, on a socket that only this user can open."""
    spec, memory = _asked(call.services, call.body)
    return shown_worker(call.services, start_worker(spec, memory, call.services.home, wait=False))


def _asked(services: Services, body: Mapping[str, Any]) -> tuple[ServeSpec, Memory]:
    model = find_listed(services, body["model"])
    return make_spec(
        model.path,
        services.home,
        config=EngineConfig(device=body["device"], dtype=body["dtype"], max_length=body["max_length"]),
        idle_timeout=body["idle_minutes"] * SECONDS_PER_MINUTE,
        engine="fake" if model.fake else body["engine"],
        socket=True,
    )


def stop(call: Call) -> dict[str, Any]:
    """End a worker."""
    return shown_worker(call.services, stop_worker(call.services.home, call["worker"]))


async def ask(call: Call) -> dict[str, Any]:
    """Ask a worker, and answer when it has; the server's own threads stay free meanwhile."""
    return await asyncio.to_thread(_answer, call)


def _answer(call: Call) -> dict[str, Any]:
    worker, body = ServedModel(find_worker(call.services.home, call["worker"]).name, call.services.home), call.body
    began = time.monotonic()
    text, continuations = None, list[dict[str, Any]]()
    temperature = float(body.get("temperature", 0.0))
    if "continuations" in body:
        found = worker.score(body["context"], body["continuations"])
        continuations = [
            {"text": said, **asdict(score)} for said, score in zip(body["continuations"], found, strict=True)
        ]
    elif "messages" in body:
        turns = [Message(turn["role"], turn["content"]) for turn in body["messages"]]
        text = worker.chat(turns, max_new_tokens=body.get("max_new_tokens", CHAT_TOKENS), temperature=temperature)
    else:
        text = worker.generate(
            body["prompt"],
            max_new_tokens=body.get("max_new_tokens", TEXT_TOKENS),
            stop=body.get("stop", ()),
            temperature=temperature,
        )
    return {"text": text, "continuations": continuations, "seconds": time.monotonic() - began}


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "listWorkers": list_all,
        "getWorker": get_worker,
        "estimateWorker": estimate,
        "startWorker": start,
        "stopWorker": stop,
        "askWorker": ask,
    }
)
