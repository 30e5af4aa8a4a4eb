"""One item as the contract shows it: a line of the index, and everything that the journal has of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import JournalError
from workbench.evaluation.journal import ITEMS
from workbench.jupyter.items.columns import COLUMNS, EXCERPT, LONGEST, chosen, columns, rule
from workbench.jupyter.items.notes import Note
from workbench.jupyter.packs.languages import direction
from workbench.jupyter.services import Services

DIRECT = ("formulation", "finish", "prompt_hash", "rendered_hash")
UNSHOWN = ("rank", "response_length", "grp", "offset", "length")


def shown_row(row: Mapping[str, Any], line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line of the table, from a row of the index and the journal's line."""
    return {
        **{name: value for name, value in row.items() if name not in UNSHOWN},
        "group": row["grp"],
        "direction": direction(row["language"]),
        "excerpt": line["query"][:EXCERPT],
        "answer": chosen(line)[:EXCERPT],
    }


def read_line(directory: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the journal's line of a row of the index.

    Raises
    ------
    JournalError
        It is no longer where the index says.
    """
    path = directory / ITEMS
    try:
        with path.open("rb") as file:
            file.seek(row["offset"])
            found: dict[str, Any] = json.loads(file.read(row["length"]))
    except (OSError, ValueError) as error:
        raise JournalError("a line is damaged", where=f"{path} at byte {row['offset']:,}") from error
    return found


def shown_item(shown: Mapping[str, Any], line: Mapping[str, Any], note: Note) -> dict[str, Any]:
    """Return one item: its line of the table, and the texts and numbers behind it."""
    cut: list[str] = []

    def short(name: str, text: str) -> str:
        if len(text) > LONGEST:
            cut.append(name)
        return text[:LONGEST]

    return {
        "item": dict(shown),
        **{name: line[name] for name in DIRECT},
        "query": short("query", line["query"]),
        "choices": [
            {**choice, "text": short(f"choices.{place}", choice["text"])} for place, choice in enumerate(_choices(line))
        ],
        "references": [short(f"references.{place}", text) for place, text in enumerate(line["references"])],
        "response": short("response", line["response"]),
        "answer": short("answer", line["answer"] or chosen(line)),
        "rule": rule(line),
        "scores": {name: value for name, value in line["scores"]},  # noqa: C416 — pairs come as lists
        "log_likelihoods": list(line["log_likelihoods"]),
        "token_counts": list(line["token_counts"]),
        "note": note.shown(),
        "cut": cut,
    }


def _choices(line: Mapping[str, Any]) -> list[dict[str, Any]]:
    def at(name: str, place: int) -> Any:
        values = line[name]
        return values[place] if len(values) == len(line["choices"]) else None

    return [
        {
            "text": text,
            "log_likelihood": at("log_likelihoods", place),
            "tokens": at("token_counts", place),
            "characters": at("char_counts", place),
            "bytes": at("byte_counts", place),
            "greedy": at("greedy", place),
            "gold": place == line["gold"],
            "chosen": place == line["prediction"],
        }
        for place, text in enumerate(line["choices"])
    ]


def trial_result(_services: Services, _context: Mapping[str, Any], printed: Any) -> dict[str, Any]:
    """Return what a dry run answered, item by item, as a run's items are shown."""
    items = []
    for position, line in enumerate(printed["rows"]):
        row = dict(zip(COLUMNS, columns(line), strict=True))
        shown = shown_row({"position": position, **row, "tags": [], "note": False}, line)
        items.append(shown_item(shown, line, Note()))
    return {
        "spec_hash": printed["spec_hash"],
        "seconds": printed["seconds"],
        "peak_memory": printed["peak_memory"],
        "items": items,
    }
