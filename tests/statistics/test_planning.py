"""Planning: power and half-widths."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.statistics import half_width_items, items_needed, paired_items_needed, paired_power, paired_t, wilson


@pytest.mark.parametrize(
    ("n", "effect", "spread"), [(20, 0.5, 1.0), (300, 0.05, 0.4), (2, 1.0, 1.0), (5000, 0.01, 0.3)]
)
def test_power_is_that_of_statsmodels(n, effect, spread):
    power = pytest.importorskip("statsmodels.stats.power")
    theirs = power.TTestPower().power(effect / spread, n, 0.05)
    assert paired_power(n, effect, spread) == pytest.approx(theirs, abs=1e-8)


def test_power_of_no_effect_is_the_chance_of_a_false_find():
    assert paired_power(50, 0.0, 1.0) == pytest.approx(0.05, abs=1e-10)
    assert paired_power(50, -0.3, 1.0) == paired_power(50, 0.3, 1.0)


def test_items_needed_are_the_fewest():
    n = paired_items_needed(0.05, 0.4)
    assert paired_power(n, 0.05, 0.4) >= 0.8 > paired_power(n - 1, 0.05, 0.4)
    assert paired_items_needed(0.05, 0.4, design_effect=2.5) == math.ceil(n * 2.5)
    assert paired_items_needed(-0.05, 0.4) == n
    assert paired_items_needed(100.0, 0.1) >= 2


def test_power_is_true_by_simulation():
    n = paired_items_needed(0.3, 1.0)
    generator = np.random.default_rng(1)
    seen = sum(paired_t(generator.normal(0.3, 1, n), np.zeros(n)).p_value < 0.05 for _ in range(600))
    assert 0.75 <= seen / 600 <= 0.85


def test_a_paired_plan_needs_fewer_items_than_one_that_ignores_pairing():
    assert paired_items_needed(0.05, math.sqrt(0.2 - 0.05**2)) < items_needed(0.05)


@pytest.mark.parametrize(("half_width", "share"), [(0.02, 0.5), (0.05, 0.8), (0.1, 0.5), (0.01, 0.95), (0.2, 0.0)])
def test_half_width_items_are_the_fewest(half_width, share):
    n = half_width_items(half_width, share)
    assert n == min(k for k in range(max(1, n - 3), n + 3) if wilson_half(k, share) <= half_width)


def wilson_half(n, share):
    z = 1.959963984540054
    return z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))


def test_half_width_is_what_the_interval_then_has():
    n = half_width_items(0.04, 0.5)
    interval = wilson(n // 2, n)
    assert (interval.high - interval.low) / 2 == pytest.approx(0.04, abs=2e-4)


def test_groups_need_more_and_a_finite_benchmark_fewer():
    n = half_width_items(0.02)
    assert n == 2398  # the textbook's 2,401 for the normal interval, less z² for Wilson's
    assert half_width_items(0.02, design_effect=2) == 2 * n
    assert half_width_items(0.02, of=1000) == math.ceil(n / (1 + (n - 1) / 1000))
    assert half_width_items(0.02, design_effect=50, of=1000) <= 1000
    assert half_width_items(0.3, of=1) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: paired_power(1, 0.1, 1.0),
        lambda: paired_power(10, math.nan, 1.0),
        lambda: paired_power(10, 0.1, 0.0),
        lambda: paired_power(10, 0.1, 1.0, level=1),
        lambda: paired_items_needed(0.0, 1.0),
        lambda: paired_items_needed(0.1, math.inf),
        lambda: paired_items_needed(0.1, 1.0, power=1.0),
        lambda: paired_items_needed(0.1, 1.0, design_effect=0),
        lambda: half_width_items(0),
        lambda: half_width_items(0.5),
        lambda: half_width_items(0.1, 1.1),
        lambda: half_width_items(0.1, of=0),
        lambda: half_width_items(0.1, design_effect=math.nan),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
