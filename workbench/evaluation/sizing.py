"""How many items a question takes, and whether a result has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from workbench.errors import UsageError
from workbench.evaluation.comparing import Place, answers, by_place, metric_of
from workbench.evaluation.result import Result
from workbench.statistics import design_effect, half_width_items, items_needed, paired_items_needed

Question = Literal["half-width", "difference"]


@dataclass(frozen=True, slots=True)
class Sizing:
    """How many items answer one question.

    Attributes
    ----------
    question, size
        ``half-width``: an interval that reaches `size` to either side; ``difference``: two models that lie `size` apart
        told from each other.
    items
        Needed; with `of`, how many of those.
    pack, language
        What the numbers below were taken from; empty where they were given, or are the cautious ones.
    accuracy
        Expected.
    design_effect
        By how much grouped items say less than independent ones.
    asked
        Items that the result has; None without a result.
    enough
        Whether these suffice; None without a result.
    """

    question: Question
    size: float
    items: int
    pack: str
    language: str
    accuracy: float
    design_effect: float
    asked: int | None
    enough: bool | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a plan: exactly one of `half_width` and `difference`.

    Attributes
    ----------
    half_width
        Of the interval, e.g. 0.02.
    difference
        Between two models, e.g. 0.05.
    differing
        Share of items on which two models part, one right and one wrong; None: as for independent verdicts, which asks
        for more items than most pairs need.
    power, level
        Probability of seeing the difference, and confidence level.
    of
        Items the benchmark holds, when the question is about all of it alone.
    """

    half_width: float | None = None
    difference: float | None = None
    differing: float | None = None
    power: float = 0.8
    level: float = 0.95
    of: int | None = None


def size(wanted: Wanted, *, accuracy: float = 0.5, effect: float = 1.0) -> Sizing:
    """Return how many items a question takes.

    Parameters
    ----------
    wanted
        The question.
    accuracy, effect
        Expected accuracy, and design effect of the groups items come in.

    Raises
    ------
    UsageError
        Not exactly one of half-width and difference, or what goes with the other.
    BadInput
        A number outside its range.
    """
    return _sized(wanted, accuracy, effect)


def size_from(wanted: Wanted, results: Sequence[Result]) -> tuple[Sizing, ...]:
    """Return how many items a question takes on what results were asked, by their accuracy and their groups.

    One entry a result, benchmark and language whose items are right or wrong, or something between; others have no
    plan and no entry.

    Raises
    ------
    UsageError, BadInput
        As `size`.
    """
    found = []
    for result in results:
        for place, rows in by_place(result).items():
            scored = list(answers(rows, metric_of(result, place, rows)).values())
            values = np.array([entry.score for entry in scored])
            if values.size == 0 or values.min() < 0 or values.max() > 1:
                continue
            groups = [entry.row.group for entry in scored]
            effect = design_effect(values, groups if any(groups) else None)
            found.append(_sized(wanted, float(values.mean()), effect, place, values.size))
    return tuple(found)


def _sized(wanted: Wanted, accuracy: float, effect: float, place: Place = ("", ""), asked: int | None = None) -> Sizing:
    if (wanted.half_width is None) == (wanted.difference is None):
        raise UsageError("a plan is for a half-width or for a difference, one of them")
    if wanted.half_width is not None:
        if wanted.differing is not None:
            raise UsageError("the share of items on which two models part belongs to a difference, not to a half-width")
        items = half_width_items(wanted.half_width, accuracy, level=wanted.level, design_effect=effect, of=wanted.of)
        question: Question = "half-width"
        amount = wanted.half_width
    else:
        if wanted.of is not None:
            raise UsageError(
                "a difference is about items like these; the size of the benchmark belongs to a half-width"
            )
        question, amount = "difference", float(wanted.difference or 0.0)
        items = _for_difference(wanted, amount, accuracy, effect)
    enough = None if asked is None else asked >= items
    return Sizing(question, amount, items, *place, accuracy, effect, asked, enough)


def _for_difference(wanted: Wanted, amount: float, accuracy: float, effect: float) -> int:
    if wanted.differing is None:
        # An accuracy of 0 or 1 has no spread to plan with: half an answer of a hundred keeps it inside.
        inside = min(max(accuracy, 0.005), 0.995)
        independent = items_needed(amount, inside, power=wanted.power, level=wanted.level)
        return math.ceil(independent * effect)
    if not abs(amount) < wanted.differing <= 1:
        raise UsageError(
            f"two models {amount} apart part on a larger share of items, at most on all, not on {wanted.differing}"
        )
    spread = math.sqrt(wanted.differing - amount**2)
    return paired_items_needed(amount, spread, power=wanted.power, level=wanted.level, design_effect=effect)
