"""Routes of the item studio."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.benchmarks.studio import begin_draft, change_draft, list_drafts, read_draft, remove_draft
from workbench.errors import SpecError
from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.models.views import find_listed
from workbench.jupyter.packs.views import card_of, pack_id
from workbench.jupyter.runs.drafts import model_reference
from workbench.jupyter.services import Services
from workbench.jupyter.studio.views import shown_draft, shown_entry, shown_items, shown_probe
from workbench.jupyter.tasks.handlers import begin


def list_studio(call: Call) -> dict[str, Any]:
    """Return the drafts, the one changed last first."""
    return {"drafts": [shown_entry(draft) for draft in list_drafts(call.services.home)]}


def begin_studio(call: Call) -> dict[str, Any]:
    """Begin a draft for a benchmark."""
    home = call.services.home.create()
    return shown_draft(begin_draft(home, card_of(call.body["pack"]), call.body["language"]))


def get_draft(call: Call) -> dict[str, Any]:
    """Return a draft, and what is wrong with its items."""
    return shown_draft(read_draft(call.services.home, call["draft"]))


def put_draft(call: Call) -> dict[str, Any]:
    """Write what a draft holds now, and return what is wrong with it."""
    body = call.body
    changed = change_draft(call.services.home, call["draft"], body["items"], body["removed"], body["revision"])
    return shown_draft(changed)


def delete_draft(call: Call) -> None:
    """Forget a draft."""
    remove_draft(call.services.home, call["draft"])


def list_pack_items(call: Call) -> dict[str, Any]:
    """Return the pack's own items in the draft's language."""
    return shown_items(read_draft(call.services.home, call["draft"]), call["offset"], call["limit"])


async def start_probe(call: Call) -> Reply:
    """Ask models about the items."""
    request, names = await asyncio.to_thread(_probe, call)
    return await begin(call, "probe", ["studio", "probe"], request, models=names)


def _probe(call: Call) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what `workbench studio probe` is asked, and the ids of the models by what it calls them."""
    draft = read_draft(call.services.home, call["draft"])
    listed = {wanted: find_listed(call.services, wanted) for wanted in call.body["models"]}
    fake = {model.fake for model in listed.values()}
    if len(fake) > 1:
        raise SpecError(
            "models of the fake engine are probed by themselves", where="models", remedy="Name these or the others."
        )  # fmt: skip
    settings = {name: call.body[name] for name in ("device", "dtype") if name in call.body}
    if fake == {True}:
        settings["engine"] = "fake"
    names = {model_reference(model): wanted for wanted, model in listed.items()}
    request = {"draft": draft.id, "models": list(names), "items": call.body["items"], "settings": settings}
    return request, names


async def start_save(call: Call) -> Reply:
    """Write a new version of the pack."""
    draft = await asyncio.to_thread(read_draft, call.services.home, call["draft"])
    return await begin(call, "save", ["studio", "save"], {"draft": draft.id, **call.body})


def probe_result(_services: Services, context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return what models made of the items."""
    return shown_probe(printed, context["models"])


def save_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return the version that was saved, with its id."""
    return {**printed, "pack": pack_id(Path(printed["card"]))}


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "listDrafts": list_studio,
        "beginDraft": begin_studio,
        "getDraft": get_draft,
        "putDraft": put_draft,
        "deleteDraft": delete_draft,
        "listPackItems": list_pack_items,
        "startProbe": start_probe,
        "startSave": start_save,
    }
)
