"""What models make of items that are being written: asked as they are, without the question, in another order.

A probe says what a person should look at again; it never says that an item is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from workbench.benchmarks.items import WITH_CHOICES
from workbench.benchmarks.records import Card, Formulation, Item, TaskKind
from workbench.benchmarks.render import build_prompt
from workbench.errors import WorkbenchError
from workbench.evaluation.rows import ItemRow
from workbench.statistics import wilson

MOST_TURNS = 3
SURE = 0.8
"""Share of the likelihood on one choice from which a single model counts as sure of it."""
SEPARATOR = "."


class Variant(StrEnum):
    """How an item is asked: as it is, with nothing but its choices, or with its choices moved on by some places."""

    AS_IS = "as-is"
    BARE = "bare"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Answered:
    """What a model made of one variant of an item.

    Attributes
    ----------
    turned
        By how many places the choices were moved on.
    chosen
        Index among the item's choices as they were written; None for an open task.
    right
        None where it failed, or earned part of the credit.
    share
        Of the likelihood of all choices, that of the right one; None where nothing was compared.
    answer
        What was chosen or written, as text.
    error
        Stable code where it could not be asked.
    """

    variant: Variant
    turned: int
    chosen: int | None
    right: bool | None
    share: float | None
    answer: str
    error: str


@dataclass(frozen=True, slots=True)
class ModelProbe:
    """What one model made of one item."""

    model: str
    as_is: Answered
    bare: Answered | None
    turns: tuple[Answered, ...]


@dataclass(frozen=True, slots=True)
class Sign:
    """What a probe shows a person: a ``warning`` to look again, or a ``note``; `code` is stable."""

    severity: str
    code: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ItemProbe:
    """One item, what each model made of it, and what that shows."""

    id: str
    models: tuple[ModelProbe, ...]
    signs: tuple[Sign, ...]


@dataclass(frozen=True, slots=True)
class Baseline:
    """How often one model was right: of `n` items, with Wilson's 95 % interval, and what guessing earns."""

    model: str
    variant: Variant
    n: int
    right: int
    low: float | None
    high: float | None
    chance: float | None


@dataclass(frozen=True, slots=True)
class Probe:
    """What models made of a draft. `order` is the formulation in which the order was changed; empty: in none."""

    language: str
    formulation: str
    order: str
    items: tuple[ItemProbe, ...]
    baselines: tuple[Baseline, ...]


@dataclass(frozen=True, slots=True)
class Questions:
    """Items to ask of every model: in the card's first formulation, and in `order` with their choices moved."""

    straight: tuple[Item, ...]
    turned: tuple[Item, ...]
    formulation: Formulation
    order: Formulation | None


def questions(card: Card, items: Sequence[Item]) -> Questions:
    """Return the variants of `items` that make sense; their ids hold the place of the item and the variant.

    The order of choices can matter only where a model sees them all: in `letters`, or written answers to them.
    """
    order = None
    if card.task in WITH_CHOICES:
        order = next((each for each in (Formulation.LETTERS, Formulation.GENERATE) if each in card.formulations), None)
    straight, turned = list[Item](), list[Item]()
    for place, item in enumerate(items):
        straight.append(_named(item, place, Variant.AS_IS, 0))
        if _can_be_bare(card, item):
            empty = dict.fromkeys(item.input, "")
            straight.append(_named(replace(item, input=empty), place, Variant.BARE, 0))
        if order is not None:
            turned += [_turned(item, place, by) for by in range(min(len(item.choices), MOST_TURNS + 1))]
    return Questions(tuple(straight), tuple(turned), card.formulations[0], order)


def _can_be_bare(card: Card, item: Item) -> bool:
    """Return whether choices without their question can be put into words; whole sentences have no question."""
    if card.task not in WITH_CHOICES or card.task is TaskKind.MINIMAL_PAIRS:
        return False
    try:
        build_prompt(card, replace(item, input=dict.fromkeys(item.input, "")), card.wordings[0], card.formulations[0])
    except WorkbenchError:
        return False
    return True


def _turned(item: Item, place: int, by: int) -> Item:
    gold = None if item.gold is None else (item.gold - by) % len(item.choices)
    moved = replace(item, choices=(*item.choices[by:], *item.choices[:by]), gold=gold)
    return _named(moved, place, Variant.TURN, by)


def _named(item: Item, place: int, variant: Variant, by: int) -> Item:
    # A group would hold items back that shots come from; there are no shots here.
    return replace(item, id=SEPARATOR.join((str(place), variant.value, str(by))), group="")


