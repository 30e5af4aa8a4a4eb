"""Paired t and bootstrap-t."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from workbench.errors import BadInput
from workbench.statistics import (
    bootstrap_t_interval,
    bootstrap_t_test,
    clustered_interval,
    paired_t,
    permutation_test,
    t_interval,
)


@pytest.fixture
def pair():
    generator = np.random.default_rng(1)
    first = generator.normal(0.3, 1, 80)
    return first, first - generator.normal(0.2, 0.7, 80)


def test_paired_t_is_that_of_scipy(pair):
    found = paired_t(*pair)
    assert found.p_value == pytest.approx(stats.ttest_rel(*pair).pvalue, abs=1e-12)
    assert found.method == "paired t"
    assert found.difference == pytest.approx(np.mean(pair[0] - pair[1]))


def test_groups_make_it_robust_and_change_its_name(pair):
    labels = [f"g{number // 2}" for number in range(80)]
    first, second = np.repeat(pair[0][:40], 2), np.repeat(pair[1][:40], 2)  # every item twice
    found = paired_t(first, second, labels)
    assert found.p_value == pytest.approx(stats.ttest_rel(pair[0][:40], pair[1][:40]).pvalue, abs=1e-10)
    assert (found.method, found.groups, found.n) == ("clustered paired t", 40, 80)


def test_bootstrap_t_is_close_to_t_where_all_is_normal(pair):
    assert bootstrap_t_test(*pair).p_value == pytest.approx(paired_t(*pair).p_value, abs=0.02)
    ours, plain = bootstrap_t_interval(pair[0] - pair[1], resamples=8000), t_interval(pair[0] - pair[1])
    assert (ours.low, ours.high) == pytest.approx((plain.low, plain.high), abs=0.02)
    assert ours.method == "bootstrap-t"


def test_bootstrap_t_knows_groups():
    generator = np.random.default_rng(2)
    values = np.repeat(generator.normal(size=40), 5) + generator.normal(0, 0.1, 200)
    labels = [f"g{number // 5}" for number in range(200)]
    alone, grouped = bootstrap_t_interval(values), bootstrap_t_interval(values, labels)
    assert grouped.high - grouped.low > 1.8 * (alone.high - alone.low)
    robust = clustered_interval(values, labels)
    assert grouped.high - grouped.low == pytest.approx(robust.high - robust.low, rel=0.1)


def test_same_seed_same_answer(pair):
    assert bootstrap_t_test(*pair, seed=3) == bootstrap_t_test(*pair, seed=3)
    assert bootstrap_t_interval(pair[0], seed=3) != bootstrap_t_interval(pair[0], seed=4)
    assert permutation_test(*pair, seed=3) == permutation_test(*pair, seed=3)


@pytest.mark.parametrize("test", [paired_t, bootstrap_t_test, permutation_test])
@pytest.mark.parametrize(
    ("first", "second", "groups"),
    [
        ([1.0], [0.0], None),  # one item
        ([1.0, 0.0, 1.0], [0.0, 1.0, 0.0], ["a"] * 3),  # one group
        ([1.0] * 30, [1.0] * 30, None),  # all right
        ([0.0] * 30, [0.0] * 30, None),  # all wrong
        ([0.5] * 30, [0.5] * 30, ["a", "b"] * 15),  # ties everywhere
    ],
)
def test_where_nothing_can_be_said_the_p_value_is_one(test, first, second, groups):
    assert test(first, second, groups).p_value == 1.0


def test_two_items_are_few_and_every_one_alike_proves_it():
    assert permutation_test([1, 1], [0, 0]).p_value == 0.5
    assert permutation_test([1.0] * 40, [0.0] * 40).p_value == pytest.approx(1e-4)  # (0 + 1) / (9999 + 1)
    assert paired_t([1.0, 1.0], [0.0, 0.0]).p_value == 1.0  # no spread, so t says nothing


def test_permutations_agree_with_scipy():
    generator = np.random.default_rng(4)
    first, second = generator.random(12), generator.random(12)
    every = stats.permutation_test(
        (first, second), lambda x, y, axis: np.sum(x - y, axis=axis), permutation_type="samples", n_resamples=np.inf
    )
    assert permutation_test(first, second).p_value == pytest.approx(every.pvalue, abs=1e-8)
    drawn = permutation_test(first, second, resamples=3000)  # fewer than 2**12: drawn, not tried out
    assert drawn.p_value == pytest.approx(every.pvalue, abs=0.03)


def test_items_that_do_not_differ_leave_all_permutations_within_reach():
    first, second = [1.0] * 6 + [1.0] * 500, [0.0] * 6 + [1.0] * 500
    assert permutation_test(first, second).p_value == pytest.approx(2 / 64)


def test_drawn_permutations_are_never_nought_and_blocks_change_nothing(monkeypatch):
    generator = np.random.default_rng(5)
    first, second = generator.random(60), generator.random(60)
    whole = permutation_test(first, second, resamples=499)
    monkeypatch.setattr("workbench.statistics.paired._CELLS", 600)
    assert permutation_test(first, second, resamples=499).p_value == pytest.approx(whole.p_value, abs=0.1)
    assert permutation_test(first + 9, second, resamples=499).p_value == pytest.approx(1 / 500)


def test_too_few_to_say():
    assert bootstrap_t_interval([1.0, 0.0]).note.startswith("too few to say")
    assert bootstrap_t_interval([1.0] * 30).low is None
    assert bootstrap_t_interval([0.5, 0.7] * 15, ["a", "b"] * 15).note.startswith(
        "too few to say: 2 independent groups"
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_t([], []),
        lambda: paired_t([1.0], [1.0, 0.0]),
        lambda: paired_t([1.0, np.nan], [1.0, 0.0]),
        lambda: bootstrap_t_test([1.0, 0.0], [0.0, 1.0], ["a"]),
        lambda: bootstrap_t_test([1.0, 0.0], [0.0, 1.0], resamples=0),
        lambda: bootstrap_t_interval([1.0, 0.0] * 20, resamples=0),
        lambda: bootstrap_t_interval([], level=0.9),
        lambda: permutation_test([1.0], [0.0], resamples=0),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
