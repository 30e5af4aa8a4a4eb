"""Few-shot examples: drawn once for a pack, language and seed, never by batch or by item."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.benchmarks.draw import drawn_order
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Item, TaskKind
from workbench.errors import SpecError

WITHOUT_SHOTS = frozenset({TaskKind.MINIMAL_PAIRS, TaskKind.TEXT})
"""Kinds of task whose whole sentences or texts are scored: nothing is asked, so no example is shown."""


@dataclass(frozen=True, slots=True)
class Shots:
    """The examples of one pack, language and seed.

    Attributes
    ----------
    items
        In the order they are shown.
    split
        Where they were drawn from.
    held_out
        Ids of the scored split that must not be scored because an example, or another item of an example's group,
        comes from there; empty when the examples have a split of their own.
    """

    pack: str
    language: str
    seed: int
    items: tuple[Item, ...] = ()
    split: str = ""
    held_out: frozenset[str] = frozenset()


def draw_shots(pack: Pack, language: str, k: int, seed: int) -> Shots:
    """Draw `k` examples.

    From the card's `shots_split`; where the card names none, or the language has none here, from the scored items,
    which are then held out of scoring, with their whole groups unless sentences are translated. Parallel items give
    the same examples in every language.
    Minimal pairs and whole texts take no examples, whatever `k` is.

    Raises
    ------
    SpecError
        Fewer than `k` items to draw from, or nothing left to score.
    """
    card = pack.card
    if k == 0 or card.task in WITHOUT_SHOTS:
        return Shots(pack.name, language, seed)
    own_split = bool(card.shots_split) and pack.present(language, card.shots_split)
    split = card.shots_split if own_split else card.scored_split
    pool = pack.items(language, split)
    drawn = drawn_order(pool, pack.name, "shots", seed)[:k]
    if len(drawn) < k:
        raise SpecError(
            f"{k} shots are asked for and split {split!r} of {pack.name} in {language} has {len(pool)} items",
            where=pack.document.path, remedy=f"Ask for at most {len(pool)} shots.",
        )  # fmt: skip
    if own_split and split != card.scored_split:
        return Shots(pack.name, language, seed, drawn, split)
    ids = {item.id for item in drawn}
    # Another question on an example's passage could be answered from the example; a neighbouring sentence of a
    # document does not translate the one asked.
    groups = set() if card.task is TaskKind.TRANSLATION else {item.group for item in drawn} - {""}
    held_out = frozenset(item.id for item in pool if item.id in ids or item.group in groups)
    if len(held_out) == len(pool):
        raise SpecError(
            f"{k} shots would leave no item of {pack.name} in {language} to score", where=pack.document.path,
            remedy="Ask for fewer shots, or give the pack a split for examples.",
        )  # fmt: skip
    return Shots(pack.name, language, seed, drawn, split, held_out)
