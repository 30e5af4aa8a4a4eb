"""How much a ranking hangs on each of its packs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.statistics.arrays import Floats

SAME = 1e-12
"""Scores closer than this differ by arithmetic alone."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A ranking without one pack.

    Attributes
    ----------
    pack
        What was left out.
    ranks
        Each model's rank without it, in the order the models were given.
    leader
        Models on rank 1 without it.
    swaps
        Pairs of models whose order turns round.
    """

    pack: str
    ranks: tuple[int, ...]
    leader: tuple[str, ...]
    swaps: int


def ranks_of(values: Floats) -> list[int]:
    """Return ranks, 1 for the largest; equal values (to the last few bits) share the better rank."""
    return [1 + int(np.count_nonzero(values > value + SAME)) for value in values]


def leave_one_out(names: Sequence[str], packs: Sequence[str], scaled: Floats, weights: Floats) -> tuple[LeftOut, ...]:
    """Return the ranking without each pack in turn; none with one pack, or where only one has a weight.

    Parameters
    ----------
    names, packs
        Models and packs.
    scaled
        Scores on a common scale, [packs, models].
    weights
        [packs], adding up to 1; the others keep their proportions.
    """
    whole = weights @ scaled
    found = []
    for place, pack in enumerate(packs):
        kept = np.delete(weights, place)
        if kept.sum() <= 0:
            continue
        values = (kept / kept.sum()) @ np.delete(scaled, place, axis=0)
        ranks = ranks_of(values)
        leader = tuple(name for name, rank in zip(names, ranks, strict=True) if rank == 1)
        found.append(LeftOut(pack, tuple(ranks), leader, _swaps(whole, values)))
    return tuple(found)


def _swaps(before: Floats, after: Floats) -> int:
    first, second = before[:, None] - before[None, :], after[:, None] - after[None, :]
    return int(np.count_nonzero((first > SAME) & (second < -SAME)))
