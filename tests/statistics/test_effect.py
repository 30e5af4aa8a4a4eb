"""One answer to "is the first better", and what it would take to know."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.statistics import mcnemar, paired_effect, permutation_test, t_interval


def verdicts(n, first_only, second_only):
    first = np.zeros(n)
    second = np.zeros(n)
    first[:first_only] = 1
    second[first_only : first_only + second_only] = 1
    return first, second


def test_right_or_wrong_items_that_stand_alone_go_to_mcnemar():
    first, second = verdicts(400, 60, 20)
    found = paired_effect(first, second)
    assert found.test == mcnemar(first, second)
    assert found.interval == t_interval(first - second)
    assert (found.verdict, found.words, found.needed) == ("first is higher", "first is higher", None)
    assert paired_effect(second, first).verdict == "second is higher"


def test_groups_and_fractions_go_to_permutations():
    first, second = verdicts(400, 60, 20)
    labels = [f"g{number // 4}" for number in range(400)]
    assert paired_effect(first, second, labels).test == permutation_test(first, second, labels)
    assert paired_effect(first / 2, second).test.method == "paired permutation"
    assert paired_effect(first, second, [""] * 400).test.method == "exact McNemar"


def test_not_distinguishable_says_how_many_items_it_would_take():
    first, second = verdicts(400, 44, 36)
    found = paired_effect(first, second)
    assert found.verdict == "not distinguishable"
    exact = 400 * (t_half(first - second) * (1.959964 + 0.841621) / 0.02) ** 2
    assert exact <= found.needed <= exact * 1.1
    assert found.words == f"not distinguishable at n = 400; about {found.needed:,} items would be needed"
    # Repeating these items so often does show it: the number is no more than it says.
    times = math.ceil(found.needed / 400)
    assert paired_effect(np.tile(first, times), np.tile(second, times)).verdict == "first is higher"


def t_half(differences):
    return differences.std(ddof=1) / math.sqrt(differences.size)


@pytest.mark.parametrize(
    ("first", "second", "groups"),
    [
        ([1.0], [0.0], None),
        ([1.0] * 50, [1.0] * 50, None),
        ([0.0] * 50, [0.0] * 50, None),
        ([0.5] * 50, [0.5] * 50, None),
        ([1.0, 0.0] * 10, [0.0, 1.0] * 10, None),  # a difference of 0
        ([1.0, 1.0, 0.0], [1.0, 0.0, 0.0], ["a"] * 3),
    ],
)
def test_where_nothing_can_be_said_it_says_so(first, second, groups):
    found = paired_effect(first, second, groups)
    assert found.verdict == "not distinguishable"
    assert found.needed is None
    assert found.words == f"not distinguishable at n = {len(first)}"


def test_a_difference_without_an_interval_can_still_be_tested():
    found = paired_effect([1.0] * 50, [0.0] * 50)
    assert found.verdict == "first is higher"
    assert found.interval.low is None
    assert "all scores are the same" in found.interval.note or "wrong" in found.interval.note


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_effect([], []),
        lambda: paired_effect([1.0], [1.0, 0.0]),
        lambda: paired_effect([np.nan], [1.0]),
        lambda: paired_effect([1.0, 0.0], [1.0, 0.0], ["a"]),
        lambda: paired_effect([1.0, 0.0], [1.0, 0.0], level=0),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
