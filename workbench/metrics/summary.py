"""From judged items to one score, and to the sums that a bootstrap resamples."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.metrics.classification import confusion_rows, macro_f1_of_sums, mcc_of_sums
from workbench.metrics.correction import COUNTS, f_of_sums
from workbench.metrics.external import external_score
from workbench.metrics.instructions import COUNTS as INSTRUCTIONS
from workbench.metrics.registry import METRICS, metric
from workbench.metrics.translation import count_rows, score_of_counts

Floats = NDArray[np.float64]


class JudgedItem(Protocol):
    """What is read of one item; the rows of a journal have all of it."""

    @property
    def item_id(self) -> str: ...  # noqa: D102 — as in `workbench.evaluation.rows.ItemRow`, like all below
    @property
    def language(self) -> str: ...  # noqa: D102
    @property
    def choices(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def gold(self) -> int | None: ...  # noqa: D102
    @property
    def prediction(self) -> int | None: ...  # noqa: D102
    @property
    def references(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def answer(self) -> str: ...  # noqa: D102
    @property
    def log_likelihoods(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def byte_counts(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def scores(self) -> tuple[tuple[str, float], ...]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Sums:
    """A score as a function of sums over items.

    Attributes
    ----------
    rows
        What each item adds: shape [items, columns].
    finish
        From sums, shape [resamples, columns], to scores, shape [resamples].
    item_scores
        Shape [items] where the score is their mean; None for corpus metrics.
    """

    rows: Floats
    finish: Callable[[Floats], Floats]
    item_scores: Floats | None = None

    @property
    def value(self) -> float:
        """Return the score over all items."""
        return float(self.finish(self.rows.sum(axis=0, keepdims=True))[0])


def summarise(name: str, items: Sequence[JudgedItem]) -> Sums:
    """Return what `items` add up to under a built-in metric.

    ``statistics.mean_interval(sums.item_scores, groups)`` gives the interval of an item metric,
    ``statistics.bootstrap_sums(sums.rows, sums.finish, groups)`` that of a corpus metric.

    Parameters
    ----------
    name
        A built-in metric.
    items
        Items that were scored, of one pack and language; leave out those that failed.

    Raises
    ------
    BadInput
        Without items, or when an item lacks what the metric needs.
    NotFound
        When there is no such built-in metric.
    """
    if not items:
        raise BadInput(f"there are no items to compute {name} from")
    if metric(name).name not in METRICS:
        raise BadInput(f"{name} has no sums", remedy="Use workbench.metrics.aggregate for a metric of your own.")
    if name in ("macro_f1", "mcc"):
        gold, predictions, labels = _label_numbers(name, items)
        rows = confusion_rows(predictions, gold, labels)
        return Sums(rows, macro_f1_of_sums if name == "macro_f1" else mcc_of_sums)
    if name in ("chrf", "bleu"):
        return _translation_sums(name, items)
    if name == "each_instruction":
        return Sums(np.array([[_score(each, item) for each in INSTRUCTIONS] for item in items]), _ratio)
    if name == "edit_f05":
        return Sums(np.array([[_score(each, item) for each in COUNTS] for item in items]), f_of_sums)
    if name == "bits_per_byte":
        return Sums(np.array([_bits_and_bytes(item) for item in items]), _ratio)
    scores = np.array([_score(name, item) for item in items])
    return Sums(np.column_stack([scores, np.ones_like(scores)]), _ratio, scores)


def aggregate(name: str, items: Sequence[JudgedItem]) -> float:
    """Return the score of `items` under a built-in metric, or under a user's own by the path of its folder.

    Raises
    ------
    BadInput
        As `summarise`, or when the user's metric fails.
    NotFound
        When the name is no metric.
    """
    if metric(name).name in METRICS:
        return summarise(name, items).value
    if not items:
        raise BadInput(f"there are no items to compute {name} from")
    return external_score(name, items)


def _ratio(sums: Floats) -> Floats:
    return np.asarray(sums[:, 0] / sums[:, 1])


def _score(name: str, item: JudgedItem) -> float:
    value = dict(item.scores).get(name)
    if value is None or not math.isfinite(value):
        raise BadInput(f"the item has no {name}", where=item.item_id, remedy="Score the item, or leave it out.")
    return value


def _label_numbers(name: str, items: Sequence[JudgedItem]) -> tuple[list[int], list[int | None], int]:
    """Return gold and predicted labels: by the choice's text where all items offer the same, else by position."""
    gold: list[int] = []
    predictions: list[int | None] = []
    same = len({frozenset(item.choices) for item in items}) == 1 and len(set(items[0].choices)) == len(items[0].choices)
    number = {text: index for index, text in enumerate(items[0].choices)}
    for item in items:
        if item.gold is None or not 0 <= item.gold < len(item.choices):
            raise BadInput(f"the item has no gold label among its choices, which {name} needs", where=item.item_id)
        if item.prediction is not None and not 0 <= item.prediction < len(item.choices):
            raise BadInput(f"prediction {item.prediction} is none of the item's choices", where=item.item_id)
        gold.append(number[item.choices[item.gold]] if same else item.gold)
        guess = item.prediction
        predictions.append(number[item.choices[guess]] if same and guess is not None else guess)
    return gold, predictions, max(len(item.choices) for item in items)


def _translation_sums(name: str, items: Sequence[JudgedItem]) -> Sums:
    languages = {item.language for item in items}
    if len(languages) > 1:
        raise BadInput(
            f"{name} over several languages at once ({', '.join(sorted(languages))}) means nothing",
            remedy="Compute it for each language.",
        )
    tag = languages.pop()
    rows = count_rows(name, [item.answer for item in items], [item.references for item in items], tag)
    return Sums(rows, partial(_translation_score, name, tag))


def _translation_score(name: str, tag: str, sums: Floats) -> Floats:
    return score_of_counts(name, sums, tag)


def _bits_and_bytes(item: JudgedItem) -> tuple[float, float]:
    bits, size = -math.fsum(item.log_likelihoods) / math.log(2), sum(item.byte_counts)
    if not math.isfinite(bits) or size < 1 or len(item.log_likelihoods) != len(item.byte_counts):
        raise BadInput("the item has no log-likelihood and byte count of a whole text", where=item.item_id)
    return bits, float(size)
