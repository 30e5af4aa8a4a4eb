"""Dotted paths into a record: ``prompts.0.question``, ``choices.*.text``, ``choices.@list.*``."""

from __future__ import annotations

import ast
from typing import Any, Final


class Missing:
    """What a path leads to when nothing is there."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
EVERY = "*"
WRITTEN_LIST = "@list"
LONGEST_LIST = 100_000
"""Characters of a list that stands in a text; a longer one is nothing that a benchmark has."""


def one(data: Any, path: str) -> Any:
    """Return the value at `path`, or `MISSING`. A key that itself holds dots is found first."""
    if isinstance(data, dict) and path in data:
        return data[path]
    here = data
    for part in path.split("."):
        if isinstance(here, dict):
            here = here.get(part, MISSING)
        elif part == WRITTEN_LIST and isinstance(here, str):
            here = _written_list(here)
        elif isinstance(here, list | tuple) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            return MISSING
        if here is MISSING:
            return MISSING
    return here


def _written_list(text: str) -> Any:
    """Return the list that a text writes down, as tables do whose format has no lists; only literals are read."""
    if len(text) > LONGEST_LIST:
        return MISSING
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return MISSING
    return found if isinstance(found, list | tuple) else MISSING


def every(data: Any, path: str) -> list[Any]:
    """Return all values at `path`, which may hold ``*``; lists found at the end are taken apart."""
    head, star, tail = path.partition(f".{EVERY}")
    if not star:
        found = one(data, path)
        return list(found) if isinstance(found, list | tuple) else [found]
    holder = one(data, head)
    if not isinstance(holder, list | tuple):
        return [MISSING]
    rest = tail.removeprefix(".")
    if not rest:
        return list(holder)
    return [value for entry in holder for value in every(entry, rest)]


def text_of(value: Any) -> str | None:
    """Return a JSON scalar as text: numbers and truth values as JSON writes them; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None