def judge(
    card: Card, items: Sequence[Item], asked: Questions, rows: Mapping[str, Sequence[ItemRow]]
) -> Probe:  # fmt: skip
    """Return what the rows of each model, by its name, show about `items`."""
    by_item: dict[int, list[ModelProbe]] = {place: [] for place in range(len(items))}
    for model, answered in rows.items():
        found: dict[int, list[Answered]] = {place: [] for place in range(len(items))}
        for row in answered:
            at, variant, by = row.item_id.split(SEPARATOR)
            found[int(at)].append(_answered(card, items[int(at)], row, Variant(variant), int(by)))
        for place, each in found.items():
            probe = _of_model(model, each)
            if probe is not None:
                by_item[place].append(probe)
    probed = tuple(
        ItemProbe(item.id, tuple(by_item[place]), tuple(_signs(item, by_item[place])))
        for place, item in enumerate(items)
    )
    language = items[0].language if items else ""
    order = asked.order.value if asked.order is not None else ""
    return Probe(language, asked.formulation.value, order, probed, tuple(_baselines(items, probed, rows)))


def _answered(card: Card, item: Item, row: ItemRow, variant: Variant, by: int) -> Answered:
    if row.error:
        return Answered(variant, by, None, None, None, "", row.error)
    if row.prediction is None or not item.choices:
        value = dict(row.scores).get(card.metrics[0])
        right = {0.0: False, 1.0: True}.get(value) if value is not None else None
        return Answered(variant, by, None, right, None, row.answer, "")
    chosen = (row.prediction + by) % len(item.choices)
    share = _share(row.log_likelihoods, row.gold)
    return Answered(variant, by, chosen, chosen == item.gold, share, item.choices[chosen], "")


def _share(log_likelihoods: Sequence[float], gold: int | None) -> float | None:
    """Return the softmax of the right choice's log-likelihood among those of all choices."""
    if gold is None or gold >= len(log_likelihoods):
        return None
    highest = max(log_likelihoods)
    weights = [math.exp(each - highest) for each in log_likelihoods]
    return weights[gold] / sum(weights)


def _of_model(model: str, answered: Sequence[Answered]) -> ModelProbe | None:
    as_is = next((each for each in answered if each.variant is Variant.AS_IS), None)
    bare = next((each for each in answered if each.variant is Variant.BARE), None)
    turns = sorted((each for each in answered if each.variant is Variant.TURN), key=lambda each: each.turned)
    return None if as_is is None else ModelProbe(model, as_is, bare, tuple(turns))


def _signs(item: Item, models: Sequence[ModelProbe]) -> Iterator[Sign]:
    judged = [probe for probe in models if probe.as_is.right is not None]
    if not judged:
        return
    who = "the one model asked" if len(judged) == 1 else f"all {len(judged)} models"
    if all(probe.as_is.right for probe in judged):
        yield Sign("note", "all_right", f"{who} answered it", "An item that everybody answers tells models not apart.")
    elif not any(probe.as_is.right for probe in judged):
        yield _all_wrong(item, judged, who)
    bare = [probe for probe in judged if probe.bare is not None and probe.bare.right is not None]
    if bare and all(probe.bare is not None and probe.bare.right and probe.as_is.right for probe in bare):
        luck = (1 / len(item.choices)) ** len(bare)
        yield Sign(
            "warning", "without_question",
            f"{who} chose right without reading the question (luck does so in {luck:.0%})",
            "Look whether the choices give the answer away: by wording, length, or being the only sensible one.",
        )  # fmt: skip
    unsteady = [probe.model for probe in judged if _unsteady(probe)]
    if unsteady:
        yield Sign(
            "warning", "order", f"another order of the choices changes the answer of {', '.join(unsteady)}",
            "Common with small models; with strong ones look whether two choices could both be right.",
        )  # fmt: skip


def _all_wrong(item: Item, judged: Sequence[ModelProbe], who: str) -> Sign:
    chosen = {probe.as_is.chosen for probe in judged}
    other = next(iter(chosen))
    agreed = len(chosen) == 1 and other is not None
    sure = len(judged) > 1 or (judged[0].as_is.share is not None and judged[0].as_is.share <= 1 - SURE)
    if agreed and sure and other is not None:
        return Sign(
            "warning", "maybe_wrong_key", f"{who} chose {item.choices[other][:80]!r} instead: maybe the key is wrong",
            "Check the key against a source; where it is right, the item is a hard one.",
        )  # fmt: skip
    return Sign("note", "all_wrong", f"{who} answered it wrongly", "A hard item, or a wrong key: check its source.")


def _unsteady(probe: ModelProbe) -> bool:
    return len({turn.chosen for turn in probe.turns if not turn.error}) > 1


def _baselines(
    items: Sequence[Item], probed: Sequence[ItemProbe], models: Mapping[str, Sequence[ItemRow]]
) -> Iterator[Baseline]:
    for model in models:
        for variant in (Variant.AS_IS, Variant.BARE):
            told = [
                (item, answer.right)
                for item, probe in zip(items, probed, strict=True)
                for each in probe.models
                if each.model == model
                and (answer := each.as_is if variant is Variant.AS_IS else each.bare) is not None
                and answer.right is not None
            ]
            if told:
                right = sum(1 for _, was_right in told if was_right)
                chances = [1 / len(item.choices) for item, _ in told if item.choices]
                interval = wilson(right, len(told))
                chance = sum(chances) / len(chances) if chances else None
                yield Baseline(model, variant, len(told), right, interval.low, interval.high, chance)
