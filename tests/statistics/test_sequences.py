"""Confidence sequences and stopping."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.statistics import (
    cluster_means,
    confidence_sequence,
    log_wealth,
    stop_when_decided,
    stop_when_precise,
    wilson,
)


def differences(n, first_only, second_only, seed=0):
    values = np.zeros(n)
    values[:first_only] = 1
    values[first_only : first_only + second_only] = -1
    return np.random.default_rng(seed).permutation(values)


def plain_wealth(units, mean, of):
    """The capital item by item, as the paper writes it."""
    capital = 1.0
    total, spread, average, wealth = 0.0, 0.25, 0.5, []
    sums = 0.25
    for place, unit in enumerate(units, 1):
        expected = mean if of is None else (of * mean - total) / (of - place + 1)
        stake = (average - expected) / (spread + (average - expected) ** 2)
        capital *= 1 + max(-0.5 / (1 - expected), min(0.5 / expected, stake)) * (unit - expected)
        wealth.append(capital)
        total += unit
        average = (0.5 + total) / (place + 1)
        sums += (unit - average) ** 2
        spread = sums / (place + 1)
    return wealth


@pytest.mark.parametrize("of", [None, 200])
def test_capital_is_what_the_paper_writes(of):
    units = np.random.default_rng(1).random(60)
    ours = log_wealth(units, 0.45, of=of)
    assert np.exp(ours) == pytest.approx(plain_wealth(units, 0.45, of), rel=1e-9)


def test_a_mean_that_has_become_impossible_is_refuted_for_good():
    wealth = log_wealth([1.0, 1.0, 0.0, 0.0], 0.4, of=4)
    assert np.isfinite(wealth[1])
    assert np.isinf(wealth[2])  # two of four are right already: 0.4 cannot be
    assert np.isinf(wealth[3])


def test_bounds_shrink_contain_and_close():
    values = np.random.default_rng(2).random(300)
    found = confidence_sequence(values, of=300)
    assert np.all(np.diff(found.low) >= 0)
    assert np.all(np.diff(found.high) <= 0)
    assert np.all((found.low <= values.mean() + 1e-12) & (values.mean() <= found.high + 1e-12))
    last = found.at(300)
    assert last.low == last.high == pytest.approx(values.mean())
    assert (last.note, last.population) == ("exact: every unit was asked", "these items")


def test_without_an_end_they_speak_of_items_like_these():
    found = confidence_sequence(np.random.default_rng(3).random(100))
    assert found.at(100).population == "items like these"
    assert found.low[-1] < 0.5 < found.high[-1]
    assert found.at(100).method == "betting confidence sequence"


def test_an_end_helps():
    values = np.random.default_rng(4).random(150)
    with_end, without = confidence_sequence(values, of=200).at(150), confidence_sequence(values).at(150)
    assert with_end.high - with_end.low < 0.75 * (without.high - without.low)


def test_the_grid_rounds_outwards_and_blocks_change_nothing(monkeypatch):
    values = np.random.default_rng(5).random(80)
    coarse, fine = confidence_sequence(values, grid=51), confidence_sequence(values, grid=2001)
    assert np.all(coarse.low <= fine.low + 1e-12)
    assert np.all(coarse.high >= fine.high - 1e-12)
    monkeypatch.setattr("workbench.statistics.sequences._CELLS", 500)
    assert np.array_equal(confidence_sequence(values, grid=51).low, coarse.low)


def test_looking_often_costs_something_but_not_much():
    values = (np.random.default_rng(6).random(400) < 0.7).astype(float)
    sequence, once = confidence_sequence(values).at(400), wilson(int(values.sum()), 400)
    assert 1 < (sequence.high - sequence.low) / (once.high - once.low) < 2.2


def test_a_clear_difference_is_decided_early_and_a_null_one_is_not():
    clear = stop_when_decided(differences(1000, 250, 60), of=1000)
    assert (clear.reason, clear.above) == ("decided", True)
    assert clear.asked < 400
    assert clear.saved == pytest.approx(1 - clear.asked / 1000)
    assert stop_when_decided(differences(1000, 60, 250), of=1000).above is False
    null = stop_when_decided(differences(1000, 100, 100), of=1000)
    assert (null.reason, null.asked, null.saved, null.above) == ("every unit was asked", 1000, 0.0, None)
    assert null.interval.low == null.interval.high == 0


def test_stopping_looks_at_no_item_behind_the_one_it_stops_at():
    values = differences(1000, 250, 60)
    stopped = stop_when_decided(values, of=1000)
    assert stop_when_decided(values[: stopped.asked], of=1000).asked == stopped.asked
    assert stop_when_decided(values[: stopped.asked - 1], of=1000).reason == "not yet"


def test_precise_enough():
    values = (np.random.default_rng(7).random(3000) < 0.8).astype(float)
    found = stop_when_precise(values, 0.03, of=3000)
    assert found.reason == "precise"
    assert (found.interval.high - found.interval.low) / 2 <= 0.03
    assert found.saved > 0.3
    assert stop_when_precise(values[:50], 0.03, of=3000).reason == "not yet"
    assert stop_when_precise(values[:50], 0.001, of=50).reason == "every unit was asked"


def test_units_are_groups_where_items_share_a_passage():
    assert cluster_means([1, 0, 1, 1, 0], ["b", "a", "b", "", ""]).tolist() == [1.0, 0.0, 1.0, 0.0]
    assert cluster_means([1, 0], None).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("values", [[1.0], [0.0], [1.0, 1.0], [0.5]])
def test_one_and_two_units_say_next_to_nothing(values):
    found = confidence_sequence(values).at(len(values))
    assert found.low <= 0.05 or found.high >= 0.95
    assert found.high - found.low > 0.6


def test_all_right_all_wrong_and_ties_everywhere_narrow_in():
    assert confidence_sequence([1.0] * 200).low[-1] > 0.95
    assert confidence_sequence([0.0] * 200).high[-1] < 0.05
    level = stop_when_decided([0.0] * 200, of=200)
    assert (level.reason, level.above) == ("every unit was asked", None)
    assert confidence_sequence([1.0], of=1).at(1).low == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: confidence_sequence([]),
        lambda: confidence_sequence([0.5, math.nan]),
        lambda: confidence_sequence([1.5]),
        lambda: confidence_sequence([-0.5]),
        lambda: confidence_sequence([0.5] * 3, of=2),
        lambda: confidence_sequence([0.5], level=0),
        lambda: confidence_sequence([0.5], low=1, high=1),
        lambda: confidence_sequence([0.5], grid=1),
        lambda: confidence_sequence([0.5]).at(0),
        lambda: confidence_sequence([0.5]).at(2),
        lambda: log_wealth([0.5], 1.5),
        lambda: cluster_means([1.0], ["a", "b"]),
        lambda: stop_when_decided([2.0]),
        lambda: stop_when_decided([0.0], against=2.0),
        lambda: stop_when_precise([0.5], 0),
        lambda: stop_when_precise([0.5], math.nan),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
