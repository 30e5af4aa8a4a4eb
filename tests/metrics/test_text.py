"""Exact match, token F1, numeric match, rule effects."""

from __future__ import annotations

import pytest

from workbench.errors import BadInput
from workbench.languages import Normaliser
from workbench.metrics import exact_match, judge_text, numeric_match, rule_effects, token_f1


@pytest.mark.parametrize(
    ("language", "answer", "reference"),
    [
        ("en", "The Denver Broncos!", "denver broncos"),
        ("ar", "القَاهِرَة", "القاهرة"),
        ("ar", "٢٠٢٣", "2023"),
        ("th", "กรุงเทพฯ", "กรุงเทพฯ"),
        ("hi", "१९४७।", "1947"),
        ("ja", "「東京」", "東京"),
        ("he", "יְרוּשָׁלַיִם", "ירושלים"),
        ("my", "၁၉၄၈", "1948"),
        ("km", "ភ្នំពេញ\u200b។", "ភ្នំពេញ"),
        ("nqo", "߂߀߂߃", "2023"),
        ("tr", "IĞDIR", "ığdır"),
        ("fr", "L’Oréal", "oréal"),
    ],
)
def test_exact_match_forgives_what_is_no_difference(language, answer, reference):
    assert exact_match(answer, ["something else", reference], language) == 1.0


@pytest.mark.parametrize(
    ("language", "answer", "reference"),
    [("tr", "ısı", "isi"), ("es", "ano", "año"), ("en", "Broncos", "Denver Broncos"), ("hi", "दिन", "दीन")],
)
def test_exact_match_keeps_what_differs(language, answer, reference):
    assert exact_match(answer, [reference], language) == 0.0


def test_an_empty_answer_is_right_only_where_nothing_was_expected():
    assert exact_match("", ["?"], "en") == 0.0
    assert exact_match("", ["the"], "en") == 0.0
    assert exact_match("!", ["?"], "en") == 0.0
    assert exact_match("The The", ["the the"], "en") == 1.0
    assert exact_match("", [""], "en") == 1.0
    assert token_f1("", ["Paris"], "en") == 0.0
    assert token_f1("", [""], "en") == 1.0


def test_token_f1_is_squads():
    # 2 shared of 3 given and 4 expected
    assert token_f1("the brown lazy fox", ["quick brown fox jumps"], "en") == pytest.approx(2 * 2 / (3 + 4))
    assert token_f1("fox", ["dog", "the fox"], "en") == 1.0
    assert token_f1("a b b", ["b b c"], "de") == pytest.approx(2 * 2 / 6)


@pytest.mark.parametrize(
    ("language", "answer", "reference"),
    [
        ("th", "ฉันรักภาษาไทย", "ภาษาไทย"),
        ("zh", "北京大学", "大学"),
        ("ja", "東京大学の学生", "学生"),
        ("km", "ភាសាខ្មែរស្រឡាញ់", "ស្រឡាញ់"),
        ("my", "ခွေးသည်အိမ်", "အိမ်"),
        ("lo", "ຮັກພາສາລາວ", "ພາສາ"),
    ],
)
def test_words_are_found_where_no_spaces_are_written(language, answer, reference):
    assert 0 < token_f1(answer, [reference], language) < 1
    assert token_f1(answer, [reference], language, segment=False) == 0.0


@pytest.mark.parametrize(
    ("language", "answer", "reference", "right"),
    [
        ("en", "2,125", "2125", True),
        ("de", "2.125", "2,125", True),
        ("de", "2125", "2,125", True),
        ("de", "114.200 Euro", "114,200", True),
        ("en", "2125", "2.125", False),
        ("th", "ตอบ ๑๘", "18", True),
        ("bn", "১৮", "18", True),
        ("ar", "١٨", "18", True),
        ("fr", "2 125", "2,125", True),
        ("ru", "18,5", "18.5", True),
        ("zh", "是18个", "18", True),
        ("en", "18.00", "18", True),
        ("en", "3 + 4 = 7", "7", True),
        ("en", "7 = 3 + 4", "7", False),
        ("en", "-5", "5", False),
        ("en", "eighteen", "18", False),
        ("en", "", "18", False),
    ],
)
def test_numeric_match(language, answer, reference, right):
    assert numeric_match(answer, [reference], language) == float(right)


def test_mgsm_answers_match_themselves(benchmark_files):
    count = 0
    for path in sorted((benchmark_files / "mgsm").glob("mgsm_*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            answer = line.rsplit("\t", 1)[1]
            assert numeric_match(answer, [answer], path.stem.removeprefix("mgsm_")) == 1.0
            assert numeric_match(answer.replace(",", ""), [answer], path.stem.removeprefix("mgsm_")) == 1.0
            count += 1
    assert count == 2000


def test_rule_effects_add_up_to_the_whole():
    judged = [
        ("The Cat", ["cat"], "en"),
        ("cat", ["cat"], "en"),
        ("٥", ["5"], "ar"),
        ("قَلَم", ["قلم"], "ar"),
        ("dog", ["cat"], "en"),
    ]
    effects = {effect.rule: effect for effect in rule_effects(judged)}
    # "The Cat" needs case, then the article, then the space it leaves: the verdict turns with the last of them.
    assert effects["whitespace"].changed == 1
    assert effects["digits"].changed == 1
    assert effects["arabic_diacritics"].changed == 1
    assert effects["punctuation"].changed == 0
    raw = sum(exact_match(a, r, t, Normaliser(t, ())) for a, r, t in judged)
    full = sum(exact_match(a, r, t) for a, r, t in judged)
    assert sum(effect.raised - effect.lowered for effect in effects.values()) == full - raw


def test_rule_effects_of_token_f1_list_segmentation():
    effects = rule_effects([("ฉันรักภาษาไทย", ["ภาษาไทย"], "th")], "token_f1")
    assert effects[-1].rule == "segmentation"
    assert effects[-1].raised == 1


def test_judge_text_scores_item_metrics_and_leaves_corpus_ones():
    scores = judge_text("the cat", ["cat"], "en", ["exact_match", "token_f1", "chrf"])
    assert scores == (("exact_match", 1.0), ("token_f1", 1.0))


def test_judge_text_leaves_numbers_out_where_none_was_expected():
    assert judge_text("Paris", ["Paris"], "en", ["exact_match", "numeric_match"]) == (("exact_match", 1.0),)
    assert judge_text("5", ["five", "5"], "en", ["numeric_match"]) == (("numeric_match", 1.0),)


@pytest.mark.parametrize(
    "call",
    [
        lambda: exact_match("a", [], "en"),
        lambda: token_f1("a", [], "en"),
        lambda: numeric_match("1", [], "en"),
        lambda: numeric_match("1", ["none"], "en"),
        lambda: judge_text("a", [], "en", ["exact_match"]),
        lambda: rule_effects([], "bleu"),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput):
        call()
