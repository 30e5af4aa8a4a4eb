"""Where in a JSON document the records lie: the path to its lists, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.benchmarks.fields import EVERY

FEWEST = 2
ALIKE = 0.5
MAX_DEPTH = 6
LONGEST_ID = 64


def find_records(root: Any) -> str | None:
    """Return the path to the records of a document (empty: the document itself); None when it holds none.

    Records are the objects of a list, or of an object whose values are alike. Objects inside them are records of
    their own (``a.*.b``) where they hold lists of objects again, or carry an id that no two share: questions under a
    passage do, the choices of a question do not.
    """
    found = _first(root, "")
    if found is None:
        return None
    path, entries = found
    for _ in range(MAX_DEPTH):
        deeper = _deeper(entries)
        if deeper is None:
            break
        key, entries = deeper
        path = f"{path}.{EVERY}.{key}" if path else f"{EVERY}.{key}"
    return path


def _objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list, or of an object whose values are objects of like keys."""
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)] if value and isinstance(value[0], dict) else []
    if isinstance(value, dict) and len(value) >= FEWEST and all(isinstance(each, dict) for each in value.values()):
        entries = list(value.values())
        shared = set.intersection(*(set(each) for each in entries))
        return entries if len(shared) >= ALIKE * max(map(len, entries)) and shared else []
    return []


def _first(root: Any, path: str) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the largest group of objects near the top."""
    entries = _objects(root)
    if entries:
        return path, entries
    if not isinstance(root, dict) or path.count(".") >= MAX_DEPTH:
        return None
    below = [_first(value, f"{path}.{key}" if path else key) for key, value in root.items() if "." not in key]
    return max((each for each in below if each is not None), key=lambda each: len(each[1]), default=None)


def _deeper(entries: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]] | None:
    """Return the key under which the real records lie, if these are only what holds them."""
    keys = dict.fromkeys(key for entry in entries for key in entry if "." not in key)
    for key in keys:
        inside = [each for entry in entries for each in _objects(entry.get(key)) if isinstance(entry.get(key), list)]
        if len(inside) < FEWEST:
            continue
        holders = sum(any(_objects(value) for value in each.values() if isinstance(value, list)) for each in inside)
        if 2 * holders > len(inside) or _have_ids(inside):
            return key, inside
    return None


def _have_ids(entries: list[dict[str, Any]]) -> bool:
    for key in entries[0]:
        values = [entry.get(key) for entry in entries]
        if all(isinstance(value, str | int) and not isinstance(value, bool) for value in values) and _unlike(values):
            return True
    return False


def _unlike(values: list[Any]) -> bool:
    """Return whether no two values are the same and each is one word: an id, not a text."""
    return len(set(values)) == len(values) and all(
        " " not in str(value) and 1 < len(str(value)) <= LONGEST_ID for value in values
    )


def walk_scalars(value: Any) -> Iterator[Any]:
    """Yield every scalar of a JSON value."""
    if isinstance(value, dict):
        for each in value.values():
            yield from walk_scalars(each)
    elif isinstance(value, list):
        for each in value:
            yield from walk_scalars(each)
    else:
        yield value
