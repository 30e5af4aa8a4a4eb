"""Words, sentences, scripts."""

from __future__ import annotations

import pytest

from workbench.languages import script_of, scripts, segmentation_signature, sentences, words


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        ("en", "Hello, world! $5 C++ don't", ("Hello", "world", "$5", "C++", "don't")),
        ("th", "ฉันรักภาษาไทยมาก", ("ฉัน", "รัก", "ภาษา", "ไทย", "มาก")),
        ("ja", "私は学生です。", ("私", "は", "学生", "です")),
        ("zh", "北京大学", ("北京", "大学")),
        ("lo", "ຂ້ອຍຮັກພາສາລາວ", ("ຂ້ອຍ", "ຮັກ", "ພາສາ", "ລາວ")),
        ("my", "ခွေးသည်အိမ်ထဲသို့", ("ခွေး", "သည်", "အိမ်", "ထဲ", "သို့")),
        ("hi", "नमस्ते दुनिया।", ("नमस्ते", "दुनिया")),
        ("ar", "مرحبا، يا عالم؟", ("مرحبا", "يا", "عالم")),
        ("ko", "안녕 세상", ("안녕", "세상")),
        ("am", "ሰላም፡ለዓለም።", ("ሰላም", "ለዓለም")),
        ("bo", "བོད་སྐད་ཡིག", ("བོད", "སྐད", "ཡིག")),
        ("jv-Java", "ꦧꦱꦗꦮ", ("ꦧ", "ꦱ", "ꦗ", "ꦮ")),
        ("th", "ฉันรัก Python ภาษา😀ไทย", ("ฉัน", "รัก", "Python", "ภาษา", "😀", "ไทย")),
        ("en", "กรุงเทพ is ไทย", ("กรุงเทพ", "is", "ไทย")),
        ("en", " ... — ", ()),
        ("th", "", ()),
    ],
)
def test_words(tag, text, expected):
    assert words(text, tag) == expected


def test_khmer_words_join_to_the_text():
    text = "ខ្ញុំស្រឡាញ់ភាសាខ្មែរ"
    found = words(text, "km")
    assert "".join(found) == text
    assert len(found) >= 3


def test_zero_width_space_parts_words():
    assert words("ភាសា\u200bខ្មែរ", "km")[0] == "ភាសា"


def test_sentences():
    assert sentences("यह एक है। वह दो है।", "hi") == ("यह एक है।", "वह दो है।")
    assert sentences("今日は。明日は。", "ja") == ("今日は。", "明日は。")
    assert sentences("  ", "en") == ()


def test_segmenter_says_its_version():
    assert segmentation_signature().startswith("icu")


def test_scripts_of_a_mixed_text():
    found = scripts("Hello 世界 かな 123!")
    assert [(share.script, share.characters) for share in found] == [("Latn", 5), ("Hani", 2), ("Hira", 2)]
    assert sum(share.share for share in found) == pytest.approx(1)
    assert scripts("123 !?") == ()


@pytest.mark.parametrize(
    ("character", "script"),
    [
        ("a", "Latn"),
        ("я", "Cyrl"),
        ("ß", "Latn"),
        ("ע", "Hebr"),
        ("ߒ", "Nkoo"),
        ("ខ", "Khmr"),
        ("က", "Mymr"),
        ("ꯃ", "Mtei"),
        ("ᱚ", "Olck"),
        ("1", "Zyyy"),
        ("\u0301", "Zyyy"),
    ],
)
def test_script_of(character, script):
    assert script_of(character) == script
