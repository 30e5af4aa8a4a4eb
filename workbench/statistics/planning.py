"""How many items a question needs, and how small a difference that many can show."""

from __future__ import annotations

import math
from statistics import NormalDist

from workbench.errors import BadInput
from workbench.statistics.arrays import level_in_range


def standard_errors(level: float, power: float) -> float:
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
    return standard_errors(level, power) * math.sqrt(_variance(accuracy, correlation) / n)


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
    return math.ceil(standard_errors(level, power) ** 2 * _variance(accuracy, correlation) / effect**2)


def paired_power(n: int, effect: float, spread: float, *, level: float = 0.95) -> float:
    """Return the probability that the paired t test on `n` independent items shows a difference.

    Parameters
    ----------
    n
        Items (or groups) that both models answer, at least 2.
    effect
        True mean difference, in the units of the scores; 0 gives the chance of a false find.
    spread
        Standard deviation of the differences, item by item; for right-or-wrong scores √(d - effect²), with d the share
        of items on which the two differ.
    level
        Confidence level of the two-sided test.

    Raises
    ------
    BadInput
        When a parameter lies outside its range.

    Notes
    -----
    Noncentral t with n-1 degrees of freedom and noncentrality √n effect/spread (Cohen 1988, *Statistical Power
    Analysis*, chapter 2); equal to ``statsmodels.stats.power.TTestPower``.
    """
    from scipy.stats import nct, t

    level_in_range(level)
    if n < 2:  # noqa: PLR2004 — one difference shows no spread
        raise BadInput("power needs at least two items")
    _positive(spread)
    if not math.isfinite(effect):
        raise BadInput(f"a difference is a finite number, and {effect} is not")
    bound = float(t.ppf((1 + level) / 2, n - 1))
    centre = abs(effect) * math.sqrt(n) / spread
    return float(nct.sf(bound, n - 1, centre) + nct.cdf(-bound, n - 1, centre))


def paired_items_needed(
    effect: float, spread: float, *, power: float = 0.8, level: float = 0.95, design_effect: float = 1.0
) -> int:
    """Return how many common items the paired t test needs to show a difference of `effect` with `power`.

    Parameters
    ----------
    effect, spread, level
        As `paired_power`; the effect is not 0.
    power
        Probability of seeing it.
    design_effect
        By how much grouped items say less than independent ones (`design_effect`); the answer is multiplied by it.

    Raises
    ------
    BadInput
        When a parameter lies outside its range.
    """
    _positive(spread)
    _design(design_effect)
    if effect == 0 or not math.isfinite(effect):
        raise BadInput(f"no number of items shows a difference of {effect}")
    n = math.ceil((standard_errors(level, power) * spread / effect) ** 2)
    n = max(n, 2)
    while paired_power(n, effect, spread, level=level) < power:
        n += 1
    return math.ceil(n * design_effect)


def half_width_items(
    half_width: float,
    accuracy: float = 0.5,
    *,
    level: float = 0.95,
    design_effect: float = 1.0,
    of: int | None = None,
) -> int:
    """Return how many items Wilson's interval needs to reach no further than `half_width` to either side.

    Parameters
    ----------
    half_width
        Half the length of the interval, e.g. 0.02 for two points to either side of its middle.
    accuracy
        Expected; 0.5 needs most.
    level
        Confidence level.
    design_effect
        By how much grouped items say less than independent ones.
    of
        How many items the benchmark holds, when the question is what all of it would give: fewer are needed, and never
        more than it holds. None: the question is about items like these.

    Raises
    ------
    BadInput
        When a parameter lies outside its range.

    Notes
    -----
    With z the normal quantile and h = z √(p(1-p)/n + z²/4n²) / (1 + z²/n), the smallest n with h ≤ half_width (h falls
    with n); with a benchmark of N items n / (1 + (n-1)/N) of them (Cochran 1977, *Sampling Techniques*, eq. 4.2).
    """
    level_in_range(level)
    _design(design_effect)
    if not 0 < half_width < 0.5:  # noqa: PLR2004 — the whole range of a share
        raise BadInput(f"a half-width lies between 0 and 0.5, and {half_width} does not")
    if not 0 <= accuracy <= 1:
        raise BadInput(f"an expected accuracy lies from 0 to 1, and {accuracy} does not")
    if of is not None and of < 1:
        raise BadInput(f"a benchmark of {of} items answers nothing")
    reach = NormalDist().inv_cdf((1 + level) / 2)
    low, high = 0, 1
    while _wilson_half(high, accuracy, reach) > half_width:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _wilson_half(middle, accuracy, reach) <= half_width else (middle, high)
    needed = high * design_effect
    if of is not None:
        needed = min(needed / (1 + (needed - 1) / of), of)
    return math.ceil(needed - _ROUNDING)


_ROUNDING = 1e-9


def _wilson_half(n: int, share: float, reach: float) -> float:
    return reach / (1 + reach**2 / n) * math.sqrt(share * (1 - share) / n + reach**2 / (4 * n * n))


def _positive(spread: float) -> None:
    if not (spread > 0 and math.isfinite(spread)):
        raise BadInput(f"a spread is a positive number, and {spread} is not")


def _design(effect: float) -> None:
    if not (effect > 0 and math.isfinite(effect)):
        raise BadInput(f"a design effect is a positive number, and {effect} is not")
