"""Options that stand inside a question."""

from __future__ import annotations

import pytest

from workbench.benchmarks.inline_options import split_options

FOUR = list("ABCD")


@pytest.mark.parametrize(
    ("text", "letters", "stem", "options"),
    [
        ("Which? A. one B. two C. three", FOUR, "Which?", ("one", "two", "three")),
        ("Which?\n(A) one\n(B) two", FOUR, "Which?", ("one", "two")),
        (
            "下列正确的是（　　） \nA．甲   \nB．乙C．丙\nD．丁\n",
            FOUR,
            "下列正确的是（　　）",
            ("甲", "乙", "丙", "丁"),
        ),
        ("求 $A=\\{1\\}$ 则\nA. $1$\nB. $2$\nC. $3$\nD. $4$", FOUR, "求 $A=\\{1\\}$ 则", ("$1$", "$2$", "$3$", "$4$")),
        ("ข้อใดถูก ก. หนึ่ง ข. สอง ค. สาม", list("กขคง"), "ข้อใดถูก", ("หนึ่ง", "สอง", "สาม")),
        ("أيها صحيح؟ أ) واحد ب) اثنان", list("أبج"), "أيها صحيح؟", ("واحد", "اثنان")),
        ("As A. Smith said, which? A. one B. two", FOUR, "As A. Smith said, which?", ("one", "two")),
    ],
)
def test_what_stands_before_and_after_each_mark(text, letters, stem, options):
    assert split_options(text, letters) == (stem, options)


@pytest.mark.parametrize(
    "text",
    [
        "No options at all.",
        "Only A. one",
        "Out of order: B. two A. one",
        "1. First? A. one B. two 2. Second? A. three B. four",
        "",
    ],
)
def test_what_is_not_one_question_with_its_options(text):
    assert split_options(text, FOUR) is None
