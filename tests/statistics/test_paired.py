"""Paired tests and intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.errors import BadInput
from workbench.statistics import mcnemar, paired_bootstrap, permutation_test


@pytest.fixture
def verdicts():
    generator = np.random.default_rng(1)
    first = (generator.random(120) < 0.7).astype(float)
    second = np.where(generator.random(120) < 0.8, first, 1 - first)
    return first, second


def test_mcnemar_counts_discordant_items_only(verdicts):
    first, second = verdicts
    b, c = int(np.sum(first > second)), int(np.sum(second > first))
    outcome = mcnemar(first, second)
    assert (outcome.first_only, outcome.second_only) == (b, c)
    assert outcome.p_value == pytest.approx(stats.binomtest(b, b + c).pvalue)
    assert outcome.difference == pytest.approx(first.mean() - second.mean())


def test_mcnemar_agrees_with_statsmodels(verdicts):
    contingency = pytest.importorskip("statsmodels.stats.contingency_tables", reason="statsmodels is not installed")
    first, second = verdicts
    table = [
        [np.sum(first * second), np.sum(first > second)],
        [np.sum(second > first), np.sum((1 - first) * (1 - second))],
    ]
    assert mcnemar(first, second).p_value == pytest.approx(contingency.mcnemar(table, exact=True).pvalue)


def test_equal_models_differ_by_nothing():
    same = np.array([1.0, 0.0, 1.0])
    assert mcnemar(same, same).p_value == 1.0
    assert permutation_test(same, same).p_value == 1.0
    assert paired_bootstrap(same, same).low == 0


@pytest.mark.parametrize(
    ("first", "second", "p_value"),
    [
        ([1], [0], 1.0),
        ([1, 1], [0, 0], 0.5),
        ([1] * 9, [1] * 9, 1.0),
        ([0] * 9, [0] * 9, 1.0),
        ([1] * 9, [0] * 9, 2 / 512),
    ],
)
def test_one_two_all_right_and_all_wrong(first, second, p_value):
    assert mcnemar(first, second).p_value == pytest.approx(p_value)


def test_permutation_test_enumerates_small_samples():
    # Six differences of one sign: only two of 2**6 sign patterns are as extreme.
    assert permutation_test([0.9, 0.8, 1, 0.7, 0.6, 1], [0, 0, 0, 0, 0, 0]).p_value == pytest.approx(2 / 64)


def test_permutation_swaps_groups_whole():
    first, second = [1.0] * 8, [0.0] * 8
    alone = permutation_test(first, second)
    grouped = permutation_test(first, second, ["a"] * 4 + ["b"] * 4)
    assert alone.p_value == pytest.approx(2 / 256)
    assert grouped.p_value == pytest.approx(2 / 4)
    assert grouped.groups == 2


def test_permutation_test_holds_its_size():
    generator = np.random.default_rng(2)
    rejected = 0
    for run in range(200):
        outcome = permutation_test(generator.random(30), generator.random(30), resamples=199, seed=run)
        rejected += outcome.p_value <= 0.05
    assert rejected / 200 <= 0.09


def test_paired_bootstrap_is_narrower_than_two_intervals(verdicts):
    first, second = verdicts
    paired = paired_bootstrap(first, second)
    assert paired.value == pytest.approx(first.mean() - second.mean())
    unpaired = 2 * 1.96 * np.sqrt(first.var() / 120 + second.var() / 120)
    assert paired.high - paired.low < unpaired


@pytest.mark.parametrize(
    "call",
    [
        lambda: mcnemar([1, 0], [1]),
        lambda: mcnemar([1, 0.5], [1, 0]),
        lambda: mcnemar([], []),
        lambda: permutation_test([1.0], [float("nan")]),
        lambda: paired_bootstrap([1, 2], [1, 2], ["a"]),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput):
        call()
