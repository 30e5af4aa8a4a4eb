"""One answer to "is the first better than the second": test, size, certainty, and what it would take to know."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.statistics.arrays import level_in_range
from workbench.statistics.interval import Interval
from workbench.statistics.means import clustered_error, clustered_interval
from workbench.statistics.paired import PairedTest, mcnemar, pair_up, permutation_test
from workbench.statistics.planning import standard_errors

EffectVerdict = Literal["first is higher", "second is higher", "not distinguishable"]


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """A difference between two models on the same items.

    Attributes
    ----------
    test
        Exact McNemar for right-or-wrong scores of independent items, else the paired permutation test.
    interval
        Of the mean difference, first minus second, for items like these; in the units of the scores (times 100 for
        percentage points).
    verdict
        By the test alone, at the interval's level; nothing is corrected for testing several pairs.
    needed
        Items that would show a difference as large as the one seen, with the power asked for; None where it is seen
        already, where no difference was seen, or where its spread is unknown.
    """

    test: PairedTest
    interval: Interval
    verdict: EffectVerdict
    needed: int | None

    @property
    def words(self) -> str:
        """The verdict as a clause, with what it would take to know."""
        if self.verdict != "not distinguishable":
            return self.verdict
        about = f"; about {self.needed:,} items would be needed" if self.needed is not None else ""
        return f"not distinguishable at n = {self.test.n:,}{about}"


def paired_effect(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    power: float = 0.8,
    resamples: int = 9999,
    seed: int = 0,
) -> PairedEffect:
    """Return test, interval and verdict of the difference between two models.

    Parameters
    ----------
    first, second
        Scores on the same items in the same order, [items].
    groups
        Label of each item's group; empty labels and None: items are independent.
    level, power
        Confidence level, and the probability of seeing a difference for which `PairedEffect.needed` items are counted.
    resamples, seed
        Of the permutation test, where it cannot try all.

    Raises
    ------
    BadInput
        When the scores do not pair up or are not finite, or `level` or `power` lies outside 0…1.

    Notes
    -----
    `needed` scales the standard error seen: n (s (z_{level} + z_{power}) / d)², rounded up to two digits, since a
    difference that is barely seen is barely known (Miller 2024, arXiv 2411.00640, section 5).
    """
    a, b = pair_up(first, second)
    level_in_range(level)
    found = clustered_error(a - b, groups)
    binary = bool(np.isin(a, (0.0, 1.0)).all() and np.isin(b, (0.0, 1.0)).all())
    if binary and found.groups == found.n:
        test = mcnemar(a, b)
    else:
        test = permutation_test(a, b, groups, resamples=resamples, seed=seed)
    verdict: EffectVerdict = "not distinguishable"
    if test.p_value < 1 - level:
        verdict = "first is higher" if test.difference > 0 else "second is higher"
    return PairedEffect(
        test=test,
        interval=clustered_interval(a - b, groups, level=level),
        verdict=verdict,
        needed=_needed(found.error, test, level, power) if verdict == "not distinguishable" else None,
    )


def _needed(error: float, test: PairedTest, level: float, power: float) -> int | None:
    reach = standard_errors(level, power)
    if not error > 0 or test.difference == 0:
        return None
    exact = test.n * (error * reach / test.difference) ** 2
    unit = int(10 ** max(0, math.floor(math.log10(exact)) - 1))
    return max(math.ceil(exact / unit) * unit, test.n + 1)
