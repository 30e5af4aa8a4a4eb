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

_SAME = 1e-12  # of the sum of all differences
_CELLS = 2_000_000  # signs held at once: 16 MB


@dataclass(frozen=True, slots=True)
class PairedTest:
    """The outcome of a paired test.

    Attributes
    ----------
    method
        ``exact McNemar``, ``paired permutation``, ``paired t``, ``clustered paired t`` or ``paired bootstrap-t``.
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


def pair_up(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Return the scores of two models on the same items as arrays of equal length.

    Raises
    ------
    BadInput
        When they are empty, not finite, or not as many on both sides.
    """
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
    a, b = pair_up(first, second)
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

    a, b = pair_up(first, second)
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
        When the scores do not pair up or are not finite, or fewer than one permutation is to be drawn.

    Notes
    -----
    Fisher's paired randomisation test (Fisher 1935, *The Design of Experiments*). Groups that do not differ change
    nothing when they are swapped and are left out; of the others all 2^k swaps where that is at most `resamples`, else
    so many drawn ones, with the observed one counted among them: (as extreme + 1)/(drawn + 1), which is never 0
    (Phipson & Smyth 2010, Statistical Applications in Genetics 9).
    """
    a, b = pair_up(first, second)
    if resamples < 1:
        raise BadInput(f"{resamples} permutations cannot be drawn")
    sums = group_sums((a - b)[:, None], groups)[:, 0]
    return PairedTest(
        "paired permutation",
        float(np.mean(a - b)),
        _swapped(sums[np.abs(sums) > _SAME], resamples, seed),
        a.size,
        sums.size,
        first_only=int(np.sum(a > b)),
        second_only=int(np.sum(b > a)),
    )


def _swapped(differences: Floats, resamples: int, seed: int) -> float:
    """Return the two-sided p-value of a sum of differences whose signs are arbitrary."""
    count = differences.size
    if count == 0:
        return 1.0
    # Sums that are equal by arithmetic may differ in their last bits, and count as equal.
    seen = abs(float(differences.sum())) - _SAME * float(np.abs(differences).sum())
    every = 2**count if count < resamples.bit_length() + 1 else 0
    if 0 < every <= resamples:
        # The first sign is kept: turning all of them round changes no absolute sum.
        patterns = np.arange(every // 2)[:, None] >> np.arange(count - 1)[None, :] & 1
        totals = differences[0] + (1.0 - 2.0 * patterns) @ differences[1:]
        return float(np.mean(np.abs(totals) >= seen))
    generator = np.random.default_rng(seed)
    block, extreme, done = max(1, _CELLS // count), 0, 0
    while done < resamples:
        size = min(block, resamples - done)
        signs = generator.integers(0, 2, size=(size, count), dtype=np.int8).astype(np.float64)
        totals = 2.0 * (signs @ differences) - differences.sum()
        extreme += int(np.count_nonzero(np.abs(totals) >= seen))
        done += size
    return (extreme + 1) / (resamples + 1)
