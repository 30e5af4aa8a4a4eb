"""Drawing by lot without a random number generator: items ordered by a hash of seed and id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from workbench.benchmarks.records import Item


def drawn_order(items: Iterable[Item], pack: str, purpose: str, seed: int) -> tuple[Item, ...]:
    """Return `items` in the order of a seeded permutation.

    The order depends on each item's id alone (without its language in front, as in ``th-001``), not on its place or
    on which items stand beside it: the first n are part of the first m > n, and parallel items, which share their
    ids or numbers, are drawn alike in every language.

    Notes
    -----
    Sorted by sha256 of (purpose, pack, seed, id), so that it is the same on every platform and Python.
    """

    def rank(item: Item) -> bytes:
        number = item.id.removeprefix(f"{item.language}-")
        return hashlib.sha256("\0".join((purpose, pack, str(seed), number)).encode()).digest()

    return tuple(sorted(items, key=rank))
