"""The interval that suits a mean of item scores, whatever they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.statistics.arrays import finite_values, group_indices
from workbench.statistics.interval import Interval, wilson
from workbench.statistics.means import clustered_interval


def mean_interval(values: ArrayLike, groups: Sequence[str] | None = None, *, level: float = 0.95) -> Interval:
    """Return the interval that suits a mean of item scores, for items like these.

    Right-or-wrong scores of independent items get Wilson's interval; fractional credit (a tie of two earns 0.5) and
    grouped items get Student's t, robust to groups. Where there are too few for that, scores from 0 to 1 get Wilson's
    interval with as many items as there are effective groups: wider than need be, and never narrower. Scores beyond
    0 and 1 then get no bounds, and neither does a single group.

    Parameters
    ----------
    values
        Scores, [items].
    groups
        Label of each item's group; empty labels and None: items are independent.
    level
        Confidence level.

    Raises
    ------
    BadInput
        On values that are missing, not finite, or do not pair up with their groups.

    Notes
    -----
    A mean of scores in 0…1 varies most when they are all 0 or 1 and groups are all of one kind: then its variance is
    p(1-p)/m, with m = 1/Σ(n_g/n)² effective groups (Kish 1965, *Survey Sampling*, section 11.7).
    """
    array = finite_values(values)
    sizes = np.bincount(group_indices(groups, array.size))
    alone = sizes.size == array.size
    if alone and bool(np.isin(array, (0.0, 1.0)).all()):
        return wilson(int(array.sum()), array.size, level)
    found = clustered_interval(array, groups, level=level)
    if found.low is not None or sizes.size == 1 or float(array.min()) < 0 or float(array.max()) > 1:
        return found
    effective = 1.0 / float(np.sum((sizes / array.size) ** 2))
    low, high = _bounds(found.value, effective, level)
    method = "wilson on scores" if alone else "wilson on groups"
    return Interval(found.value, low, high, level, method, found.n, found.groups, note=found.note)


def _bounds(share: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's bounds; neither share nor number need come from whole ones."""
    from scipy.stats import norm

    square = float(norm.ppf((1 + level) / 2)) ** 2 / n
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(square * (share * (1 - share) + square / 4)) / (1 + square)
    return max(0.0, middle - half), min(1.0, middle + half)
