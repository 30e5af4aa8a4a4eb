"""Answers taken out of written text, in many scripts."""

from __future__ import annotations

import pytest

from workbench.errors import BadInput
from workbench.metrics import extract_answer, extract_choice, extract_number, without_thinking
from workbench.metrics.answer_words import ANSWER_WORDS

CITIES = ["Paris", "London", "New York", "York"]


def choice(text, letters="ABCD", choices=CITIES, language="en", lead=""):
    return extract_choice(text, letters=list(letters), choices=choices, language=language, lead=lead)


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("B", 1),
        ("b", 1),
        ("(b)", 1),
        ("B.", 1),
        ("**B)** London", 1),
        ("B: London", 1),
        ("B London", 1),
        ("B, because A is wrong", 1),
        ("\n\n  C \nQuestion: next", 2),
        ("Ⓑ", 1),
        ("Ｂ", 1),
        ("The answer is (C).", 2),
        ("Answer: B", 1),
        ("Answer - B", 1),
        ("Let us see.\nA is a city, B is too.\nThe answer is D.", 3),
        ("The answer is B because of the river", 1),
        ("New York", 2),
        ("york.", 3),
        ("London, of course", 1),
    ],
)
def test_answers_where_an_answer_was_asked_for(text, index):
    found = choice(text)
    assert (found.index, found.state) == (index, "parsed"), found


@pytest.mark.parametrize(
    ("language", "letters", "text", "index"),
    [
        ("ar", "أبجد", "الإجابة: ب", 1),
        ("ar", "أبجد", "ا", 0),
        ("fa", "ABCD", "پاسخ صحیح: C", 2),
        ("he", "אבגד", "תשובה: ב", 1),
        ("my", "ကခဂဃ", "အဖြေ ခ", 1),
        ("my", "ကခဂဃ", "(ဃ)", 3),
        ("th", "กขคง", "คำตอบคือ ข", 1),
        ("th", "กขคง", "ตอบ ค.", 2),
        ("km", "កខគឃ", "ចម្លើយ៖ គ", 2),
        ("bn", "কখগঘ", "উত্তর: খ", 1),
        ("hi", "कखगघ", "उत्तर: (ख)", 1),
        ("ru", "АБВГ", "Ответ: В", 2),
        ("zh", "ABCD", "答案是B。", 1),
        ("zh", "ABCD", "正确答案：C", 2),
        ("ja", "ABCD", "答えはCです", 2),
        ("ko", "ABCD", "정답은 B입니다", 1),
        ("de", "ABCD", "Die richtige Antwort lautet B.", 1),
        ("fr", "ABCD", "Réponse : D", 3),
        ("tr", "ABCD", "Cevap: B", 1),
        ("vi", "ABCD", "Đáp án: B", 1),
        ("sw", "ABCD", "Jibu: B", 1),
        ("am", "ABCD", "መልስ፡ B", 1),
        ("hi", "1234", "२", 1),
        ("nqo", "1234", "߂", 1),
    ],
)
def test_answers_in_many_scripts(language, letters, text, index):
    found = choice(text, letters, language=language)
    assert (found.index, found.state) == (index, "parsed"), found


@pytest.mark.parametrize(
    ("text", "language", "index", "rule"),
    [
        ("I choose B.", "en", 1, "only-letter-first-line"),
        ("A is correct", "en", 0, "only-letter-first-line"),
        ("I think it is New York, surely.", "en", 2, "only-choice-first-line"),
        ("Well.\nLondon it must be", "en", 1, "only-choice-whole-answer"),
        ("La réponse est la B", "fr", 1, "only-letter-after-answer-word"),
        ("選択肢Bです", "ja", 1, "only-letter-first-line"),
        ("В", "ru", 1, "look-alike-letter"),
    ],
)
def test_the_only_candidate_elsewhere_is_a_fallback(text, language, index, rule):
    found = choice(text, language=language)
    assert (found.index, found.state, found.rule) == (index, "fallback", rule)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n",
        "None of them",
        "Both A and B",
        "It's between B and C",
        "A good question.",
        "A-level exams",
        "Paris or London",
        "E",
        "1.5",
    ],
)
def test_what_names_no_choice_fails_with_an_empty_answer(text):
    found = choice(text)
    assert (found.index, found.answer, found.state) == (None, "", "failed")
    assert found.rule in ("empty", "no-choice-found")


