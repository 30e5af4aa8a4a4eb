"""Two models on the same items: is the difference more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, finite_values, same_length
from workbench.statistics.bootstrap import RESAMPLES, bootstrap_interval, group_sums
from workbench.statistics.interval import Interval


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The outcome of a paired test.

    Attributes
    ----------
    method
        ``exact McNemar`` or ``paired permutation``.
    difference
        Mean of first minus second.
    p_value
        Two-sided. No correction for testing several pairs is made here.
    n, groups
        Items and independent groups.
    first_only, second_only
        Items on which only the first, or only the second, scored higher.
    """

    method: str
    difference: float
    p_value: float
    n: int
    groups: int
    first_only: int
    second_only: int


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    a, b = finite_values(first, "first scores"), finite_values(second, "second scores")
    same_length(a, b)
    return a, b


def paired_bootstrap(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the bootstrap interval of the mean difference, first minus second, item by item.

    Raises
    ------
    BadInput
        When the scores do not pair up or are not finite.

    Notes
    -----
    Koehn 2004, "Statistical significance tests for machine translation evaluation", EMNLP.
    """
    a, b = _pair(first, second)
    return bootstrap_interval(a - b, groups, level=level, resamples=resamples, seed=seed)


def mcnemar(first: ArrayLike, second: ArrayLike) -> PairedTest:
    """Test whether two models are right equally often, on independent items judged right or wrong.

    Raises
    ------
    BadInput
        When a score is neither 0 nor 1 (use `permutation_test` then) or the scores do not pair up.

    Notes
    -----
    McNemar 1947, Psychometrika 12, in its exact binomial form: of the items that only one of the two got right,
    each is equally likely to fall to either.
    """
    from scipy.stats import binomtest

    a, b = _pair(first, second)
    if not (np.isin(a, (0.0, 1.0)).all() and np.isin(b, (0.0, 1.0)).all()):
        raise BadInput("McNemar's test takes scores of 0 and 1", remedy="Use permutation_test for fractional scores.")
    first_only, second_only = int(np.sum(a > b)), int(np.sum(b > a))
    discordant = first_only + second_only
    p_value = float(binomtest(first_only, discordant).pvalue) if discordant else 1.0
    return PairedTest(
        "exact McNemar", float(np.mean(a - b)), p_value, a.size, a.size, first_only=first_only, second_only=second_only
    )


def permutation_test(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> PairedTest:
    """Test whether two models score equally, for any scores; items of a group are swapped together.

    Raises
    ------
    BadInput
        When the scores do not pair up or are not finite.

    Notes
    -----
    Fisher's paired randomisation test (Fisher 1935, *The Design of Experiments*), all permutations where there
    are few, else `resamples` drawn ones.
    """
    from scipy.stats import permutation_test as scipy_test

    a, b = _pair(first, second)
    sums = group_sums(np.column_stack([a, b]), groups)
    count = len(sums)
    difference = float(np.mean(a - b))
    if count == 1 or np.array_equal(sums[:, 0], sums[:, 1]):
        p_value = 1.0
    else:
        outcome = scipy_test(
            (sums[:, 0], sums[:, 1]),
            lambda x, y, axis: np.sum(x - y, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=resamples,
            batch=max(1, 2_000_000 // count),
            rng=np.random.default_rng(seed),
        )
        p_value = float(outcome.pvalue)
    return PairedTest(
        "paired permutation",
        difference,
        p_value,
        a.size,
        count,
        first_only=int(np.sum(a > b)),
        second_only=int(np.sum(b > a)),
    )
