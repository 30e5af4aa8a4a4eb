"""Routes of the Models view."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import UsageError
from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.models.views import (
    find_listed,
    found,
    listed,
    shown_detail,
    shown_memory,
    shown_model,
    users,
)
from workbench.jupyter.tasks.handlers import begin


def list_models(call: Call) -> dict[str, Any]:
    """Return every model of the store, the hub caches and the chosen folders."""
    used = users(call.services.home)
    return {"models": [shown_model(model, found(model), used) for model in listed(call.services)]}


def get_model(call: Call) -> dict[str, Any]:
    """Return one model."""
    return shown_detail(call.services, find_listed(call.services, call["model"]))


def estimate_memory(call: Call) -> dict[str, Any]:
    """Return the memory that a model needs, in parts."""
    from workbench.models import inspect

    model = find_listed(call.services, call["model"])
    if model.fake:
        raise UsageError("the fake engine has no model to load", where=model.path, remedy="Choose a real model.")
    facts = inspect(Path(model.path), context=call.get("context"), batch=call["batch"], dtype=call["dtype"])
    return shown_memory(facts.memory)


async def start_tokens(call: Call) -> Reply:
    """Say what a model reads of a text or a conversation."""
    model = await asyncio.to_thread(find_listed, call.services, call["model"])
    if model.fake:
        raise UsageError("the fake engine has no tokenizer", where=model.path, remedy="Choose a real model.")
    return await begin(call, "tokens", ["draft", "tokens"], {"model": model.path, **call.body})


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {"listModels": list_models, "getModel": get_model, "estimateMemory": estimate_memory, "startTokens": start_tokens}
)
