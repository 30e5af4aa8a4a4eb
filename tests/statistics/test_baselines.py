"""Baselines, verdicts and planning."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.evaluation.result import Verdict
from workbench.statistics import (
    Interval,
    baselines,
    chance_level,
    items_needed,
    majority_baseline,
    mcnemar,
    minimum_detectable_effect,
    versus_chance,
)


def test_chance_level_is_the_mean_over_items():
    assert chance_level([2, 4]) == pytest.approx(0.375)


def test_majority_baseline_is_the_largest_share():
    assert majority_baseline([0, 1, 1, 2]) == 0.5


def test_baselines_of_each_metric():
    gold, counts = [0, 0, 0, 1], [2, 2, 2, 2]
    assert baselines("accuracy", gold, counts).chance == 0.5
    assert baselines("accuracy_norm_bytes", gold, counts).majority == 0.75
    assert baselines("mcc", gold, counts) == baselines("mcc", [1], [2])
    assert baselines("chrf", gold, counts).chance is None
    assert baselines("accuracy", [None], [0]).chance is None
    assert baselines("accuracy", [], []).majority is None


def test_minimal_pairs_have_no_majority():
    found = baselines("accuracy", [0, 0, 0], [2, 2, 2], positions_mean_something=False)
    assert (found.chance, found.majority) == (0.5, None)


def test_macro_f1_baselines_agree_with_sklearn():
    from sklearn.metrics import f1_score

    generator = np.random.default_rng(1)
    gold = generator.choice(3, p=[0.6, 0.3, 0.1], size=30_000)
    found = baselines("macro_f1", gold.tolist(), [3] * gold.size)
    guesses = generator.integers(0, 3, gold.size)
    assert found.chance == pytest.approx(f1_score(gold, guesses, average="macro"), abs=0.01)
    always = np.zeros_like(gold)
    assert found.majority == pytest.approx(f1_score(gold, always, average="macro", zero_division=0.0))


@pytest.mark.parametrize(
    ("low", "high", "chance", "verdict"),
    [
        (0.51, 0.6, 0.5, "above chance"),
        (0.5, 0.6, 0.5, "not distinguishable from guessing"),
        (0.4, 0.49, 0.5, "below chance"),
        (None, None, 0.5, "not distinguishable from guessing"),
        (0.4, 0.49, None, "no chance level"),
    ],
)
def test_verdict_is_one_that_results_know(low, high, chance, verdict):
    found = versus_chance(Interval(0.5, low, high, 0.95, "wilson", 10, 10), chance)
    assert found == verdict
    assert Verdict(found).value == verdict


def test_planning_is_its_own_inverse_and_true_by_simulation():
    effect = minimum_detectable_effect(400, 0.6, correlation=0.5)
    assert items_needed(effect, 0.6, correlation=0.5) in (400, 401)
    n = items_needed(0.1, 0.5)
    generator = np.random.default_rng(3)
    seen = 0
    for _ in range(300):
        first = (generator.random(n) < 0.55).astype(float)
        second = (generator.random(n) < 0.45).astype(float)
        seen += mcnemar(first, second).p_value < 0.05
    assert 0.70 <= seen / 300 <= 0.88


@pytest.mark.parametrize(
    "call",
    [
        lambda: chance_level([]),
        lambda: chance_level([2, 0]),
        lambda: majority_baseline([]),
        lambda: baselines("accuracy", [0], [2, 2]),
        lambda: baselines("accuracy", [2], [2]),
        lambda: baselines("accuracy", [-1], [2]),
        lambda: minimum_detectable_effect(0),
        lambda: minimum_detectable_effect(10, 1.0),
        lambda: minimum_detectable_effect(10, correlation=1.0),
        lambda: minimum_detectable_effect(10, power=0),
        lambda: items_needed(0),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput):
        call()
