"""Opaque ids: a client names what the server listed, and never a path."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from workbench.errors import NotFound

LENGTH = 32
FROM_IDS = frozenset({"model", "packs", "interpreter", "series", "schema"})
"""Fields of a spec that a draft's settings do not have: the server makes them, from ids, or a series of runs does."""
T = TypeVar("T")


def opaque(kind: str, name: str | Path) -> str:
    """Return the id of a thing of some `kind`, by its name or path; the same in every process."""
    return hashlib.sha256(f"{kind}\0{name}".encode(errors="surrogatepass")).hexdigest()[:LENGTH]


def named(kind: str, wanted: str, things: Iterable[tuple[str | Path, T]]) -> T:
    """Return the thing whose name or path has the id `wanted`.

    Raises
    ------
    NotFound
        The server lists no such thing.
    """
    for name, thing in things:
        if opaque(kind, name) == wanted:
            return thing
    raise NotFound(f"no {kind} has this id", where=wanted, remedy=f"Fetch the list of {kind}s again.")
