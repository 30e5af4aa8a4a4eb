"""Intervals of a mean from its standard error: independent items, items in groups, and repeated sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, finite_values, group_indices, level_in_range
from workbench.statistics.domain import too_few
from workbench.statistics.interval import Interval, Population

_TABLE = 2  # dimensions


@dataclass(frozen=True, slots=True)
class MeanError:
    """A mean and how sure it is.

    Attributes
    ----------
    mean
        Of all items, whatever groups they form.
    error
        Its standard error; NaN with one group.
    freedom
        Degrees of freedom of Student's t that go with it; not a whole number where groups differ in size.
    n, groups
        Items, and independent groups among them.
    """

    mean: float
    error: float
    freedom: float
    n: int
    groups: int


def clustered_error(values: ArrayLike, groups: Sequence[str] | None = None) -> MeanError:
    """Return the cluster-robust standard error of a mean, corrected for few clusters.

    Parameters
    ----------
    values
        Scores, [items].
    groups
        Label of each item's group (passage, translation source). Empty labels and None: each item stands alone, and
        the error is the ordinary one, sd/√n with n-1 degrees of freedom.

    Raises
    ------
    BadInput
        Without values, with one that is not finite, or with labels that do not pair up.

    Notes
    -----
    CR2 of Bell & McCaffrey 2002, Survey Methodology 28, with Satterthwaite degrees of freedom (Pustejovsky & Tipton
    2018, JBES 36), both for a regression on a constant, where they have a closed form. With S_g the sum and n_g the
    size of group g, m the mean and w_g = n_g/n: variance = Σ (S_g - n_g m)²/(1 - w_g) / n²; degrees of freedom =
    1 / (Σ w_g² + Σ_{g≠h} w_g² w_h² / ((1 - w_g)(1 - w_h))). Clustering of evaluations: Miller 2024, arXiv 2411.00640.
    """
    array = finite_values(values)
    indices = group_indices(groups, array.size)
    sizes = np.bincount(indices).astype(np.float64)
    mean = float(array.mean())
    if sizes.size == 1:
        return MeanError(mean, math.nan, math.nan, array.size, 1)
    weights = sizes / array.size
    away = np.bincount(indices, weights=array - mean)  # summed residuals: no cancellation of large sums
    variance = float(np.sum(away**2 / (1 - weights))) / array.size**2
    pull = weights**2 / (1 - weights)
    freedom = 1.0 / float(np.sum(weights**2) + pull.sum() ** 2 - np.sum(pull**2))
    return MeanError(mean, math.sqrt(variance), freedom, array.size, sizes.size)


def t_quantile(level: float, freedom: float) -> float:
    """Return how many standard errors a two-sided interval at `level` reaches."""
    from scipy.stats import t

    level_in_range(level)
    return float(t.ppf((1 + level) / 2, freedom))


def clustered_interval(values: ArrayLike, groups: Sequence[str] | None, *, level: float = 0.95) -> Interval:
    """Return Student's t interval of a mean whose items come in groups, for items and groups like these.

    Without bounds, and with the reason in `Interval.note`, below 20 groups, below 10 right or 10 wrong answers, and
    where all scores are the same; for right-or-wrong scores of independent items use `wilson`.

    Parameters
    ----------
    values
        Scores, [items].
    groups
        Label of each item's group; see `clustered_error`, which also names the source.
    level
        Confidence level.

    Raises
    ------
    BadInput
        Without values, with one that is not finite, or with labels that do not pair up.
    """
    array = finite_values(values)
    level_in_range(level)
    found = clustered_error(array, groups)
    note = too_few(array, found.groups)
    if note:
        return Interval(found.mean, None, None, level, "", found.n, found.groups, note=note)
    half = t_quantile(level, found.freedom) * found.error
    method = "t" if found.groups == found.n else "clustered t"
    return Interval(found.mean, found.mean - half, found.mean + half, level, method, found.n, found.groups)


def t_interval(values: ArrayLike, *, level: float = 0.95, of: int | None = None) -> Interval:
    """Return Student's t interval of the mean of independent scores.

    Parameters
    ----------
    values
        Scores, [items].
    level
        Confidence level.
    of
        How many items the benchmark holds, when `values` are a random part of it and the question is what all of it
        would have given: the error shrinks by √(1 - n/of), to nothing when every item was asked. None: the question
        is about items like these, and nothing shrinks.

    Raises
    ------
    BadInput
        Without values, with one that is not finite, or with fewer items in the benchmark than were asked.

    Notes
    -----
    Student 1908, Biometrika 6; the finite-population correction: Cochran 1977, *Sampling Techniques*, section 2.6.
    Outside its domain (see `clustered_interval`) there are no bounds.
    """
    array = finite_values(values)
    if of is None:
        return clustered_interval(array, None, level=level)
    level_in_range(level)
    if of < array.size:
        raise BadInput(f"{array.size} items were asked of a benchmark of {of}")
    population: Population = "these items"
    mean, n = float(array.mean()), array.size
    if of == n:
        return Interval(mean, mean, mean, level, "t", n, n, population, "exact: every item was asked")
    found = clustered_interval(array, None, level=level)
    if found.low is None or found.high is None:
        return Interval(mean, None, None, level, "", n, n, population, found.note)
    half = (found.high - found.low) / 2 * math.sqrt(1 - n / of)
    return Interval(mean, mean - half, mean + half, level, "t", n, n, population)


def repeats_interval(scores: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the interval of the mean over exactly these items, whose answers were sampled several times each.

    Items are fixed; what varies is the sampling of answers alone. When answers are deterministic the interval is a
    point, rightly: on these items the score is known.

    Parameters
    ----------
    scores
        Shape [items, repeats], at least two repeats.
    level
        Confidence level.

    Raises
    ------
    BadInput
        When the shape is another, or a score is not finite.

    Notes
    -----
    Variance of the mean = Σ s_i² / (r n²), s_i² the variance among the r repeats of item i, with Welch–Satterthwaite
    degrees of freedom (r-1) (Σ s_i²)² / Σ s_i⁴ (Satterthwaite 1946, Biometrics Bulletin 2).
    """
    table = np.asarray(scores, dtype=np.float64)
    level_in_range(level)
    if table.ndim != _TABLE or table.size == 0 or table.shape[1] < 2:  # noqa: PLR2004 — one repeat shows no spread
        raise BadInput(f"scores must have shape [items, repeats] with two repeats or more, and have {table.shape}")
    _all_finite(table)
    items, repeats = table.shape
    spread = table.var(axis=1, ddof=1)
    mean, total = float(table.mean()), float(spread.sum())
    if total == 0:
        return Interval(
            mean, mean, mean, level, "t over repeats", items, items, "these items", "exact: no repeat differs"
        )
    freedom = (repeats - 1) * total**2 / float(np.sum(spread**2))
    half = t_quantile(level, freedom) * math.sqrt(total / repeats) / items
    return Interval(mean, mean - half, mean + half, level, "t over repeats", items, items, "these items")


def design_effect(values: ArrayLike, groups: Sequence[str] | None) -> float:
    """Return how many times larger the variance of the mean is than if every item stood alone; 1 where it is unknown.

    Raises
    ------
    BadInput
        As `clustered_error`.

    Notes
    -----
    Kish 1965, *Survey Sampling*, section 8.2. Divide the number of items by it: so many independent ones say as much.
    """
    array: Floats = finite_values(values)
    grouped, alone = clustered_error(array, groups), clustered_error(array)
    if grouped.groups == 1 or alone.groups == 1 or alone.error == 0:
        return 1.0
    return (grouped.error / alone.error) ** 2


def _all_finite(table: Floats) -> None:
    bad = np.argwhere(~np.isfinite(table))
    if bad.size:
        place = tuple(int(index) for index in bad[0])
        raise BadInput(f"scores hold {table[place]} at {list(place)}", remedy="Leave out items without a score.")
