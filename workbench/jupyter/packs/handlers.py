"""Routes of the Benchmarks view."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.models.views import find_listed
from workbench.jupyter.packs.views import card_of, list_shown, shown_detail
from workbench.jupyter.tasks.handlers import begin


def list_packs(call: Call) -> dict[str, Any]:
    """Return the benchmarks that fit the filter."""
    return list_shown(call.params)


def get_pack(call: Call) -> dict[str, Any]:
    """Return one benchmark."""
    return shown_detail(call["pack"], call.get("names") or "en")


def _preview(call: Call) -> dict[str, Any]:
    """Return what `workbench draft preview` is asked."""
    asked = {name: value for name, value in call.body.items() if name != "model"}
    if "model" in call.body:
        model = find_listed(call.services, call.body["model"])
        asked["model"] = None if model.fake else model.path
    return {**asked, "pack": str(card_of(call["pack"]))}


async def start_preview(call: Call) -> Reply:
    """Make the prompts of some items."""
    return await begin(call, "preview", ["draft", "preview"], await asyncio.to_thread(_preview, call))


async def start_validation(call: Call) -> Reply:
    """Look for every problem of a benchmark."""
    card = await asyncio.to_thread(card_of, call["pack"])
    return await begin(call, "validation", ["benchmarks", "validate", str(card)])


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {"listPacks": list_packs, "getPack": get_pack, "startPreview": start_preview, "startValidation": start_validation}
)
