"""Letters and signs by which examinations number their options, in many scripts."""

from __future__ import annotations

import unicodedata

ALPHABETS = (
    "ABCDEFGHIJKLMNOP",
    "abcdefghijklmnop",
    "АБВГДЕЖЗИК",
    "абвгдежзик",
    "ΑΒΓΔΕΖΗΘΙΚ",
    "αβγδεζηθικ",
    "กขคงจฉชซ",
    "ကခဂဃငစဆဇ",
    "កខគឃងចឆជ",
    "ກຂຄງຈສຊຍ",
    "أبجدهوزح",
    "ابجدهوزح",
    "الفبجد",
    "אבגדהוזח",
    "कखगघङचछज",
    "অআইঈউঊ",
    "কখগঘঙচছজ",
    "અબકડઇફ",
    "கஙசஞடண",
    "அஆஇஈஉஊ",
    "എബിസിഡി",
    "가나다라마바사아",
    "ㄱㄴㄷㄹㅁㅂㅅㅇ",
    "アイウエオカキク",
    "あいうえおかきく",
    "イロハニホヘト",
    "甲乙丙丁戊己庚辛",
    "一二三四五六七八",
    "ሀለሐመሠረሰሸ",
    "აბგდევზთ",
    "ԱԲԳԴԵԶԷԸ",
    "①②③④⑤⑥⑦⑧",
    "ⅠⅡⅢⅣⅤⅥⅦⅧ",
    "ＡＢＣＤＥＦＧＨ",
)
"""Letters and signs that number the options of an examination, in their order."""


def numbering_of(value: str) -> str:
    """Return in what a gold value numbers the options: ``0-9``, other digits by their zero, an alphabet; or nothing."""
    if value.isdecimal():
        zeros = {chr(ord(each) - unicodedata.decimal(each)) for each in value}
        zero = min(zeros)
        return "0-9" if zero == "0" else f"{zero}-{chr(ord(zero) + 9)}"
    if len(value) != 1:
        return ""
    return next((" ".join(alphabet) for alphabet in ALPHABETS if value in alphabet), "")
