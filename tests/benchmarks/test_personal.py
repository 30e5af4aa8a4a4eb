"""Personal data in items: found in every script's digits, and named only when its check digits are right."""

from __future__ import annotations

import pytest

from workbench.benchmarks import load_pack
from workbench.benchmarks.item_checks import texts
from workbench.benchmarks.personal import personal_data


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("write to somchai@example.co.th today", "e-mail"),
        ("почта иван@пример.рф", "e-mail"),
        ("DE89 3704 0044 0532 0130 00 is the account", "IBAN"),
        ("gb82west12345698765432", "IBAN"),
        ("card 4111 1111 1111 1111.", "card"),
        ("card 4111-1111-1111-1111", "card"),
        ("ملف ٤١١١١١١١١١١١١١١١", "card"),
        ("call +66 81 234 5678", "telephone"),
        ("โทร 081-234-5678", "telephone"),
        ("โทร ๐๘๑-๒๓๔-๕๖๗๘", "telephone"),
        ("Tel. (030) 1234 5678", "telephone"),
        ("call (555) 123-4567", "telephone"),
        ("0812345678", "telephone"),
        ("電話：０３－１２３４－５６７８", "telephone"),
    ],
)
def test_found(text, kind):
    (found,) = personal_data(text)
    assert found.kind == kind
    assert len(found.masked) == 5


@pytest.mark.parametrize(
    "text",
    [
        "DE89 3704 1144 1532 1130 11",  # check digits wrong
        "4111 1111 1111 1112",
        "0000 0000 0000 0000",
        "In 1945, 2024-01-02 and 01/02/2024 at 12:30:45",
        "1,234,567,890.12 or 1.234.567.890,12",
        "3.14159265358979323846",
        "ISBN 978-3-16-148410-0",
        "user@host, @name, a@b",
        "2 + 2 = 4; 0.5; 007",
        "XX89370400440532013000",
        "",
    ],
)
def test_not_found(text):
    assert personal_data(text) == ()


def test_what_is_shown_of_a_find_does_not_give_it_away():
    (found,) = personal_data("somchai.jaidee@example.co.th")
    assert found.masked == "so…th"


def test_the_shipped_packs_hold_none():
    for name in ("civics", "cause-effect", "minimal-pairs", "parallel-sentences"):
        pack = load_pack(name)
        for tag in pack.languages:
            for item in pack.items(tag):
                assert not [each for text in texts(item) for each in personal_data(text)], item.id
