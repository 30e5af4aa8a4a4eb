"""What the views say: one file a language, the same keys in each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

MESSAGES = "messages"
FALLBACK = "en"


@cache
def phrases(language: str = FALLBACK) -> Mapping[str, str]:
    """Return the messages in a language; in English where there are none in it."""
    directory = files("workbench.jupyter.widgets").joinpath(MESSAGES)
    chosen = directory.joinpath(f"{language}.json") if language in languages() else directory.joinpath("en.json")
    return MappingProxyType(json.loads(chosen.read_text(encoding="utf-8")))


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are messages in."""
    directory = files("workbench.jupyter.widgets").joinpath(MESSAGES)
    return tuple(sorted(entry.name.removesuffix(".json") for entry in directory.iterdir() if entry.name[0] != "_"))
