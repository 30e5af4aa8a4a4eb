"""Numbers as languages write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from workbench.languages import number_symbols, numbers


@pytest.mark.parametrize(
    ("tag", "text", "values"),
    [
        ("en", "It is 2,125.", ["2125"]),
        ("en", "114,200 and 276,000.50", ["114200", "276000.50"]),
        ("en", "2.125", ["2.125"]),
        ("de", "Es sind 2.125 Euro", ["2125"]),
        ("de", "2,125", ["2.125"]),
        ("de", "1.234.567,8", ["1234567.8"]),
        ("es", "2.125", ["2125"]),
        ("de-CH", "5'000", ["5000"]),
        ("ru", "1 234 567,8 руб.", ["1234567.8"]),
        ("fr", "12\u202f345", ["12345"]),
        ("en", "12 345", ["12", "345"]),
        ("hi", "1,14,200", ["114200"]),
        ("bn", "১,১৪,২০০ টাকা", ["114200"]),
        ("ar", "٢٬١٢٥٫٥", ["2125.5"]),
        ("fa", "۱۲۳", ["123"]),
        ("my", "၂၅", ["25"]),
        ("km", "៤២", ["42"]),
        ("th", "๑๒๓ บาท", ["123"]),
        ("nqo", "߁߂߃", ["123"]),
        ("zh", "答案是１，２３４元", ["1234"]),
        ("sw", "2,125", ["2125"]),
        ("en", "-5 and 10-5, −7, -$3 .5", ["-5", "10", "5", "-7", "-3", "0.5"]),
        ("de", "12.05.2020", ["12", "5", "2020"]),
        ("de", "0.125", ["0.125"]),
        ("en", "1,5", ["1.5"]),
        ("en", "1,23,45", ["1", "23", "45"]),
        ("en", "1.000.000", ["1000000"]),
        ("en", "1,00.0,0", ["1", "0", "0", "0"]),
        ("en", "m² none", []),
        ("en", "", []),
    ],
)
def test_numbers(tag, text, values):
    assert [number.value for number in numbers(text, tag)] == [Decimal(value) for value in values]


def test_a_number_knows_where_it_stood():
    number = numbers("ราคา ๑,๒๕๐ บาท", "th")[0]
    assert (number.written, number.value) == ("๑,๒๕๐", 1250)
    assert "ราคา ๑,๒๕๐ บาท"[number.start : number.end] == number.written


def test_symbols_come_from_cldr_and_are_english_where_it_is_silent():
    assert (number_symbols("de").decimal, number_symbols("de").group) == (",", ".")
    assert (number_symbols("de-CH").group) == "’"
    assert number_symbols("nqo").decimal == "."
    assert number_symbols("quy") == number_symbols("en")
