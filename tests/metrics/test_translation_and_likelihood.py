"""chrF++, BLEU, bits per byte."""

from __future__ import annotations

import math

import pytest

from workbench.errors import BadInput
from workbench.metrics import bits_per_byte, bleu, bleu_tokenizer, chrf, judge_rolling, signature

ANSWERS = ["the cat sat on the mat .", "he reads a good book", "it rains"]
REFERENCES = [["the cat is on the mat .", "a cat sat on a mat"], ["he is reading a good book"], ["it is raining today"]]


def test_chrf_is_sacrebleus():
    from sacrebleu.metrics.chrf import CHRF

    single = [[accepted[0] for accepted in REFERENCES]]
    expected = CHRF(word_order=2).corpus_score(ANSWERS, single).score
    assert chrf(ANSWERS, [accepted[:1] for accepted in REFERENCES]) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("tag", "tokenizer"),
    [
        ("en", "13a"),
        ("hi", "13a"),
        ("zh", "zh"),
        ("zh-Hant", "zh"),
        ("ja", "char"),
        ("th", "char"),
        ("km", "char"),
        ("my", "char"),
        ("ko", "13a"),
    ],
)
def test_bleu_is_sacrebleus_with_the_languages_tokenizer(tag, tokenizer):
    from sacrebleu.metrics.bleu import BLEU

    assert bleu_tokenizer(tag) == tokenizer
    single = [[accepted[0] for accepted in REFERENCES]]
    expected = BLEU(tokenize=tokenizer).corpus_score(ANSWERS, single).score
    assert bleu(ANSWERS, [accepted[:1] for accepted in REFERENCES], tag) == pytest.approx(expected)
    assert f"tok:{tokenizer}" in signature("bleu", tag)


def test_items_may_have_different_numbers_of_references():
    assert chrf(ANSWERS, REFERENCES) > chrf(ANSWERS, [accepted[-1:] for accepted in REFERENCES]) - 1e-9
    assert bleu(ANSWERS, REFERENCES, "en") > 0


def test_perfect_and_empty_translations():
    for tag, text in (
        ("th", "ฉันรักภาษาไทยมากที่สุดในโลก"),
        ("ar", "أحب اللغة العربية كثيرا جدا"),
        ("ja", "私は日本語が大好きです"),
    ):
        assert chrf([text], [[text]], tag) == pytest.approx(100)
        assert bleu([text], [[text]], tag) == pytest.approx(100)
        assert chrf([""], [[text]], tag) == 0
        assert bleu([""], [[text]], tag) == 0


def test_chrf_signature_says_word_order():
    assert "nw:2" in signature("chrf", "th")


@pytest.mark.parametrize("metric", [chrf, lambda a, r: bleu(a, r, "en")])
@pytest.mark.parametrize(("answers", "references"), [([], []), (["a"], []), (["a"], [[]]), (["a"], [[" "]])])
def test_translations_that_cannot_be_judged_are_refused(metric, answers, references):
    with pytest.raises(BadInput):
        metric(answers, references)


def test_bits_per_byte_is_a_ratio_of_sums():
    assert bits_per_byte([-8 * math.log(2)], [8]) == pytest.approx(1.0)
    assert bits_per_byte([-math.log(2) * 10, -math.log(2) * 2], [4, 8]) == pytest.approx(1.0)
    assert dict(judge_rolling(-math.log(2) * 6, 3)) == {"bits_per_byte": pytest.approx(2.0)}


@pytest.mark.parametrize(
    ("values", "sizes"), [([], []), ([-1.0], [1, 2]), ([math.nan], [1]), ([-math.inf], [1]), ([-1.0], [0])]
)
def test_texts_that_cannot_be_judged_are_refused(values, sizes):
    with pytest.raises(BadInput):
        bits_per_byte(values, sizes)
