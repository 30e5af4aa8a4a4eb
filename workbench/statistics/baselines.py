"""What a model that knows nothing would score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.errors import BadInput

ACCURACIES = frozenset({"accuracy", "accuracy_norm_chars", "accuracy_norm_bytes"})


@dataclass(frozen=True, slots=True)
class Baselines:
    """What guessing evenly earns, and what always giving the commonest answer earns; None where neither exists."""

    chance: float | None
    majority: float | None


def chance_level(choice_counts: Sequence[int]) -> float:
    """Return the expected accuracy of guessing evenly: the mean of one over the number of choices.

    Raises
    ------
    BadInput
        Without items, or with an item that has no choice.
    """
    if not choice_counts:
        raise BadInput("a chance level needs at least one item")
    if min(choice_counts) < 1:
        raise BadInput("an item without choices has no chance level")
    return float(np.mean(1.0 / np.asarray(choice_counts, dtype=np.float64)))


def majority_baseline(gold: Sequence[int]) -> float:
    """Return the accuracy of always giving the commonest gold label.

    Raises
    ------
    BadInput
        Without items.
    """
    if not gold:
        raise BadInput("a majority baseline needs at least one item")
    return float(np.bincount(np.asarray(gold, dtype=np.int64)).max() / len(gold))


def baselines(
    metric: str, gold: Sequence[int | None], choice_counts: Sequence[int], *, positions_mean_something: bool = True
) -> Baselines:
    """Return the baselines of a metric on the items scored.

    Parameters
    ----------
    metric
        Name of the metric; those without a chance level get None.
    gold
        Index of the right choice of each item.
    choice_counts
        How many choices each item has.
    positions_mean_something
        Whether an index is a label (classification) or a letter the model sees. False for minimal pairs, whose
        right sentence always stands first: a majority of positions says nothing there.

    Raises
    ------
    BadInput
        When items and their counts do not pair up, or a gold index lies outside its item's choices.

    Notes
    -----
    Macro-F1 by expected counts: a guess of any of L labels has precision p (the label's share) and recall 1/L;
    the commonest label alone has F1 2p/(1+p), the others 0. MCC of either baseline is 0 by definition.
    """
    if len(gold) != len(choice_counts):
        raise BadInput(f"{len(gold)} gold labels but {len(choice_counts)} counts of choices")
    labels = [index for index in gold if index is not None]
    if not labels or len(labels) != len(gold) or metric not in {*ACCURACIES, "macro_f1", "mcc"}:
        return Baselines(None, None)
    for position, (index, count) in enumerate(zip(labels, choice_counts, strict=True)):
        if not 0 <= index < count:
            raise BadInput(f"item {position}: gold index {index} lies outside its {count} choices")
    if metric == "mcc":
        return Baselines(0.0, 0.0)
    if metric == "macro_f1":
        return _macro_f1_baselines(labels, max(choice_counts))
    majority = majority_baseline(labels) if positions_mean_something else None
    return Baselines(chance_level(choice_counts), majority)


def _macro_f1_baselines(gold: Sequence[int], label_count: int) -> Baselines:
    shares = np.bincount(np.asarray(gold, dtype=np.int64), minlength=label_count) / len(gold)
    guessed = 1.0 / label_count
    f1 = 2 * shares * guessed / (shares + guessed)
    largest = float(shares.max())
    return Baselines(float(f1.mean()), 2 * largest / (1 + largest) / int(np.count_nonzero(shares)))
