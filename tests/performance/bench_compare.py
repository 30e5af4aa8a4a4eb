"""Two sides of a case held against each other."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench_arithmetic import Rates, Work
from bench_arm import Outcome
from bench_cases import Case

NEAR = 1e-3
"""Nats between the best two choices below which a verdict is a near-tie."""


@dataclass(frozen=True, slots=True)
class Tie:
    """An item whose best two choices are closer than `NEAR` on either side, or whose verdicts differ."""

    item: str
    ours: float
    theirs: float
    same: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """One row: medians over rounds; sizes in bytes, times in seconds. None where a number has no meaning."""

    case: str
    title: str
    model: str
    dtype: str
    items: int
    rounds: int
    seconds: float
    theirs: float
    batch: int
    ratio: float
    apart: float
    """Our longest time / our shortest: how far the machine was left alone."""
    required: float | None
    floor: float
    difference: float | None
    differing: int | None
    memory: int
    their_memory: int
    memory_required: float | None
    computed: int
    distinct: int
    share: float
    rates: Rates
    ties: tuple[Tie, ...]


def measured(case: Case, model: str, dtype: str, rounds: Sequence[tuple[Outcome, Outcome]]) -> Measured:
    """Make the row out of pairs (ours, lm-eval)."""
    ours, theirs = rounds[-1]
    work, rates = Work(ours.body, ours.head), Rates(ours.body_rate, ours.head_rate)
    # What our side computed beyond the distinct tokens counts against it, at the price of an average distinct one.
    cost = Work(work.body * ours.computed / ours.distinct, work.head)
    difference, differing, ties = compared(ours.answers, theirs.answers)
    return Measured(
        case=case.key,
        title=case.title,
        model=model,
        dtype=dtype,
        items=ours.items,
        rounds=len(rounds),
        seconds=statistics.median(mine.seconds for mine, _ in rounds),
        theirs=statistics.median(other.seconds for _, other in rounds),
        batch=theirs.batch,
        ratio=statistics.median(other.seconds / mine.seconds for mine, other in rounds),
        apart=max(mine.seconds for mine, _ in rounds) / min(mine.seconds for mine, _ in rounds),
        required=case.required[model] if dtype == "float32" else None,
        floor=(theirs.body + theirs.head) / cost.total,
        difference=difference,
        differing=differing,
        memory=round(statistics.median(mine.peak - mine.loaded for mine, _ in rounds)),
        their_memory=round(statistics.median(other.peak - other.loaded for _, other in rounds)),
        memory_required=case.memory if dtype == "float32" else None,
        computed=ours.computed,
        distinct=ours.distinct,
        share=statistics.median(
            Rates(mine.body_rate, mine.head_rate).seconds(work) / mine.seconds for mine, _ in rounds
        ),
        rates=rates,
        ties=tuple(ties),
    )


def compared(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[float | None, int | None, list[Tie]]:
    """Largest difference of a log-likelihood, items that come out differently, and near-ties.

    A request without an answer on one side counts as infinitely far. Whole texts have no verdict, written answers no
    log-likelihood: of these, those that are not the same text are counted.
    """
    if any(isinstance(answer, str) for answer in theirs.values()):
        return None, sum(ours.get(name) != text for name, text in theirs.items()), []
    difference, ties = 0.0, []
    for name, expected in theirs.items():
        found = ours.get(name) or []
        if len(found) != len(expected):
            return math.inf, None, []
        mine, other = values(found), values(expected)
        difference = max(difference, *(abs(a - b) for a, b in zip(mine, other, strict=True)))
        if len(mine) > 1:
            same = mine.index(max(mine)) == other.index(max(other))
            tie = Tie(name, margin(mine), margin(other), same)
            if not same or min(tie.ours, tie.theirs) < NEAR:
                ties.append(tie)
    verdicts = any(len(entry) > 1 for entry in theirs.values())
    return difference, sum(not tie.same for tie in ties) if verdicts else None, ties


def values(answer: Sequence[Any]) -> list[float]:
    """The log-likelihoods of one answer."""
    return [entry[0] if isinstance(entry, list) else entry for entry in answer]


def margin(log_likelihoods: Sequence[float]) -> float:
    """How far the best choice is ahead of the second, in nats."""
    best, second = sorted(log_likelihoods, reverse=True)[:2]
    return best - second
