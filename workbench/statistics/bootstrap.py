"""Bootstrap intervals of anything that is a function of sums over items.

An accuracy is a sum of credits over a count, bits per byte a sum of bits over a sum of bytes, chrF and BLEU
functions of summed n-gram counts, F1 and MCC functions of a summed confusion matrix. So one resampler serves
all: each item is a row of numbers, a resample adds rows up, and `finish` turns the sums into the score. Items of
one group (a passage, a translation source) are drawn together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, finite_values, group_indices, level_in_range, same_length
from workbench.statistics.domain import few_groups
from workbench.statistics.interval import Interval

Finish = Callable[[Floats], Floats]
"""From sums of shape [resamples, columns] to scores of shape [resamples]."""
Method = Literal["percentile", "BCa"]

RESAMPLES = 2000
_MATRIX = 2  # dimensions
_CELLS = 4_000_000  # drawn indices held at once: 32 MB


def group_sums(matrix: ArrayLike, groups: Sequence[str] | None) -> Floats:
    """Return the rows of `matrix` added up by group: shape [groups, columns].

    Raises
    ------
    BadInput
        When the matrix is empty, not two-dimensional, or holds NaN or infinity.
    """
    rows = np.asarray(matrix, dtype=np.float64)
    if rows.ndim != _MATRIX or rows.size == 0:
        raise BadInput(f"per-item statistics must have shape [items, columns], and have {rows.shape}")
    if not np.isfinite(rows).all():
        bad = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise BadInput(f"item {bad} has a statistic that is not a finite number")
    indices = group_indices(groups, len(rows))
    sums = np.zeros((int(indices.max()) + 1, rows.shape[1]))
    np.add.at(sums, indices, rows)
    return sums


def resampled_totals(sums: Floats, resamples: int, seed: int | Sequence[int]) -> Iterator[Floats]:
    """Yield blocks of column sums over resampled rows, [block, columns]: `resamples` of them altogether."""
    generator = np.random.default_rng(seed)
    count = len(sums)
    block = max(1, min(resamples, _CELLS // count))
    done = 0
    while done < resamples:
        size = min(block, resamples - done)
        drawn = generator.integers(0, count, size=(size, count))
        drawn += np.arange(size)[:, None] * count
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        yield times @ sums
        done += size


def bootstrap_sums(
    matrix: ArrayLike,
    finish: Finish,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: Method = "percentile",
    fewest: int = 2,
) -> Interval:
    """Return the bootstrap interval of ``finish(sum of rows)``.

    Parameters
    ----------
    matrix
        One row of sufficient statistics an item: [items, columns].
    finish
        Vectorised: [resamples, columns] → [resamples].
    groups
        Label of each item's group; groups are resampled whole. Empty labels and None: items are independent.
    level, resamples, seed
        Confidence level, number of resamples, seed of the generator.
    method
        ``percentile``, or ``BCa`` (bias-corrected and accelerated), which also follows a skewed statistic.
    fewest
        Groups below which there are no bounds; `make calibration` vouches for 20 and more.

    Raises
    ------
    BadInput
        On statistics that are empty or not finite, labels that do not pair up, an unknown method.

    Notes
    -----
    Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, chapters 13 and 14; resampling whole clusters:
    Davison & Hinkley 1997, *Bootstrap Methods and their Application*, section 3.8. With few groups (say ten) any
    bootstrap interval is too narrow.
    """
    _checked(level, method, resamples)
    sums = group_sums(matrix, groups)
    n, count = len(np.asarray(matrix)), len(sums)
    value = float(finish(sums.sum(axis=0, keepdims=True))[0])
    note = "" if np.isfinite(value) else "the score does not exist for these items"
    if count < max(fewest, 2):  # one group cannot say how groups differ
        note = few_groups(n, count, max(fewest, 2))
    if note:
        return Interval(value, None, None, level, "", n, count, note=note)
    drawn = np.concatenate([finish(block) for block in resampled_totals(sums, resamples, seed)])
    drawn = drawn[np.isfinite(drawn)]  # a resample in which the statistic does not exist (no item of a class)
    if drawn.size < resamples / 2:
        note = "too few to say: the score does not exist in most resamples"
        return Interval(value, None, None, level, "", n, count, note=note)
    shares = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "BCa":
        shares = _bca_shares(sums, finish, drawn, value, shares)
    low, high = np.quantile(drawn, shares)
    kind = ("" if count == n else "cluster ") + ("BCa bootstrap" if method == "BCa" else "bootstrap")
    return Interval(value, float(low), float(high), level, kind, n, count)


def _checked(level: float, method: str, resamples: int) -> None:
    level_in_range(level)
    if method not in ("percentile", "BCa"):
        raise BadInput(f"there is no bootstrap method {method!r}", remedy="Use percentile or BCa.")
    if resamples < 1:
        raise BadInput(f"{resamples} resamples cannot be drawn")


def _bca_shares(sums: Floats, finish: Finish, drawn: Floats, value: float, shares: Floats) -> Floats:
    """Return the bias-corrected and accelerated shares at which to cut (Efron & Tibshirani 1993, eq. 14.10)."""
    from scipy.stats import norm

    below = np.mean(drawn < value) + np.mean(drawn == value) / 2
    left_out = finish(sums.sum(axis=0) - sums)
    if not 0 < below < 1 or not np.isfinite(left_out).all():
        return shares
    away = left_out.mean() - left_out
    spread = np.sum(away**2) ** 1.5
    acceleration = 0.0 if spread == 0 else np.sum(away**3) / (6 * spread)
    bias = norm.ppf(below)
    moved = bias + norm.ppf(shares)
    return np.asarray(norm.cdf(bias + moved / (1 - acceleration * moved)), dtype=np.float64)


def _ratio(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1])


def bootstrap_interval(
    values: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: Method = "percentile",
) -> Interval:
    """Return the bootstrap interval of a mean; see `bootstrap_sums` for the parameters and sources."""
    array = finite_values(values)
    matrix = np.column_stack([array, np.ones_like(array)])
    return bootstrap_sums(matrix, _ratio, groups, level=level, resamples=resamples, seed=seed, method=method)


def ratio_interval(
    numerators: ArrayLike,
    denominators: ArrayLike,
    groups: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
    method: Method = "percentile",
) -> Interval:
    """Return the bootstrap interval of a ratio of sums, e.g. bits over bytes.

    Raises
    ------
    BadInput
        When the lists do not pair up or the denominators add up to nothing.
    """
    top, bottom = finite_values(numerators, "numerators"), finite_values(denominators, "denominators")
    same_length(top, bottom)
    if bottom.sum() == 0:
        raise BadInput("the denominators of a ratio add up to 0")
    matrix = np.column_stack([top, bottom])
    return bootstrap_sums(matrix, _ratio, groups, level=level, resamples=resamples, seed=seed, method=method)
