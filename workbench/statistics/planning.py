"""How many items a question needs, and how small a difference that many can show."""

from __future__ import annotations

import math
from statistics import NormalDist

from workbench.errors import BadInput
from workbench.statistics.arrays import level_in_range


def _standard_errors(level: float, power: float) -> float:
    """Return how many standard errors a difference must measure to be seen with `power` at `level`."""
    level_in_range(level)
    level_in_range(power)
    normal = NormalDist()
    return normal.inv_cdf((1 + level) / 2) + normal.inv_cdf(power)


def _variance(accuracy: float, correlation: float) -> float:
    if not 0 < accuracy < 1:
        raise BadInput(f"an expected accuracy lies between 0 and 1, and {accuracy} does not")
    if not -1 <= correlation < 1:
        raise BadInput(f"a correlation below 1 and not below -1 is needed, not {correlation}")
    return 2 * accuracy * (1 - accuracy) * (1 - correlation)


def minimum_detectable_effect(
    n: int, accuracy: float = 0.5, *, correlation: float = 0.0, power: float = 0.8, level: float = 0.95
) -> float:
    """Return the smallest difference in accuracy between two models that `n` common items are likely to show.

    Parameters
    ----------
    n
        Independent items that both models answer.
    accuracy
        Expected accuracy of either; 0.5 is the cautious choice.
    correlation
        Between the two models' verdicts, item by item; 0 is the cautious choice.
    power, level
        Probability of seeing a difference of this size, and confidence level of the two-sided test.

    Raises
    ------
    BadInput
        When a parameter lies outside its range.

    Notes
    -----
    Normal approximation; Card et al. 2020, "With little power comes great responsibility", EMNLP; Miller 2024,
    "Adding error bars to evals", arXiv 2411.00640.
    """
    if n < 1:
        raise BadInput("an effect needs at least one item")
    return _standard_errors(level, power) * math.sqrt(_variance(accuracy, correlation) / n)


def items_needed(
    effect: float, accuracy: float = 0.5, *, correlation: float = 0.0, power: float = 0.8, level: float = 0.95
) -> int:
    """Return how many common items are needed to see a difference of `effect`; parameters as above.

    Raises
    ------
    BadInput
        When a parameter lies outside its range.
    """
    if not 0 < effect < 1:
        raise BadInput(f"a difference in accuracy lies between 0 and 1, and {effect} does not")
    return math.ceil(_standard_errors(level, power) ** 2 * _variance(accuracy, correlation) / effect**2)
