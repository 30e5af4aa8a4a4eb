"""Choosing, ties, length normalisation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics import choose, judge_choice, judge_prediction


def test_the_highest_log_likelihood_is_chosen():
    choice = choose([-3.0, -1.0, -2.0])
    assert (choice.prediction, choice.tied, choice.credit(1), choice.credit(0)) == (1, 1, 1.0, 0.0)


def test_a_tie_of_k_earns_one_kth_when_gold_is_among_them():
    choice = choose([-1.0, -1.0, -2.0, -1.0])
    assert choice.tied == 3
    assert choice.credit(3) == pytest.approx(1 / 3)
    assert choice.credit(2) == 0.0


def test_in_parity_mode_the_first_of_a_tie_wins():
    choice = choose([-1.0, -1.0], parity=True)
    assert (choice.credit(0), choice.credit(1), choice.tied) == (1.0, 0.0, 2)


def test_impossible_choices_tie_with_each_other():
    assert choose([-math.inf, -math.inf]).credit(1) == 0.5
    assert choose([-math.inf, -5.0]).prediction == 1


def test_length_decides_between_sum_and_mean():
    # The second choice is less likely as a whole and more likely per unit.
    assert choose([-4.0, -6.0]).prediction == 0
    assert choose([-4.0, -6.0], [2, 4]).prediction == 1


def test_judge_choice_counts_characters_and_bytes_apart():
    texts = ["ไทย", "Thai food"]
    judged = judge_choice([-6.0, -9.0], [len(text) for text in texts], [len(text.encode()) for text in texts], gold=0)
    assert dict(judged.scores) == {"accuracy": 1.0, "accuracy_norm_chars": 0.0, "accuracy_norm_bytes": 1.0}
    assert (judged.prediction, judged.tied) == (0, 1)


def test_parity_agrees_with_numpy_argmax_as_the_harness_uses_it():
    generator = np.random.default_rng(1)
    for _ in range(300):
        scores = generator.integers(-4, 0, 4).astype(float)
        lengths = generator.integers(1, 5, 4)
        judged = judge_choice(scores.tolist(), lengths.tolist(), (lengths * 3).tolist(), gold=2, parity=True)
        assert judged.prediction == int(np.argmax(scores))
        values = dict(judged.scores)
        assert values["accuracy"] == float(np.argmax(scores) == 2)
        assert values["accuracy_norm_chars"] == float(np.argmax(scores / lengths) == 2)
        assert values["accuracy_norm_bytes"] == float(np.argmax(scores / (lengths * 3)) == 2)


def test_judge_prediction():
    assert judge_prediction(1, 1, 4) == (("accuracy", 1.0),)
    assert judge_prediction(0, 1, 4) == (("accuracy", 0.0),)
    assert judge_prediction(None, 1, 4) == (("accuracy", 0.0),)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: choose([]), "no choices"),
        (lambda: choose([-1.0, math.nan]), "choice 1 is nan"),
        (lambda: choose([math.inf]), "choice 0 is inf"),
        (lambda: choose([-1.0, -2.0], [1]), "2 log-likelihoods but 1 lengths"),
        (lambda: choose([-1.0, -2.0], [1, 0]), "choice 1 is empty"),
        (lambda: choose([-1.0]).credit(1), "gold index 1"),
        (lambda: choose([-1.0]).credit(-1), "gold index -1"),
        (lambda: judge_choice([-1.0, -2.0], [1, 1], [1, 1], 2), "gold index 2"),
        (lambda: judge_prediction(4, 0, 4), "prediction index 4"),
        (lambda: judge_prediction(0, 4, 4), "gold index 4"),
    ],
)
def test_bad_input_says_what_is_wrong(call, says):
    with pytest.raises(BadInput, match=says):
        call()
