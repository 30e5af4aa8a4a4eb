"""Looking things up by language: exact tag, then its parents in the same script, then ``*``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
REST = "*"


@lru_cache(maxsize=1024)
def parents(tag: str) -> tuple[str, ...]:
    """Return `tag` and what is left when subtags are taken off its end, as long as the script stays the same.

    ``pt-BR`` has the parent ``pt``; ``zh-Hant`` has none, because ``zh`` is most likely written in another script.

    Notes
    -----
    RFC 4647 lookup, with likely scripts from CLDR through `langcodes`.
    """
    import langcodes

    parts = tag.split("-")
    script = langcodes.Language.get(tag).maximize().script
    shorter = ["-".join(parts[:length]) for length in range(len(parts) - 1, 0, -1)]
    return (tag, *(each for each in shorter if langcodes.Language.get(each).maximize().script == script))


def look_up(mapping: Mapping[str, T], tag: str) -> T | None:
    """Return the entry for a language: its own, a parent's, or that of ``*``; None when there is none."""
    for each in (*parents(tag), REST):
        if each in mapping:
            return mapping[each]
    return None


def is_asked_for(tag: str, wanted: str) -> bool:
    """Return whether a request for `wanted` means `tag`: the same, or more general (``pt`` means ``pt-BR``)."""
    return tag == wanted or tag.startswith(f"{wanted}-")
