"""Where an interval from means and variances holds, and the words for where it does not."""

from __future__ import annotations

import numpy as np

from workbench.statistics.arrays import Floats

FEWEST_OUTCOMES = 10
"""Right answers, and wrong ones, below which a share is too skewed for a t interval."""
FEWEST_GROUPS = 20
"""Independent items or groups below which their spread is known too badly."""


def too_few(values: Floats, groups: int) -> str:
    """Return why a t or bootstrap interval of the mean of `values` is not given, or "" where it is.

    Parameters
    ----------
    values
        Scores, [items], finite.
    groups
        How many independent groups they form; as many as items where each stands alone.

    Notes
    -----
    The two limits are those inside which `make calibration` shows the intervals to cover (docs/statistics.md).
    """
    if groups < FEWEST_GROUPS:
        return few_groups(values.size, groups, FEWEST_GROUPS)
    if bool(np.isin(values, (0.0, 1.0)).all()):
        right = int(values.sum())
        rarer = min(right, values.size - right)
        if rarer < FEWEST_OUTCOMES:
            which = "right" if right <= values.size - right else "wrong"
            return f"too few to say: {rarer} {which} answers, of which {FEWEST_OUTCOMES} are needed"
    elif float(values.min()) == float(values.max()):
        return "too few to say: all scores are the same, which does not show how others would differ"
    return ""


def few_groups(items: int, groups: int, needed: int) -> str:
    """Return in words that there are fewer groups, or items where each stands alone, than are needed."""
    what = "items" if groups == items else "independent groups"
    return f"too few to say: {groups} {what}, of which {needed} are needed"
