"""An interval, and the one for a share of right answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.errors import BadInput
from workbench.statistics.arrays import level_in_range

Population = Literal["items like these", "these items"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its confidence interval.

    Attributes
    ----------
    value
        The estimate itself.
    low, high
        Bounds; None when they cannot be had, never a guess: `note` says why.
    level
        Confidence level, e.g. 0.95.
    method
        ``wilson``, ``t``, ``clustered t``, ``bootstrap``…; empty without bounds.
    n, groups
        Items, and independent groups among them.
    population
        Whom the bounds speak of: ``items like these`` (others of the same kind, the usual question about a model), or
        ``these items`` (the benchmark itself, of which only some were asked, or whose answers are sampled).
    note
        Why there are no bounds ("too few to say: …") or only cautious ones, or what makes them exact; empty otherwise.
    """

    value: float
    low: float | None
    high: float | None
    level: float
    method: str
    n: int
    groups: int
    population: Population = "items like these"
    note: str = ""


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Return the Wilson score interval of a proportion.

    Parameters
    ----------
    successes, n
        Right answers, and answers; whole numbers. For fractional credit see `mean_interval`.
    level
        Confidence level.

    Raises
    ------
    BadInput
        When `n` is not positive or `successes` lies outside 0…n.

    Notes
    -----
    Wilson 1927, "Probable inference, the law of succession, and statistical inference", JASA 22. Unlike the
    normal interval it stays inside 0…1 and does not collapse when everything is right or wrong.
    """
    from scipy.stats import binomtest

    level_in_range(level)
    if n < 1:
        raise BadInput("an interval needs at least one item")
    if not 0 <= successes <= n:
        raise BadInput(f"{successes} right answers out of {n} cannot be")
    bounds = binomtest(int(successes), int(n)).proportion_ci(confidence_level=level, method="wilson")
    return Interval(successes / n, float(bounds.low), float(bounds.high), level, "wilson", n, n)
