"""Paired tests from the standard error of a difference: Student's t, and the bootstrap of that same t."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, finite_values, level_in_range
from workbench.statistics.bootstrap import RESAMPLES, group_sums, resampled_totals
from workbench.statistics.domain import too_few
from workbench.statistics.interval import Interval
from workbench.statistics.means import clustered_error
from workbench.statistics.paired import PairedTest, pair_up

NOT_TESTED = 1.0


def paired_t(first: ArrayLike, second: ArrayLike, groups: Sequence[str] | None = None) -> PairedTest:
    """Test whether two models score equally by the t of their mean difference, robust to groups.

    Where all differences are the same, or there is one group, nothing can be said and the p-value is 1.

    Parameters
    ----------
    first, second
        Scores on the same items in the same order, [items].
    groups
        Label of each item's group; see `clustered_error`, which gives error, degrees of freedom and sources.

    Raises
    ------
    BadInput
        When the scores do not pair up or are not finite.
    """
    from scipy.stats import t

    a, b = pair_up(first, second)
    found = clustered_error(a - b, groups)
    p_value = NOT_TESTED
    if found.groups > 1 and found.error > 0:
        p_value = float(2 * t.sf(abs(found.mean) / found.error, found.freedom))
    method = "paired t" if found.groups == found.n else "clustered paired t"
    return _tested(method, a, b, p_value, found.groups)


def bootstrap_t_test(
    first: ArrayLike,
    second: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> PairedTest:
    """Test whether two models score equally by resampling groups of items and taking t anew in each resample.

    A percentile bootstrap of few groups finds too much; that of t does not. Where all differences are the same, or
    there is one group, nothing can be said and the p-value is 1.

    Raises
    ------
    BadInput
        When the scores do not pair up or are not finite, or fewer than one resample is to be drawn.

    Notes
    -----
    Efron & Tibshirani 1993, section 12.5, symmetric: the share of resamples, the observed one among them, whose
    absolute t about the observed mean is as large as the observed one about 0.
    """
    a, b = pair_up(first, second)
    mean, error, drawn = _studentised(a - b, groups, resamples, seed)
    p_value = NOT_TESTED
    if error > 0:
        p_value = (int(np.count_nonzero(drawn >= abs(mean) / error)) + 1) / (drawn.size + 1)
    return _tested("paired bootstrap-t", a, b, p_value, clustered_error(a - b, groups).groups)


def bootstrap_t_interval(
    values: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Return the symmetric bootstrap-t interval of a mean; of differences, give ``first - second``.

    Without bounds outside the domain of `clustered_interval`, with the reason in `Interval.note`.

    Raises
    ------
    BadInput
        Without values, with one that is not finite, or with labels that do not pair up.

    Notes
    -----
    Efron & Tibshirani 1993, section 12.5; Hall 1988, Annals of Statistics 16, on why it covers better.
    """
    array = finite_values(values)
    level_in_range(level)
    found = clustered_error(array, groups)
    note = too_few(array, found.groups)
    if note:
        return Interval(found.mean, None, None, level, "", found.n, found.groups, note=note)
    mean, error, drawn = _studentised(array, groups, resamples, seed)
    half = float(np.quantile(drawn, level)) * error
    if not math.isfinite(half):
        note = "too few to say: most resamples of these scores show no spread"
        return Interval(mean, None, None, level, "", found.n, found.groups, note=note)
    return Interval(mean, mean - half, mean + half, level, "bootstrap-t", found.n, found.groups)


def _studentised(
    values: Floats, groups: Sequence[str] | None, resamples: int, seed: int
) -> tuple[float, float, Floats]:
    """Return mean, its error and the absolute t of each resample about that mean; error 0: there is none."""
    if resamples < 1:
        raise BadInput(f"{resamples} resamples cannot be drawn")
    sums = group_sums(np.column_stack([values, np.ones_like(values)]), groups)
    total, size = sums[:, 0], sums[:, 1]
    # A resample's t needs nothing but these five sums over its groups.
    squares = np.column_stack([total, size, total**2, total * size, size**2])
    mean, error = (float(part[0]) for part in _mean_and_error(squares.sum(axis=0, keepdims=True), len(sums)))
    if len(sums) == 1 or not error > _NOTHING:
        return mean, 0.0, np.empty(0)
    drawn = [_mean_and_error(block, len(sums)) for block in resampled_totals(squares, resamples, seed)]
    means, errors = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    away = np.abs(means - mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = away / errors
    # All groups of a resample alike: no spread, so t is 0 where its mean is the observed one, else beyond all bounds.
    return mean, error, np.where(errors > _NOTHING, ratios, np.where(away > _NOTHING, np.inf, 0.0))


_NOTHING = 1e-12


def _mean_and_error(totals: Floats, groups: int) -> tuple[Floats, Floats]:
    sums, sizes, squared, crossed, sized = totals.T
    means = sums / sizes
    away = np.maximum(squared - 2 * means * crossed + means**2 * sized, 0.0)
    return means, np.sqrt(away * groups / max(groups - 1, 1)) / sizes


def _tested(method: str, a: Floats, b: Floats, p_value: float, groups: int) -> PairedTest:
    return PairedTest(
        method,
        float(np.mean(a - b)),
        p_value,
        a.size,
        groups,
        first_only=int(np.sum(a > b)),
        second_only=int(np.sum(b > a)),
    )
