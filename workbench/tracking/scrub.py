"""A result as it may leave this machine: no item text, no path, no login name."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from workbench.evaluation.result import Result

ELSEWHERE = "[path]"
T = TypeVar("T")
# An absolute path: a slash at the start of a word, two parts or more. A URL's slashes follow a colon or a host.
_POSIX = re.compile(r"(?<![\w:/.])(?:file://)?~?/(?:[^\s/\"'<>|]+/)+[^\s\"'<>|,;:)]*")


def last_part(path: str) -> str:
    """Return the last part of a path: the name by which a person knows the thing."""
    return Path(path).name or "model"


def text(value: str) -> str:
    """Return `value` with absolute paths replaced, and the home directory's name with them."""
    cleaned = value.replace(str(Path.home()), ELSEWHERE) if Path.home() != Path("/") else value
    return _POSIX.sub(ELSEWHERE, cleaned)


def scrub(result: Result) -> Result:
    """Return `result` with the model, packs and interpreter named but not located.

    A `Result` holds no item text; what it holds besides is where things lie on this machine.
    """
    spec = result.spec
    model = replace(
        spec.model,
        path=last_part(spec.model.path),
        adapter=None if spec.model.adapter is None else last_part(spec.model.adapter),
    )
    packs = tuple(replace(pack, name=last_part(pack.name)) for pack in spec.packs)
    facts = result.model
    located = replace(
        result,
        spec=replace(spec, model=model, packs=packs, interpreter=""),
        model=replace(
            facts,
            path=last_part(facts.path),
            adapter=None if facts.adapter is None else last_part(facts.adapter),
        ),
        directory=Path(last_part(str(result.directory))),
    )
    return _deep(located)


def _deep(value: T) -> T:
    """Return `value` with `text` applied to every string in it, records included."""
    cleaned: Any = value
    if isinstance(value, Enum | Path):
        return value
    if isinstance(value, str):
        cleaned = text(value)
    elif isinstance(value, tuple):
        cleaned = tuple(_deep(entry) for entry in value)
    elif is_dataclass(value) and not isinstance(value, type):
        cleaned = replace(value, **{entry.name: _deep(getattr(value, entry.name)) for entry in fields(value)})
    result: T = cleaned
    return result
