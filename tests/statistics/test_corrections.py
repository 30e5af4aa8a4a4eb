"""Corrections for many tests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from workbench.errors import BadInput
from workbench.statistics import benjamini_hochberg, holm

# The fifteen tests of Benjamini & Hochberg 1995, which scipy's documentation works through too.
FIFTEEN = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0,
]
lists = st.lists(st.floats(0, 1), max_size=30)


def test_the_worked_example_keeps_four_finds_and_holm_three():
    assert int(np.sum(benjamini_hochberg(FIFTEEN) <= 0.05)) == 4
    assert int(np.sum(holm(FIFTEEN) <= 0.05)) == 3
    assert benjamini_hochberg(FIFTEEN) == pytest.approx(stats.false_discovery_control(FIFTEEN), abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_equal_to_statsmodels(seed):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p_values = np.random.default_rng(seed).random(40) ** 3
    p_values[3] = p_values[7]
    assert holm(p_values) == pytest.approx(multitest.multipletests(p_values, method="holm")[1], abs=1e-8)
    assert benjamini_hochberg(p_values) == pytest.approx(
        multitest.multipletests(p_values, method="fdr_bh")[1], abs=1e-8
    )


@given(lists)
def test_adjusted_values_never_fall_nor_leave_the_range_and_holm_is_the_stricter(p_values):
    strict, mild = holm(p_values), benjamini_hochberg(p_values)
    assert np.all(strict >= np.array(p_values))
    assert np.all(strict >= mild - 1e-12)
    assert np.all((mild <= 1) & (strict <= 1))


def test_none_one_and_all_the_same():
    assert holm([]).size == benjamini_hochberg([]).size == 0
    assert holm([0.03]) == benjamini_hochberg([0.03]) == [0.03]
    assert holm([0.02] * 3) == pytest.approx([0.06] * 3)
    assert benjamini_hochberg([0.02] * 3) == pytest.approx([0.02] * 3)


@pytest.mark.parametrize("p_values", [[0.1, np.nan], [1.2], [-0.1], [[0.1]]])
@pytest.mark.parametrize("correct", [holm, benjamini_hochberg])
def test_what_is_no_p_value_is_refused(correct, p_values):
    with pytest.raises(BadInput) as caught:
        correct(p_values)
    assert caught.value.remedy
