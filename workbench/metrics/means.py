"""Means over lists of items, for callers that have no journal rows: the `evaluate` modules."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.errors import BadInput
from workbench.metrics.choices import choose
from workbench.metrics.text import ITEM_METRICS


def _pair(first: Sequence[object], second: Sequence[object]) -> None:
    if len(first) != len(second):
        raise BadInput(f"{len(first)} predictions but {len(second)} references")
    if not first:
        raise BadInput("there are no items to score")


def label_accuracy(predictions: Sequence[int], references: Sequence[int]) -> float:
    """Return the share of equal labels.

    Raises
    ------
    BadInput
        When the lists do not pair up or are empty.
    """
    _pair(predictions, references)
    return sum(guess == gold for guess, gold in zip(predictions, references, strict=True)) / len(references)


def normalised_accuracy(
    log_likelihoods: Sequence[Sequence[float]], gold: Sequence[int], lengths: Sequence[Sequence[int]]
) -> float:
    """Return the accuracy by log-likelihood per unit of length; a tie of k earns 1/k.

    Raises
    ------
    BadInput
        When the lists do not pair up or are empty, or as `choose`.
    """
    _pair(log_likelihoods, gold)
    _pair(log_likelihoods, lengths)
    rows = zip(log_likelihoods, lengths, gold, strict=True)
    return math.fsum(choose(values, sizes).credit(truth) for values, sizes, truth in rows) / len(gold)


def as_lists(references: Sequence[str] | Sequence[Sequence[str]]) -> list[list[str]]:
    """Return references as one list an item, whether they came as texts or as lists of texts."""
    return [[accepted] if isinstance(accepted, str) else list(accepted) for accepted in references]


def mean_text_score(
    name: str, answers: Sequence[str], references: Sequence[str] | Sequence[Sequence[str]], language: str
) -> float:
    """Return the mean of an item metric over written answers.

    Raises
    ------
    BadInput
        When the lists do not pair up or are empty, or as the metric itself.
    """
    _pair(answers, references)
    score = ITEM_METRICS[name]
    pairs = zip(answers, as_lists(references), strict=True)
    return math.fsum(score(answer, accepted, language) for answer, accepted in pairs) / len(answers)
