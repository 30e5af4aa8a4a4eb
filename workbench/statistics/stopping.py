"""When to stop asking: as soon as the question is answered, looking after every unit, at no cost in certainty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import finite_values, level_in_range
from workbench.statistics.interval import Interval
from workbench.statistics.sequences import confidence_sequence, log_wealth

Reason = Literal["decided", "precise", "every unit was asked", "not yet"]
_SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Stop:
    """Whether asking can stop, and what it saved.

    Attributes
    ----------
    reason
        ``decided`` (the mean is not `against`), ``precise`` (the interval is as short as wanted), ``every unit was
        asked``, or ``not yet``.
    asked
        Units after which it could stop; all known ones where it cannot yet.
    of
        Units there are; None without end.
    saved
        Share of `of` that need not be asked; 0 where it cannot stop yet or there is no end.
    interval
        Of the mean, after `asked` units; it may be looked at at any time.
    above
        Whether the mean lies above `against`; None unless that is decided.
    """

    reason: Reason
    asked: int
    of: int | None
    saved: float
    interval: Interval
    above: bool | None


def stop_when_decided(
    values: ArrayLike,
    *,
    against: float = 0.0,
    of: int | None = None,
    level: float = 0.95,
    low: float = -1.0,
    high: float = 1.0,
) -> Stop:
    """Return whether the mean of scores that came in so far is surely another than `against`.

    Parameters
    ----------
    values
        For two models ``first - second`` of each item or group, in the order asked; see `confidence_sequence`.
    against
        0 for a difference, or a chance level.
    of, level, low, high
        As `confidence_sequence`. With `of` the decision is about the whole benchmark ("the first scores higher on these
        items"), without it about items like these; what holds for the former need not be shown for the latter.

    Raises
    ------
    BadInput
        As `confidence_sequence`, or when `against` lies outside `low`…`high`.

    Notes
    -----
    Decided at the first unit at which the capital bet against `against` has grown 1/(1 - level) times. Were that the
    true mean, this would ever happen with probability at most 1 - level, and looking at every unit changes nothing.
    """
    level_in_range(level)
    array = finite_values(values)
    reached = np.flatnonzero(log_wealth(array, against, of=of, low=low, high=high) >= -math.log(1 - level))
    decided = reached.size > 0 and (of is None or int(reached[0]) + 1 < of)
    asked = int(reached[0]) + 1 if decided else array.size
    # The interval after so many units knows nothing of those behind them.
    interval = confidence_sequence(array[:asked], of=of, level=level, low=low, high=high).at(asked)
    away = interval.value - against
    if decided:
        return Stop("decided", asked, of, _saved(asked, of), interval, away > 0)
    if of == asked:
        return Stop("every unit was asked", asked, of, 0.0, interval, away > 0 if abs(away) > _SAME else None)
    return Stop("not yet", asked, of, 0.0, interval, None)


def stop_when_precise(
    values: ArrayLike,
    half_width: float,
    *,
    of: int | None = None,
    level: float = 0.95,
    low: float = 0.0,
    high: float = 1.0,
) -> Stop:
    """Return whether the mean of the scores that came in so far is known to `half_width` on either side.

    Parameters
    ----------
    values, of, level, low, high
        As `confidence_sequence`.
    half_width
        Half the length that the interval may have, in the units of the scores.

    Raises
    ------
    BadInput
        As `confidence_sequence`, or when `half_width` is not positive.
    """
    if not (half_width > 0 and math.isfinite(half_width)):
        raise BadInput(f"a half-width is a positive number, and {half_width} is not")
    sequence = confidence_sequence(values, of=of, level=level, low=low, high=high)
    units = sequence.means.size
    short = np.flatnonzero(sequence.high - sequence.low <= 2 * half_width)
    if short.size and (of is None or short[0] + 1 < of):
        asked = int(short[0]) + 1
        return Stop("precise", asked, of, _saved(asked, of), sequence.at(asked), None)
    reason: Reason = "every unit was asked" if of == units else "not yet"
    return Stop(reason, units, of, 0.0, sequence.at(units), None)


def _saved(asked: int, of: int | None) -> float:
    return 0.0 if of is None else 1 - asked / of
