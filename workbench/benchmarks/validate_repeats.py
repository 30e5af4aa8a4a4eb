"""Items that are nearly the same, stand among the examples, or in another benchmark too."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

from workbench.benchmarks.catalogue import card_places, load_pack
from workbench.benchmarks.finding import Finding
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Item, TaskKind
from workbench.benchmarks.similar import content, near_pairs
from workbench.benchmarks.validate_text import place, summed
from workbench.errors import WorkbenchError

NEARLY = 0.85
"""Share of common shingles from which two items of one file count as nearly the same."""
SHORTEST = 24
"""Characters below which texts are alike by chance."""
MOST_ITEMS = 5000
MOST_LENGTH = 2000
OWN_VALUES = 0.8
"""Share of different values from which a field is the item's own, and no passage of many."""
MOST_SHOWN = 3
_PARALLEL = (TaskKind.TRANSLATION, TaskKind.TEXT)


def check_near(items: Sequence[Item]) -> Iterator[Finding]:
    """Yield the items of one language and split that ask nearly the same as an earlier one."""
    texts = list(_own_texts(items[:MOST_ITEMS]))
    pairs = [
        (items[first], items[second], alike)
        for first, second, alike in near_pairs(texts, NEARLY)
        if min(len(texts[first]), len(texts[second])) >= SHORTEST and content(items[first]) != content(items[second])
    ]
    if not pairs:
        return
    shown = "; ".join(f"{second.id} is {alike:.0%} like {first.id}" for first, second, alike in pairs[:MOST_SHOWN])
    found = list({second.id: second for _, second, _ in pairs}.values())
    yield from summed(
        items, found, "near_duplicate", f"ask nearly the same as another ({shown})",
        "Look at them: two items that ask the same count one piece of knowledge twice.",
    )  # fmt: skip


def _own_texts(items: Sequence[Item]) -> Iterator[str]:
    """Yield what each item asks, fields left aside that many items share (a passage)."""
    names = dict.fromkeys(name for item in items for name in item.input)
    own = [name for name in names if len({item.input.get(name) for item in items}) >= OWN_VALUES * len(items)]
    for item in items:
        parts = [item.input[name] for name in own if name in item.input]
        yield "\n".join((*parts, *sorted(set(item.choices))))[:MOST_LENGTH]


def check_shots(pack: Pack, language: str, scored: Sequence[Item]) -> Iterator[Finding]:
    """Yield scored items that also stand among those that examples are drawn from."""
    card = pack.card
    if not card.shots_split or card.shots_split == card.scored_split or not pack.present(language, card.shots_split):
        return
    try:
        shots = pack.items(language, card.shots_split)
    except WorkbenchError:
        return  # reported where that split is read
    known = {_folded(item): item for item in shots}
    leaked = [item for item in scored if _folded(item) in known]
    if leaked:
        example = known[_folded(leaked[0])]
        yield from summed(
            scored, leaked, "leaked_shots",
            f"stand in the split that examples come from as well ({leaked[0].id} is {example.id} of {example.source})",
            "Take them out of one split: an example that is the question shows its answer.",
        )  # fmt: skip


def _folded(item: Item) -> str:
    return " ".join(unicodedata.normalize("NFKC", content(item)).casefold().split())


def check_other_packs(pack: Pack, language: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Yield items that stand word for word in another benchmark of this machine, in the same language."""
    if pack.card.task in _PARALLEL:
        return
    for name, state in _others(pack, language):
        known = _contents(name, language, state)
        shared = [item for item in items if len(_folded(item)) >= SHORTEST and _folded(item) in known]
        if shared:
            file, line = place(shared[0])
            lines = ", ".join(str(place(item)[1]) for item in shared[:MOST_SHOWN] if place(item)[1])
            yield Finding(
                "warning", "shared_items",
                f"{len(shared)} of {len(items)} items of {language} stand in {name} too"
                + (f" (lines {lines}{', …' if len(shared) > MOST_SHOWN else ''})" if lines else ""),
                file, line, shared[0].id, "Their scores count the same items twice; average only one of the two.",
            )  # fmt: skip


def _others(pack: Pack, language: str) -> Iterator[tuple[str, int]]:
    for _, path in card_places():
        if path.absolute() == pack.document.path.absolute():
            continue
        try:
            other = load_pack(path)
        except WorkbenchError:
            continue
        if language in other.languages and other.card.task not in _PARALLEL and other.digest != pack.digest:
            yield str(path), path.stat().st_mtime_ns


@lru_cache(maxsize=256)
def _contents(path: str, language: str, state: int) -> frozenset[str]:
    """Return what a pack asks in a language; `state` changes with its card."""
    del state
    try:
        return frozenset(_folded(item) for item in load_pack(path).items(language))
    except WorkbenchError:
        return frozenset()
