"""ROUGE-L: against `rouge_score` in English, by words elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from workbench.errors import BadInput
from workbench.metrics.rouge import common_subsequence, rouge_l

words = st.lists(st.sampled_from(["river", "runs", "north", "42", "cold", "sea"]), min_size=1, max_size=12).map(
    " ".join
)


@given(words, words)
def test_english_is_that_of_rouge_score(answer, reference):
    expected = RougeScorer(["rougeL"]).score(reference, answer)["rougeL"].fmeasure
    assert rouge_l(answer, [reference], "en") == pytest.approx(expected)


def test_words_are_found_where_no_spaces_are_written():
    # ICU finds ฉัน | รัก | แม่ | น้ำ and ฉัน | รัก | ทะเล: two words in common
    assert rouge_l("ฉันรักแม่น้ำ", ["ฉันรักทะเล"], "th") == pytest.approx(4 / 7)
    assert rouge_l("我喜欢河流", ["我喜欢河流"], "zh") == 1.0


def test_the_best_reference_counts_and_order_matters():
    assert rouge_l("a b c d", ["x y", "a b c d"], "und") == 1.0
    assert rouge_l("d c b a", ["a b c d"], "und") == pytest.approx(1 / 4)


@pytest.mark.parametrize(("answer", "score"), [("", 0.0), ("...", 0.0)])
def test_an_answer_without_words_has_nothing_in_common(answer, score):
    assert rouge_l(answer, ["a b"], "en") == score


def test_it_needs_a_reference():
    with pytest.raises(BadInput):
        rouge_l("a", [], "en")


def test_the_subsequence_need_not_be_in_one_piece():
    assert common_subsequence("axbxc", "abc") == 3
    assert common_subsequence("", "abc") == 0
