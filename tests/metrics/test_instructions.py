"""Instructions that can be checked, in several scripts."""

from __future__ import annotations

import json

import pytest

from workbench.errors import BadInput
from workbench.metrics.instructions import CHECKS, follows, judge_instructions, read_instruction, share_followed

CASES = [
    ("keywords:existence", {"keywords": ["แม่น้ำ", "ทะเล"]}, "th", "แม่น้ำไหลลงทะเล", "แม่น้ำไหลไปทางเหนือ"),
    ("keywords:existence", {"keywords": ["река"]}, "ru", "Река течёт.", "Речка течёт."),
    ("keywords:forbidden_words", {"forbidden_words": ["كتاب"]}, "ar", "هذا قلم", "هذا كِتَاب"),
    ("keywords:forbidden_words", {"forbidden_words": ["art"]}, "en", "A cart.", "Fine art."),
    ("keywords:frequency", {"keyword": "नदी", "frequency": 2, "relation": "at least"}, "hi", "नदी, नदी!", "नदी"),
    ("keywords:letter_frequency", {"letter": "ß", "let_frequency": 2, "let_relation": "less than"}, "de", "Straße", "ßß"),
    (
        "language:response_language", {"language": "fr"}, "fr",
        "Le fleuve traverse la ville et se jette dans la mer après un long voyage.",
        "The river crosses the city and flows into the sea after a long journey.",
    ),
    ("length_constraints:number_words", {"num_words": 3, "relation": "at least"}, "th", "ฉันรักแม่น้ำ", "ฉันรัก"),
    ("length_constraints:number_words", {"num_words": 2, "relation": "exactly"}, "ko", "강이 흐른다", "강이 북쪽으로 흐른다"),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at most"}, "zh", "你好。再见。", "一。二。三。"),
    ("length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"}, "hi", "हाँ। नहीं।", "हाँ"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "en", "One\n***\nTwo", "One\n\nTwo"),
    (
        "length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "ماء"}, "ar",
        "نهر\n\nماء بارد", "ماء\n\nنهر",
    ),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "en", "[name], [place]", "[name]"),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "en", "Yes.\nP.S. No.", "Yes."),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "ja", "* 川\n* 海", "* 川"),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "en", "*one* and **two**", "2 * 3 * 4"),
    (
        "detectable_format:multiple_sections", {"section_spliter": "Partie", "num_sections": 2}, "fr",
        "Partie 1\na\nPartie 2\nb", "Partie 1",
    ),
    ("detectable_format:json_format", {}, "th", '```json\n{"ก": 1}\n```', "{ก: 1}"),
    ("detectable_format:title", {}, "hi", "<<नदी>>\nपानी", "<< >>"),
    ("combination:two_responses", {}, "en", "one******two", "one******one"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "¿Qué es?"}, "es", "¿qué es? Un río.", "Un río."),
    ("startend:end_checker", {"end_phrase": "終わり。"}, "ja", "川です。終わり。", "終わり。川です。"),
    ("startend:quotation", {}, "ja", "「川」", "「川"),
    ("startend:quotation", {}, "ru", "«Река»", "Река"),
    ("change_case:english_capital", {}, "en", "RIVER!", "River!"),
    ("change_case:english_lowercase", {}, "el", "ποτάμι", "Ποτάμι"),
    (
        "change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "less than"}, "en",
        "The BIG sea", "The BIG SEA",
    ),
    ("punctuation:no_comma", {}, "ar", "نهر وبحر", "نهر، بحر"),
    ("punctuation:no_comma", {}, "zh", "河。海。", "河、海"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "tag", "good", "bad"), CASES)
def test_followed_or_not(name, settings, tag, good, bad):
    instruction = read_instruction(json.dumps({"id": name, **settings}))
    assert follows(instruction, good, tag)
    assert not follows(instruction, bad, tag)
    assert not follows(instruction, " ", tag)


def test_every_check_is_tried_here():
    assert {name for name, *_ in CASES} == set(CHECKS)


def test_all_and_each():
    wanted = ['{"id": "punctuation:no_comma"}', '{"id": "change_case:english_lowercase"}']
    assert dict(judge_instructions("a b", wanted, "en")) == {
        "all_instructions": 1.0, "instructions_followed": 2.0, "instructions_given": 2.0
    }  # fmt: skip
    assert share_followed(["a b", "A b"], [wanted, wanted], "en") == (0.5, 0.75)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "JSON object"),
        ("[]", "has an `id`"),
        ('{"id": "keywords:rhyme"}', "cannot be checked here"),
        ('{"id": "keywords:existence"}', "not in order"),
        ('{"id": "keywords:existence", "keywords": "one"}', "not in order"),
        ('{"id": "length_constraints:number_words", "num_words": 3, "relation": "about"}', "not in order"),
        ('{"id": "length_constraints:number_words", "num_words": "many", "relation": "at least"}', "not in order"),
    ],
)
def test_what_cannot_be_checked_is_refused(text, said):
    with pytest.raises(BadInput, match=said):
        read_instruction(text)


def test_nothing_to_follow_is_refused():
    with pytest.raises(BadInput):
        judge_instructions("a", [], "en")
