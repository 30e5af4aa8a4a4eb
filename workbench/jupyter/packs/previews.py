"""Previews and validations: what the task printed, as the contract has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import DigestMismatch
from workbench.jupyter.packs.languages import direction
from workbench.jupyter.services import Services

HIDDEN = ("chat_continuations",)


def preview_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return items with their prompts."""
    return {"items": [_item(row) for row in printed["items"]], "total": printed["total"]}


def _item(row: Mapping[str, Any]) -> dict[str, Any]:
    prompt = {name: value for name, value in row["prompt"].items() if name not in HIDDEN}
    return {
        "pack": row["pack"],
        "wording": row["wording"],
        "shots": row["shots"],
        "direction": direction(prompt["language"]),
        **prompt,
        "tokens": row["tokens"],
    }


def prompt_result(services: Services, context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return the prompt of a run's item, if it still is the one that was asked.

    Raises
    ------
    DigestMismatch
        The benchmark changed since, and would ask something else.
    """
    result = preview_result(services, context, printed)
    if [item["hash"] for item in result["items"]] != [context["prompt_hash"]]:
        raise DigestMismatch(
            "the prompt made now is not the one that was asked: the benchmark changed since",
            where=context["item"],
            remedy="The item's row still has its question, choices and answer as they were.",
        )
    return result


def validation_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return every problem of a benchmark."""
    report = printed[0]
    errors = any(finding["severity"] == "error" for finding in report["findings"])
    return {"pack": report["pack"], "ok": not errors, "findings": report["findings"], "counts": report["counts"]}