def test_label_words():
    labels = ["positive", "negative", "neutral"]
    assert choice("Positive", "", labels).index == 0
    assert choice("The sentiment is negative.", "", labels).index == 1
    assert choice("neutral, I would say", "", labels).state == "parsed"  # begins with it
    assert choice("neutral or positive", "", labels).state == "failed"
    assert choice("not_entailment", "", ["entailment", "not_entailment"]).index == 1
    assert choice("Sentimen: negatif", "", ["positif", "negatif"], "id", "Sentimen:").index == 1
    assert choice("negatively", "", labels).state == "failed"
    assert choice("ฉันคิดว่าเป็นบวก", "", ["บวก", "ลบ"], "th").index == 0


def test_a_choice_inside_a_longer_one_is_not_meant():
    assert choice("I would say New York").index == 2


def test_bad_choices_are_refused():
    with pytest.raises(BadInput):
        choice("A", "ABCD", [])
    with pytest.raises(BadInput):
        choice("A", "AB", CITIES)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>A or B?</think>\nC", "\nC"),
        ("<THINK>x</THINK>C<think>y</think>", "C"),
        ("reasoning that the template opened</think> D", " D"),
        ("[THINK]x[/THINK]E", "E"),
        ("◁think▷x◁/think▷E", "E"),
        ("no blocks", "no blocks"),
        ("<think>never ends", None),
        ("A <think>done</think> <think>not done", None),
    ],
)
def test_thinking_is_no_part_of_an_answer(text, rest):
    assert without_thinking(text) == rest


def test_an_unclosed_think_block_is_an_empty_answer():
    text = "<think>The answer is B, 5, Paris"
    for found in (choice(text), extract_answer(text, language="en"), extract_number(text, language="en")):
        assert (found.answer, found.state, found.rule) == ("", "failed", "unclosed-think-block")


@pytest.mark.parametrize(
    ("text", "answer", "rule"),
    [
        ("Paris", "Paris", "first-line"),
        ('\n\n"Paris"\nBecause it is.', "Paris", "first-line"),
        ("**Paris**", "Paris", "first-line"),
        ("Answer: Paris", "Paris", "after-answer-word"),
        ("The answer is Paris", "Paris", "after-answer-word"),
        ("Answering machine", "Answering machine", "first-line"),
        ("「東京」", "東京", "first-line"),
    ],
)
def test_short_answers(text, answer, rule):
    found = extract_answer(text, language="en", lead="Answer:")
    assert (found.answer, found.state, found.rule) == (answer, "parsed", rule)


def test_a_line_that_only_introduces_is_skipped():
    found = extract_answer("Here you are:\nParis", language="en")
    assert (found.answer, found.state, found.rule) == ("Paris", "fallback", "second-line")
    assert extract_answer("Answer:", language="en").state == "failed"
    assert extract_answer("** **", language="en").state == "failed"


@pytest.mark.parametrize(
    ("text", "language", "answer", "state", "rule"),
    [
        ("3 + 4 = 7\n#### 2,125", "en", "2,125", "parsed", "after-hashes"),
        ("so \\boxed{42}", "en", "42", "parsed", "boxed"),
        ("So 3+4=7. The answer is 7.", "en", "7", "parsed", "after-answer-word"),
        ("Antwort: 2.125", "de", "2.125", "parsed", "after-answer-word"),
        ("Answer: -5", "en", "-5", "parsed", "after-answer-word"),
        ("Answer: about 7 apples, as 3 + 4", "en", "7", "parsed", "after-answer-word"),
        ("答えは12個です。", "ja", "12", "parsed", "after-answer-word"),
        ("คำตอบ: ๑๒", "th", "๑๒", "parsed", "after-answer-word"),
        ("১৮", "bn", "১৮", "parsed", "only-number"),
        ("first 3, then 4", "en", "4", "fallback", "last-number"),
        ("The answer to question 3 is 7", "en", "7", "fallback", "last-number"),
        ("no idea", "en", "", "failed", "no-number"),
        ("", "en", "", "failed", "empty"),
    ],
)
def test_numbers(text, language, answer, state, rule):
    found = extract_number(text, language=language)
    assert (found.answer, found.state, found.rule) == (answer, state, rule)


def test_answer_words_are_under_known_languages_and_lower_case():
    from workbench.languages import normalise_tag

    for tag, words in ANSWER_WORDS.items():
        assert normalise_tag(tag) == tag
        for word in words:
            assert word == word.lower().strip()
            assert extract_answer(f"{word}: 5", language=tag).answer == "5"
