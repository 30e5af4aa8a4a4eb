"""Intervals: values, coverage by simulation, agreement with other implementations, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from workbench.errors import BadInput
from workbench.statistics import (
    bootstrap_interval,
    bootstrap_sums,
    mean_interval,
    ratio_interval,
    versus_chance,
    wilson,
)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (7, 10), (55, 100), (1, 1), (480, 1000)])
def test_wilson_is_the_closed_form(successes, n):
    z = stats.norm.ppf(0.975)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    interval = wilson(successes, n)
    assert interval.low == pytest.approx(centre - half, abs=1e-12)
    assert interval.high == pytest.approx(centre + half, abs=1e-12)
    assert interval.method == "wilson"
    assert interval.value == share


def test_wilson_does_not_collapse_when_everything_is_right():
    interval = wilson(8, 8)
    assert interval.low < 0.7
    assert interval.high == pytest.approx(1)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_wilson_covers_as_often_as_it_says(share):
    draws = np.random.default_rng(1).binomial(60, share, size=2000)
    bounds = {k: wilson(int(k), 60) for k in set(draws.tolist())}
    covered = np.mean([bounds[k].low <= share <= bounds[k].high for k in draws.tolist()])
    assert 0.92 <= covered <= 0.98


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_bootstrap_agrees_with_scipy(method):
    values = np.random.default_rng(2).exponential(size=80)
    ours = bootstrap_interval(values, method=method, resamples=20_000)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=20_000, method=method, rng=np.random.default_rng(3)
    ).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)
    assert ours.method == {"percentile": "bootstrap", "BCa": "BCa bootstrap"}[method]


def test_bca_follows_skew_where_percentile_does_not():
    values = np.random.default_rng(4).exponential(size=30)
    assert bootstrap_interval(values, method="BCa").high > bootstrap_interval(values, method="percentile").high


@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_bootstrap_covers_as_often_as_it_says(method):
    generator = np.random.default_rng(5)
    covered = 0
    for run in range(400):
        interval = bootstrap_interval(generator.random(80), resamples=400, seed=run, method=method)
        covered += interval.low <= 0.5 <= interval.high
    assert 0.91 <= covered / 400 <= 0.98


def test_clustered_interval_covers_where_ignoring_groups_does_not():
    generator = np.random.default_rng(6)
    labels = [f"passage {g}" for g in range(40) for _ in range(8)]
    clustered = naive = 0
    for _ in range(300):
        difficulty = np.repeat(generator.random(40), 8)
        values = (generator.random(320) < difficulty).astype(float)
        by_group = mean_interval(values, labels)
        alone = wilson(int(values.sum()), 320)
        clustered += by_group.low <= 0.5 <= by_group.high
        naive += alone.low <= 0.5 <= alone.high
    assert by_group.method == "clustered t"
    assert (by_group.n, by_group.groups) == (320, 40)
    assert clustered / 300 >= 0.90
    assert naive / 300 <= 0.85


def test_same_seed_same_bounds_and_another_seed_others():
    values = np.random.default_rng(7).random(30)
    assert bootstrap_interval(values, seed=1) == bootstrap_interval(values, seed=1)
    assert bootstrap_interval(values, seed=1) != bootstrap_interval(values, seed=2)


def test_blocks_do_not_change_the_estimate(monkeypatch):
    values = np.random.default_rng(8).random(50)
    whole = bootstrap_interval(values)
    monkeypatch.setattr("workbench.statistics.bootstrap._CELLS", 700)
    assert bootstrap_interval(values) == whole


def test_mean_interval_chooses_by_what_the_scores_are():
    assert mean_interval([1, 0, 1, 1]).method == "wilson"
    assert mean_interval([1, 0, 1, 1], ["", "", "", ""]).method == "wilson"
    assert mean_interval([1, 0, 0.5, 1]).method == "wilson on scores"
    assert mean_interval([1, 0, 0.5, 1] * 10).method == "t"
    assert mean_interval([1, 0, 1, 1], ["a", "a", "b", "b"]).method == "wilson on groups"
    labels = [f"g{number // 2}" for number in range(40)]
    assert mean_interval([1, 0, 1, 1] * 10, labels).method == "clustered t"
    assert mean_interval([-1, 2.5, 7]).method == ""


def test_all_right_in_groups_is_no_certainty():
    interval = mean_interval([1.0] * 12, ["a"] * 6 + ["b"] * 6)
    assert interval.method == "wilson on groups"
    assert interval.low == pytest.approx(wilson(2, 2).low)
    assert interval.low < 0.5


def test_unequal_groups_count_as_fewer():
    even = mean_interval([1.0, 0.0] * 8, ["a"] * 4 + ["b"] * 4 + ["c"] * 4 + ["d"] * 4)
    uneven = mean_interval([1.0, 0.0] * 8, ["a"] * 10 + ["b"] * 2 + ["c"] * 2 + ["d"] * 2)
    assert (even.low, even.high) == pytest.approx((wilson(2, 4).low, wilson(2, 4).high))
    assert uneven.high - uneven.low > even.high - even.low
    assert even.note.startswith("too few to say: 4 independent groups")


def test_one_group_has_no_bounds():
    interval = mean_interval([1, 0, 1], ["a", "a", "a"])
    assert (interval.low, interval.high, interval.method) == (None, None, "")
    assert interval.value == pytest.approx(2 / 3)
    assert versus_chance(interval, 0.5) == "not distinguishable from guessing"


def test_ratio_of_sums_is_not_a_mean_of_ratios():
    interval = ratio_interval([10, 1, 5, 4], [2, 10, 5, 5])
    assert interval.value == pytest.approx(20 / 22)
    assert interval.low < interval.value < interval.high


def test_statistic_that_mostly_does_not_exist_has_no_bounds():
    rare = bootstrap_sums(np.eye(6), lambda s: np.where((s > 0).all(axis=1), 1.0, np.nan))
    assert rare.low is None
    assert rare.value == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: wilson(3, 2),
        lambda: wilson(-1, 2),
        lambda: wilson(0, 0),
        lambda: wilson(1, 2, level=1.0),
        lambda: mean_interval([]),
        lambda: mean_interval([1.0, float("nan")]),
        lambda: mean_interval([1.0, float("inf")]),
        lambda: mean_interval([[1.0], [0.0]]),
        lambda: mean_interval([1, 0], ["a"]),
        lambda: bootstrap_interval([1, 0], level=0),
        lambda: bootstrap_interval([1, 0], resamples=0),
        lambda: bootstrap_interval([1, 0], method="studentised"),
        lambda: bootstrap_sums(np.zeros((0, 2)), lambda s: s[:, 0]),
        lambda: bootstrap_sums([1.0, 2.0], lambda s: s[:, 0]),
        lambda: bootstrap_sums([[1.0], [math.nan]], lambda s: s[:, 0]),
        lambda: ratio_interval([1, 2], [1]),
        lambda: ratio_interval([1, 2], [0, 0]),
    ],
)
def test_bad_input_is_refused_with_a_remedy(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
