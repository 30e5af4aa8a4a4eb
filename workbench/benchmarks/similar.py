"""Items that ask the same, or nearly."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from workbench.benchmarks.records import Item

NEAR = 0.7
"""Share of common shingles from which two items count as nearly the same."""
LENGTH = 4
"""Characters in a shingle."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An item that is like another: which, how alike (1: word for word), and where it stands."""

    item_id: str
    split: str
    likeness: float


@dataclass(frozen=True, slots=True)
class SimilarItems:
    """Finds the most similar of many items; built once, asked often."""

    items: tuple[tuple[str, Item], ...]
    shingled: tuple[frozenset[str], ...]
    holders: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, items: Iterable[tuple[str, Item]]) -> SimilarItems:
        """Index `items`, each with the name of its split."""
        kept = tuple(items)
        shingled = tuple(shingles(content(item)) for _, item in kept)
        holders: dict[str, list[int]] = defaultdict(list)
        for place, found in enumerate(shingled):
            for shingle in found:
                holders[shingle].append(place)
        return cls(kept, shingled, MappingProxyType({each: tuple(places) for each, places in holders.items()}))

    def nearest(self, item: Item, *, without: frozenset[str] = frozenset()) -> Similar | None:
        """Return the item most like `item`, if any is at least `NEAR`; those with an id in `without` do not count.

        Notes
        -----
        Jaccard coefficient of sets of character shingles (Broder 1997), which needs no words and so serves every
        script.
        """
        wanted = shingles(content(item))
        if not wanted:
            return None
        common = Counter(place for shingle in wanted for place in self.holders.get(shingle, ()))
        best: Similar | None = None
        for place, shared in common.items():
            split, other = self.items[place]
            if other.id in without:
                continue
            likeness = shared / (len(wanted) + len(self.shingled[place]) - shared)
            if likeness >= NEAR and (best is None or likeness > best.likeness):
                best = Similar(other.id, split, likeness)
        return best


def content(item: Item) -> str:
    """Return what an item asks, and its choices in whatever order, as one text."""
    return "\n".join((*(item.input[name] for name in sorted(item.input)), *sorted(item.choices)))


@lru_cache(maxsize=1 << 16)
def shingles(text: str) -> frozenset[str]:
    """Return the sequences of `LENGTH` characters in `text`, case, punctuation and spaces left aside."""
    import regex  # `re` takes the vowel signs of many scripts for punctuation

    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = regex.sub(r"[^\p{L}\p{M}\p{N}]+", "", folded) or "".join(folded.split())
    if len(bare) <= LENGTH:
        return frozenset({bare} if bare else ())
    return frozenset(bare[start : start + LENGTH] for start in range(len(bare) - LENGTH + 1))


def near_pairs(texts: Sequence[str], likeness: float = NEAR) -> Iterator[tuple[int, int, float]]:
    """Yield each pair of texts at least so alike: the places of both, the first being smaller, and how alike.

    Notes
    -----
    Prefix filtering (Chaudhuri et al. 2006; Bayardo et al. 2007): two sets whose Jaccard coefficient is at least t
    share one of the rarest ``(1 - t)`` of their members: only those are indexed. Exact.
    """
    sets = [shingles(text) for text in texts]
    frequency = Counter(shingle for found in sets for shingle in found)
    holders: dict[str, list[int]] = defaultdict(list)
    for place, found in enumerate(sets):
        ordered = sorted(found, key=lambda shingle: (frequency[shingle], shingle))
        prefix = ordered[: len(ordered) - math.ceil(likeness * len(ordered)) + 1]
        candidates = {other for shingle in prefix for other in holders[shingle]}
        for other in sorted(candidates):
            if min(len(found), len(sets[other])) < likeness * max(len(found), len(sets[other])):
                continue
            common = len(found & sets[other])
            alike = common / (len(found) + len(sets[other]) - common)
            if alike >= likeness:
                yield other, place, alike
        for shingle in prefix:
            holders[shingle].append(place)
