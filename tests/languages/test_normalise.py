"""Normalisation rules, each on text that needs it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import UsageError
from workbench.languages import RULES, Normaliser, default_normaliser


@pytest.mark.parametrize(
    ("rule", "language", "text", "expected"),
    [
        ("nfc", "fr", "cafe\u0301", "café"),
        ("nfkc", "ja", "ＡＢＣ１２３ ﾃｽﾄ", "ABC123 テスト"),
        ("nfkc", "ar", "ﻣﺮﺣﺒﺎ", "مرحبا"),
        ("casefold", "de", "STRASSE", "strasse"),
        ("casefold", "de", "Straße", "strasse"),
        ("casefold", "en", "ISTANBUL", "istanbul"),
        ("casefold", "tr", "ISPARTA İZMİR", "ısparta izmir"),
        ("casefold", "az", "İI", "iı"),
        ("casefold", "tr", "i\u0307", "i"),
        ("casefold", "el", "ΟΔΟΣ ὁδός", "οδοσ ὁδόσ"),
        ("digits", "ar", "٢٠٢٣", "2023"),
        ("digits", "fa", "۲۰۲۳", "2023"),
        ("digits", "hi", "२०२३", "2023"),
        ("digits", "bn", "২০২৩", "2023"),
        ("digits", "th", "๒๐๒๓", "2023"),
        ("digits", "my", "၂၀၂၃", "2023"),
        ("digits", "km", "២០២៣", "2023"),
        ("digits", "lo", "໒໐໒໓", "2023"),
        ("digits", "nqo", "߂߀߂߃", "2023"),
        ("digits", "mni", "꯲꯰꯲꯳", "2023"),
        ("digits", "en", "x² ½", "x² ½"),
        ("zero_width", "km", "ភាសា\u200bខ្មែរ\u200e", "ភាសាខ្មែរ"),
        ("joiners", "fa", "می\u200cخواهم", "میخواهم"),
        ("tatweel", "ar", "العـــربية", "العربية"),
        ("arabic_diacritics", "ar", "العَرَبِيَّةُ", "العربية"),
        ("alef_forms", "ar", "أإآٱا", "ااااا"),
        ("persian_letters", "fa", "كتابي", "کتابی"),
        ("persian_letters", "ar", "كتابي", "كتابي"),
        ("arabic_letters", "ar", "على کیف", "علي كيف"),
        ("arabic_letters", "fa", "کیف", "کیف"),
        ("niqqud", "he", "שָׁלוֹם", "שלום"),
        ("nukta", "hi", "ज़मीन सड़क", "जमीन सडक"),
        ("tone_placement", "vi", "hòa thúy khỏe", "hoà thuý khoẻ"),
        ("tone_placement", "vi", "quý hoàng mùa toán HÒA", "quý hoàng mùa toán HOÀ"),
        ("diacritics", "vi", "Việt Nam", "Viet Nam"),
        ("elision", "fr", "l'eau d'Or L’air", "eau d'Or air"),
        ("elision", "it", "un'ora gl'italiani l'Aquila", "ora italiani Aquila"),
        ("elision", "en", "l'eau", "l'eau"),
        ("punctuation", "en", "U.S.A. $5 (well-known)!", "USA 5 wellknown"),
        ("punctuation", "zh", "「北京」，中国。", "北京中国"),
        ("punctuation", "ar", "لماذا؟ نعم،", "لماذا نعم"),
        ("punctuation", "hi", "नमस्ते।", "नमस्ते"),
        ("punctuation", "am", "ሰላም፡ለዓለም።", "ሰላም ለዓለም"),
        ("punctuation", "he", "בית־ספר", "בית ספר"),
        ("punctuation", "bo", "བོད་སྐད།", "བོད སྐད"),
        ("punctuation", "my", "မြန်မာ။", "မြန်မာ"),
        ("articles", "en", "the cat and a dog", "  cat and   dog"),
        ("articles", "de", "der hund dem", "  hund  "),
        ("articles", "pt", "o rio os", "  rio  "),
        ("articles", "hu", "az alma", "  alma"),
        ("articles", "th", "a the", "a the"),
        ("whitespace", "en", " a \t\n b\u00a0c ", "a b c"),
    ],
)
def test_rule(rule, language, text, expected):
    assert RULES[rule](text, language) == expected


def test_every_decimal_digit_of_unicode_is_folded():
    digits = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]
    assert len(digits) >= 650
    for digit in digits:
        assert RULES["digits"](digit, "und") == str(unicodedata.decimal(digit))


@given(st.text(max_size=40), st.sampled_from(["en", "fr", "tr", "ar", "fa", "he", "th", "hi", "ja", "my", "el", "hu"]))
@settings(max_examples=300, deadline=None)
def test_letters_stay_and_every_rule_settles(text, tag):
    normaliser = default_normaliser(tag)
    once = normaliser(text)
    assert "  " not in once
    assert once == once.strip()
    # Removing marks can join what then composes (NFKC of a joined pair), or uncover an article: twice settles it.
    twice = normaliser(once)
    assert normaliser(twice) == twice


@pytest.mark.parametrize(
    ("tag", "first", "second"),
    [
        ("en", "The U.S.A.", "usa"),
        ("fr", "L’Eau", "eau"),
        ("tr", "IŞIK", "ışık"),
        ("ar", "أَلْقَاهِرَةُ ٢٠٢٣", "القاهرة 2023"),
        ("ur", "كراچي ۵", "کراچی 5"),
        ("he", "יְרוּשָׁלַיִם", "ירושלים"),
        ("th", "กรุงเทพ\u200bฯ ๕", "กรุงเทพฯ 5"),
        ("ja", "「東京」", "東京"),
        ("hi", "दिल्ली।", "दिल्ली"),
        ("km", "ភ្នំពេញ\u200b", "ភ្នំពេញ"),
        ("my", "ရန်ကုန်။", "ရန်ကုန်"),
        ("nqo", "߂߀", "20"),
    ],
)
def test_the_default_makes_equal_what_is_equal(tag, first, second):
    normaliser = default_normaliser(tag)
    assert normaliser(first) == normaliser(second)


@pytest.mark.parametrize(
    ("tag", "first", "second"),
    [("tr", "ısı", "isi"), ("vi", "má", "ma"), ("hi", "दिन", "दीन"), ("th", "มา", "ม้า"), ("es", "año", "ano")],
)
def test_the_default_keeps_apart_what_differs(tag, first, second):
    normaliser = default_normaliser(tag)
    assert normaliser(first) != normaliser(second)


def test_trace_names_the_rules_that_changed_something():
    traced = default_normaliser("ar").trace("العـربية ٥")
    assert traced.text == "العربية 5"
    assert traced.changed_by == ("digits", "tatweel")


def test_signature_and_leaving_a_rule_out():
    normaliser = default_normaliser("en")
    assert normaliser.signature == "nfkc+casefold+digits+zero_width+joiners+punctuation+articles+whitespace"
    assert normaliser.without("articles")("The cat") == "the cat"
    assert Normaliser("en", ()).signature == "none"


def test_english_default_is_squads():
    import re
    import string

    def squad(text):
        text = "".join(character for character in text.lower() if character not in string.punctuation)
        return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())

    for text in (
        "The Broncos!",
        "a $5,000 prize",
        "an F-16 at the O'Hare",
        "well-known (A)",
        "3.14",
        "Denver Broncos ",
    ):
        assert default_normaliser("en")(text) == squad(text)


def test_an_unknown_rule_is_refused_and_the_known_ones_named():
    with pytest.raises(UsageError) as caught:
        Normaliser("en", ("stemming",))
    assert "punctuation" in caught.value.remedy
