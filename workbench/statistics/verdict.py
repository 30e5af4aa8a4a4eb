"""What an interval says about guessing."""

from __future__ import annotations

from typing import Literal

from workbench.statistics.interval import Interval

VersusChance = Literal["above chance", "not distinguishable from guessing", "below chance", "no chance level"]


def versus_chance(interval: Interval, chance: float | None) -> VersusChance:
    """Return where a score stands against guessing: its whole interval must lie on one side.

    Without bounds nothing can be distinguished, and the verdict says so rather than passing.
    """
    if chance is None:
        return "no chance level"
    if interval.low is None or interval.high is None:
        return "not distinguishable from guessing"
    if interval.low > chance:
        return "above chance"
    if interval.high < chance:
        return "below chance"
    return "not distinguishable from guessing"
