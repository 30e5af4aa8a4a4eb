"""Routes of the Results view: pages of items, one item, its note, its exact prompt, slices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbench.errors import NotFound, UsageError
from workbench.evaluation.journal import Journal
from workbench.jobs.watching import find_run
from workbench.jupyter.base import Call, Function, Reply
from workbench.jupyter.items.detail import read_line, shown_item, shown_row
from workbench.jupyter.items.index import opened
from workbench.jupyter.items.notes import Note, read_notes, write_note
from workbench.jupyter.items.query import one, page, slices
from workbench.jupyter.tasks.handlers import begin
from workbench.languages import normalise_tag


def _directory(call: Call) -> Path:
    return find_run(call.services.home, call["run"])


def _wanted(call: Call) -> dict[str, Any]:
    """Return a request's parameters, its language as the journal writes it."""
    language = call.get("language")
    return {**call.params, "language": normalise_tag(language) if language else None}


def list_items(call: Call) -> dict[str, Any]:
    """Return a page of a run's items."""
    directory = _directory(call)
    with opened(directory) as index:
        found = page(index, _wanted(call))
    return {
        "items": [shown_row(row, read_line(directory, row)) for row in found.rows],
        "total": found.total,
        "indexed": found.indexed,
        "offset": call["offset"],
        "tags": list(found.tags),
    }


def _found(directory: Path, key: str) -> Mapping[str, Any]:
    with opened(directory) as index:
        row = one(index, key)
    if row is None:
        raise NotFound("this run has no answer with this key yet", where=directory.name, remedy="Fetch the page again.")
    return row


def get_item(call: Call) -> dict[str, Any]:
    """Return one item."""
    directory = _directory(call)
    row = _found(directory, call["item"])
    line = read_line(directory, row)
    return shown_item(shown_row(row, line), line, read_notes(directory).get(row["key"], Note()))


def put_note(call: Call) -> dict[str, Any]:
    """Tag an item and write a note to it."""
    directory = _directory(call)
    _found(directory, call["item"])
    tags = tuple(tag.strip() for tag in call.body["tags"])
    if not all(tags):
        raise UsageError("a tag is empty", where=call["item"], remedy="Leave it out.")
    return write_note(directory, call["item"], tags, call.body["note"]).shown()


def list_slices(call: Call) -> dict[str, Any]:
    """Return mean scores by one property of the items."""
    with opened(_directory(call)) as index:
        found, total = slices(index, _wanted(call))
    return {"by": call["by"], "slices": found, "total": total}


async def start_prompt(call: Call) -> Reply:
    """Make the exact prompt of an item again, from the run's spec."""
    asked, context = await asyncio.to_thread(_prompt, call)
    return await begin(call, "prompt", ["draft", "preview"], asked, **context)


def _prompt(call: Call) -> tuple[dict[str, Any], dict[str, Any]]:
    directory = _directory(call)
    spec, row = Journal(directory).spec(), _found(directory, call["item"])
    line = read_line(directory, row)
    reference = next((pack.name for pack in spec.packs if Path(pack.name).name == line["pack"]), line["pack"])
    asked = {
        "pack": reference,
        "language": line["language"],
        "item": line["item_id"],
        "model": None if spec.engine in ("fake", "openai") else spec.model.path,
        "shots": spec.shots,
        "wording": spec.wording,
        "prompt_language": spec.prompt_language,
        "formulation": line["formulation"],
        "chat_template": spec.chat_template,
        "seed": spec.seed,
    }
    return asked, {"prompt_hash": line["prompt_hash"], "item": line["item_id"]}


OPERATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "listItems": list_items,
        "getItem": get_item,
        "putNote": put_note,
        "listSlices": list_slices,
        "startPrompt": start_prompt,
    }
)
