"""Text by others: hidden characters shown, marks that writing needs kept, endless text cut."""

from __future__ import annotations

import pytest

from workbench.reports.clean import line, show, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x07", "a␀b␇"),
        ("\x7f", "␡"),
        ("\x9b", "[U+009B]"),
        ("\u202egnp", "[U+202E]gnp"),
        ("\u2066x\u2069", "[U+2066]x[U+2069]"),
        ("\U000e0041", "[U+E0041]"),
        ("\ud800", "[U+D800]"),
        ("tab\tand\nline", "tab\tand\nline"),
    ],
)
def test_hidden_characters_are_shown(text: str, shown: str):
    assert show(text).text == shown


@pytest.mark.parametrize("text", ["می\u200cخواهم", "क्\u200dष", "\u200f(א)", "ก\u200bข", "e\u0301", "👩\u200d🔬"])
def test_marks_that_writing_needs_stay(text: str):
    assert show(text).text == text


def test_long_text_is_cut_and_counted():
    shown = show("x" * 5000, 1000)
    assert (len(shown.text), shown.cut) == (1000, 4000)
    assert line("a  b\nc") == "a b c"
    assert line("y" * 300).endswith("…")


def test_only_plain_text_is_changed():
    assert visible(7) == 7
    assert visible(None) is None
