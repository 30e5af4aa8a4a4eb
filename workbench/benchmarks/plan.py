"""Which items of a pack are asked."""

from __future__ import annotations

from workbench.benchmarks.draw import drawn_order
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Item
from workbench.benchmarks.shots import Shots


def plan_items(
    pack: Pack, language: str, limit: int | None, seed: int, parity: bool = False, *, shots: Shots | None = None
) -> tuple[Item, ...]:
    """Return the items to score, in the order of their file.

    Parameters
    ----------
    limit
        At most so many; None: all. The first `limit` of a seeded permutation, which is the same for parallel items
        of all languages; with `parity` the first `limit` of the file, as lm-eval takes them.
    shots
        Examples whose held-out items are left out first.
    """
    held_out = shots.held_out if shots is not None else frozenset()
    items = tuple(item for item in pack.items(language) if item.id not in held_out)
    if limit is None or limit >= len(items):
        return items
    if parity:
        return items[:limit]
    chosen = {item.id for item in drawn_order(items, pack.name, "items", seed)[:limit]}
    return tuple(item for item in items if item.id in chosen)
