"""Requests as a token trie, so that what they share is computed once.

Paths (context and continuation as tokens) are sorted; what a path shares with the one before it is then exactly what
the trie shares, and no node need ever be made. A trie too large for one pass is cut into steps: a stem, which every
path of a range begins with and whose keys and values are kept, and rows that hang on it, each of which fits a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

Owner = tuple[int, int]
"""Whose log-likelihood it is: (request number, continuation or window number)."""
WORTH = 48
"""Tokens of repeated computation that make a forward pass of its own for a stem worth its while."""


@dataclass(frozen=True, slots=True)
class Path:
    """One sequence from the root.

    Attributes
    ----------
    ids
        What the model is fed: the context and all of the continuation but its last token.
    first
        Position in `ids` that predicts the first scored token: the end of the context.
    tokens
        The scored tokens; token i is predicted at `first` + i.
    """

    ids: Sequence[int]
    first: int
    tokens: Sequence[int]
    owner: Owner


@dataclass(frozen=True, slots=True)
class Step:
    """Paths `low` to `high` of a trie, computed in one pass behind a stem of `depth` tokens."""

    low: int
    high: int
    depth: int


class Trie:
    """Paths in order.

    Attributes
    ----------
    paths
        Sorted by their tokens.
    shared
        For each path, how many leading tokens it has in common with the one before it.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = sorted(paths, key=lambda path: list(path.ids))
        self.shared = [0, *(common_length(one.ids, other.ids) for one, other in pairwise(self.paths))][: len(paths)]
        new = (len(path.ids) - shared for path, shared in zip(self.paths, self.shared, strict=True))
        self._until = [0, *accumulate(new)]

    @property
    def distinct(self) -> int:
        """Tokens there are when each shared one counts once."""
        return self._until[-1]

    def size(self, low: int, high: int, depth: int) -> int:
        """Return how many tokens paths `low` to `high` have behind their first `depth`, shared ones once."""
        return len(self.paths[low].ids) - depth + self._until[high] - self._until[low + 1]

    def stem(self, low: int, high: int) -> int:
        """Return how many tokens every path of the range begins with, up to the first that predicts a scored one."""
        ends = min(path.first for path in self.paths[low:high])
        return min(ends, *self.shared[low + 1 : high]) if high - low > 1 else ends

    def branches(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges into which a range parts where its paths first differ."""
        if high - low == 1:
            yield low, high
            return
        least = min(self.shared[low + 1 : high])
        cuts = [low, *(at for at in range(low + 1, high) if self.shared[at] == least), high]
        yield from pairwise(cuts)


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many leading tokens two sequences share, comparing slices: neighbours share hundreds."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


Sizes = Callable[[Trie, int, int, int], int]
"""(trie, low, high, depth) → tokens that one pass over these paths computes."""


def steps(trie: Trie, budget: int, size: Sizes = Trie.size) -> Iterator[Step]:
    """Yield the passes in depth-first order, so that one stem, grown and cut back, serves them all."""
    if trie.paths:
        yield from again(trie, Step(0, len(trie.paths), 0), budget, size)


def again(trie: Trie, step: Step, budget: int, size: Sizes = Trie.size) -> Iterator[Step]:
    """Yield a step whole, or cut so that each piece computes at most `budget` tokens where paths allow it."""
    low, high, depth = step.low, step.high, step.depth
    whole = size(trie, low, high, depth)
    if whole <= budget:
        yield step
        return
    stem = trie.stem(low, high)
    if (stem - depth) * (whole // budget) >= WORTH:
        depth = stem
    if high - low == 1:
        yield Step(low, high, depth)
        return
    begin = low
    for start, end in trie.branches(low, high):
        if size(trie, begin, end, depth) <= budget:
            continue
        if start > begin:
            yield Step(begin, start, depth)
        begin = start
        if size(trie, start, end, depth) > budget:
            yield from again(trie, Step(start, end, depth), budget, size)
            begin = end
    if begin < high:
        yield Step(begin, high, depth)
