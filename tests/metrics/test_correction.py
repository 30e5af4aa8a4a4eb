"""F0.5 of edits: worked examples, and what holds for every sentence."""

from __future__ import annotations

import evaluate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import BadInput
from workbench.metrics import module_path
from workbench.metrics.correction import edit_counts, edit_f05, edits, tokens

SENTENCE = "The cat sat at mat ."
GOOD = "The cat sat on the mat ."
texts = st.lists(st.sampled_from(["a", "b", "c", ",", ".", "été", "кіт", "แมว"]), min_size=1, max_size=8).map(" ".join)


def test_spaces_around_punctuation_are_no_edit():
    assert tokens("Так , це він .") == tokens("Так, це він.") == ["Так", ",", "це", "він", "."]
    assert edits("п'ять кішок", "п'ять кішок") == {}


def test_edits_are_runs_of_tokens():
    assert edits(SENTENCE, GOOD) == {(3, 4, ("on", "the")): 1}
    assert edits("a b c", "a c d") == {(1, 2, ()): 1, (3, 3, ("d",)): 1}


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        (GOOD, (1, 0, 0)),
        (SENTENCE, (0, 0, 1)),
        ("", (0, 0, 1)),
        ("A cat sat on the mat .", (1, 1, 0)),
        ("The cat sat on mat .", (0, 1, 1)),
    ],
)
def test_right_wrong_and_missed(answer, counts):
    assert edit_counts(SENTENCE, answer, [GOOD]) == counts


def test_the_annotator_who_fits_best_counts():
    assert edit_counts(SENTENCE, "The cat sat on a mat .", [GOOD, "The cat sat on a mat ."]) == (1, 0, 0)
    assert edit_counts(SENTENCE, SENTENCE, [GOOD, SENTENCE]) == (0, 0, 0)


def test_the_score_is_of_the_sums():
    sentences = [SENTENCE, "a b c", "x y"]
    answers = [GOOD, "a b c", "x z"]
    gold = [[GOOD], ["a c"], ["x y"]]
    # one right, one wrong, one missed: P = R = 1/2
    assert edit_f05(sentences, answers, gold) == pytest.approx(0.5)
    module = evaluate.load(str(module_path("edit_f05")), keep_in_memory=True)
    assert module.compute(predictions=answers, references=gold, sentences=sentences) == {"edit_f05": pytest.approx(0.5)}


def test_precision_counts_twice():
    wrong_edit = edit_f05(["a b", "c d"], ["a x", "y d"], [["a x"], ["c d"]])
    missed_edit = edit_f05(["a b", "c d"], ["a x", "c d"], [["a x"], ["y d"]])
    assert wrong_edit == pytest.approx(1.25 / 2.25)
    assert missed_edit == pytest.approx(1.25 / 1.5)


def test_nothing_to_correct_and_nothing_changed_is_right():
    assert edit_f05([SENTENCE], [SENTENCE], [[SENTENCE]]) == 1.0
    assert edit_f05([SENTENCE], [GOOD], [[SENTENCE]]) == 0.0


@given(texts, texts, texts)
def test_a_correction_is_right_and_counts_balance(sentence, answer, correction):
    right, wrong, missed = edit_counts(sentence, answer, [correction])
    assert right + wrong == edits(sentence, answer).total()
    assert right + missed == edits(sentence, correction).total()
    assert edit_counts(sentence, correction, [correction])[1:] == (0, 0)


@pytest.mark.parametrize(
    "arguments", [([], [], []), (["a"], [], [["a"]]), (["a"], ["a"], [[]])], ids=["none", "uneven", "no correction"]
)
def test_what_cannot_be_scored_is_refused(arguments):
    with pytest.raises(BadInput):
        edit_f05(*arguments)
