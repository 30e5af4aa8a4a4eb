"""Intervals that hold at every look: one may stop asking as soon as they say enough.

An ordinary interval is right 95 times in 100 if it is looked at once. Whoever looks after every item and stops when
it says what he hoped for is wrong far more often. A confidence sequence is right at all looks together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, Integers, finite_values, group_indices, level_in_range
from workbench.statistics.interval import Interval, Population

BOLDNESS = 0.5
"""Share of its capital that a bet may lose at most."""
GRID = 1001
_CELLS = 1_000_000  # numbers held at once in each of a handful of tables: 8 MB
_EDGE = 1e-9
METHOD = "betting confidence sequence"


@dataclass(frozen=True, slots=True)
class ConfidenceSequence:
    """Bounds of a mean after each unit; with probability `level` the mean lies within all of them.

    Attributes
    ----------
    low, high
        Shape [units]: bounds once so many units are known, never wider than before.
    means
        Shape [units]: the mean so far.
    of
        How many units there are altogether; None: they are drawn from a source without end.
    level
        Confidence level, of all bounds together.
    """

    low: Floats
    high: Floats
    means: Floats
    of: int | None
    level: float

    def at(self, units: int) -> Interval:
        """Return the interval once `units` are known, which is the last one as well as any other.

        Raises
        ------
        BadInput
            When so many are not known yet, or none are asked for.
        """
        if not 1 <= units <= self.means.size:
            raise BadInput(f"there are bounds after 1 to {self.means.size} units, and not after {units}")
        low, high, mean = (float(part[units - 1]) for part in (self.low, self.high, self.means))
        population: Population = "items like these" if self.of is None else "these items"
        note = "exact: every unit was asked" if units == self.of else ""
        return Interval(mean, low, high, self.level, METHOD, units, units, population, note)


def confidence_sequence(
    values: ArrayLike,
    *,
    of: int | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
    grid: int = GRID,
) -> ConfidenceSequence:
    """Return bounds of the mean that hold however often they are looked at.

    Parameters
    ----------
    values
        Scores in the order they came in, each from `low` to `high`, shape [units]. The order must have been drawn
        uniformly at random without regard to the scores. Where items share a passage the unit is the group: see
        `cluster_means`. For two models give ``first - second`` with ``low=-1``.
    of
        How many units the benchmark holds, all of them equally likely to come next: the bounds are of its mean, and
        close upon it when it has been asked whole. None: the bounds are of the mean of units like these.
    level
        Confidence level, of all bounds together.
    low, high
        What a score can be.
    grid
        How many means are tried; bounds are rounded outwards to the next.

    Raises
    ------
    BadInput
        Without values; when one is not finite or lies outside `low`…`high`; when there are more than `of`.

    Notes
    -----
    Betting with the approximate GRAPA strategy, without replacement: Waudby-Smith & Ramdas 2024, "Estimating means of
    bounded random variables by betting", JRSS B 86, sections 5 and B.3. Against each possible mean m one bets, before
    each unit, (a - m)/(v + (a - m)²) on its lying above m, with a and v mean and variance of the units before, cut so
    that no more than half of the capital can be lost. Under the true mean the capital is a martingale, and by Ville's
    inequality it ever grows 1/(1-level) times with probability at most 1 - level. Without replacement m is what the
    remaining units would have to be on average.
    """
    units = _on_unit_scale(values, of, low, high)
    level_in_range(level)
    if grid < 2:  # noqa: PLR2004 — two ends
        raise BadInput(f"a grid of {grid} means has no two ends")
    means = np.linspace(0.0, 1.0, grid)
    first, last = _kept(units, means, of, level)
    step = 1.0 / (grid - 1)
    below, above = np.clip(first * step - step, 0.0, 1.0), np.clip(last * step + step, 0.0, 1.0)
    count = np.arange(1, units.size + 1)
    seen = np.cumsum(units)
    if of is not None:  # what is still to come cannot take the mean further than this
        below, above = np.maximum(below, seen / of), np.minimum(above, (seen + of - count) / of)
    below, above = _never_wider(below, above)
    if of == units.size:
        below[-1] = above[-1] = seen[-1] / of
    scale = high - low
    return ConfidenceSequence(low + scale * below, low + scale * above, low + scale * seen / count, of, level)


def log_wealth(values: ArrayLike, mean: float, *, of: int | None = None, low: float = 0.0, high: float = 1.0) -> Floats:
    """Return the logarithm of the capital won against `mean` after each unit, [units]: the evidence that it is wrong.

    Once it has reached -log(1 - level) the mean is refuted at `level`, whatever comes later; infinite where the mean is
    no longer possible.

    Raises
    ------
    BadInput
        As `confidence_sequence`, or when `mean` lies outside `low`…`high`.
    """
    units = _on_unit_scale(values, of, low, high)
    if not low <= mean <= high:
        raise BadInput(f"a mean of scores from {low} to {high} cannot be {mean}")
    return _log_wealth(units, np.array([(mean - low) / (high - low)]), of)[:, 0]


def cluster_means(values: ArrayLike, groups: Sequence[str] | None) -> Floats:
    """Return the mean of each group, in the order in which the groups first appear: the units of a sequence.

    Their mean gives every group the same weight, however many items it holds.

    Raises
    ------
    BadInput
        Without values, with one that is not finite, or with labels that do not pair up.
    """
    array = finite_values(values)
    indices = group_indices(groups, array.size)
    return np.asarray(np.bincount(indices, weights=array) / np.bincount(indices), dtype=np.float64)


def _on_unit_scale(values: ArrayLike, of: int | None, low: float, high: float) -> Floats:
    array = finite_values(values)
    if not low < high:
        raise BadInput(f"scores from {low} to {high} leave no room")
    outside = np.flatnonzero((array < low) | (array > high))
    if outside.size:
        raise BadInput(
            f"score {outside[0]} is {array[outside[0]]}, and lies outside {low} to {high}",
            remedy="Name the range of the scores in low and high; scores without a range cannot be stopped on.",
        )
    if of is not None and of < array.size:
        raise BadInput(f"{array.size} units were asked of a benchmark of {of}")
    return np.asarray((array - low) / (high - low), dtype=np.float64)


def _log_wealth(units: Floats, means: Floats, of: int | None) -> Floats:
    """Return log of the capital won against each mean after each unit: [units, means]."""
    count = np.arange(units.size)
    before = np.concatenate([[0.0], np.cumsum(units)[:-1]])
    expected = np.broadcast_to(means[None, :], (units.size, means.size))
    if of is not None:  # what the next unit must be on average, were this the mean of all
        expected = (of * means[None, :] - before[:, None]) / (of - count)[:, None]
    impossible = (expected < -_EDGE) | (expected > 1 + _EDGE)
    expected = np.clip(expected, _EDGE, 1 - _EDGE)
    known, spread = (table[:, None] for table in _known_before(units))
    lead = known - expected
    stake = np.clip(lead / (spread + lead**2), -BOLDNESS / (1 - expected), BOLDNESS / expected)
    wealth = np.cumsum(np.log1p(stake * (units[:, None] - expected)), axis=0)
    return np.asarray(np.where(impossible, np.inf, wealth))


def _known_before(units: Floats) -> tuple[Floats, Floats]:
    """Return mean and variance of the units before each, each begun as if one unit of 1/2 ± 1/2 had gone before."""
    count = np.arange(1, units.size + 1)
    means = (0.5 + np.cumsum(units)) / (count + 1)
    spread = (0.25 + np.cumsum((units - means) ** 2)) / (count + 1)
    return np.concatenate([[0.5], means[:-1]]), np.concatenate([[0.25], spread[:-1]])


def _kept(units: Floats, means: Floats, of: int | None, level: float) -> tuple[Integers, Integers]:
    """Return the first and last mean of the grid that stands after each unit; where none does, first exceeds last."""
    bound = -math.log(1 - level)
    first, last = np.full(units.size, means.size, dtype=np.int64), np.full(units.size, -1, dtype=np.int64)
    block = max(1, _CELLS // units.size)
    for start in range(0, means.size, block):
        kept = _log_wealth(units, means[start : start + block], of) < bound
        some = kept.any(axis=1)
        np.minimum(first, np.where(some, start + kept.argmax(axis=1), means.size), out=first)
        np.maximum(last, np.where(some, start + kept.shape[1] - 1 - kept[:, ::-1].argmax(axis=1), -1), out=last)
    return first, last


def _never_wider(low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the running intersection of bounds; where nothing is left, the last bounds that left something stay."""
    low, high = np.maximum.accumulate(low), np.minimum.accumulate(high)
    empty = low > high
    if empty.any():
        place = int(empty.argmax())
        at = max(place - 1, 0)
        low[place:], high[place:] = low[at], high[at]
    return low, high
