"""Macro F1 and MCC, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.metrics import macro_f1, mcc


@pytest.mark.parametrize("labels", [2, 3, 7])
@pytest.mark.parametrize("seed", range(5))
def test_agreement_with_scikit_learn(labels, seed):
    from sklearn.metrics import f1_score, matthews_corrcoef

    generator = np.random.default_rng(seed)
    gold = generator.integers(0, labels, 60)
    guesses = np.where(generator.random(60) < 0.6, gold, generator.integers(0, labels, 60))
    assert macro_f1(guesses.tolist(), gold.tolist()) == pytest.approx(f1_score(gold, guesses, average="macro"))
    assert mcc(guesses.tolist(), gold.tolist()) == pytest.approx(matthews_corrcoef(gold, guesses))


def test_always_the_same_label():
    assert mcc([1, 1, 1], [0, 1, 1]) == 0.0
    assert macro_f1([1, 1, 1], [0, 1, 1]) == pytest.approx(0.8 / 2)


def test_labels_that_never_occur_do_not_count():
    assert macro_f1([0, 2], [0, 2]) == 1.0


def test_no_answer_is_wrong_and_is_no_label():
    from sklearn.metrics import f1_score, matthews_corrcoef

    gold, guesses = [0, 0, 1, 1], [0, None, 1, 1]
    named = [2 if guess is None else guess for guess in guesses]
    assert macro_f1(guesses, gold) == pytest.approx(f1_score(gold, named, labels=[0, 1], average="macro"))
    assert mcc(guesses, gold) == pytest.approx(matthews_corrcoef(gold, named))


@pytest.mark.parametrize("metric", [macro_f1, mcc])
@pytest.mark.parametrize(("guesses", "gold"), [([], []), ([0], [0, 1]), ([0], [-1]), ([-1], [0])])
def test_bad_input_is_refused(metric, guesses, gold):
    with pytest.raises(BadInput):
        metric(guesses, gold)
