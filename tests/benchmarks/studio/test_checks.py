"""What the studio says of an item while it is written."""

from __future__ import annotations

import pytest

from workbench.benchmarks import load_pack
from workbench.benchmarks.studio import Corpus, check_draft
from workbench.benchmarks.studio.saving import item_record

THAI = {
    "id": "th-901", "input": {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"},
    "choices": ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"], "gold": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def thai() -> Corpus:
    return Corpus.of(load_pack("civics"), "th")


@pytest.fixture(scope="module")
def english() -> Corpus:
    return Corpus.of(load_pack("civics"), "en")


def found(corpus: Corpus, *items: dict, removed: tuple[str, ...] = ()) -> list[set[tuple[str, str]]]:
    checks = check_draft(corpus, items, removed)
    return [{(check.code, check.field) for check in item.checks} for item in checks.items]


def test_a_good_item_has_nothing_and_is_shown_as_it_would_be_asked(thai):
    (checks,) = check_draft(thai, [THAI]).items
    assert (checks.ok, checks.checks) == (True, ())
    assert checks.prompt.context == "คำถาม: เมืองหลวงของประเทศลาวคือเมืองใด\nคำตอบ:"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"gold": 3}, ("benchmark_item", "gold")),
        ({"gold": None}, ("benchmark_item", "gold")),
        ({"gold": True}, ("benchmark_item", "gold")),
        ({"choices": ["เวียงจันทน์"]}, ("benchmark_item", "choices")),
        ({"choices": ["ก", "ข", ""]}, ("benchmark_item", "choices")),
        ({"id": " "}, ("benchmark_item", "id")),
        ({"input": "text"}, ("benchmark_item", "input")),
        ({"choices": ["เวียงจันทน์", "ปากเซ", " เวียงจันทน์"]}, ("equal_choices", "choices.2")),
        ({"choices": ["เวียงจันทน์", "ปากเซ", "ปากเซ "]}, ("space", "choices.2")),
        ({"input": {"question": "Which city is the capital of Laos"}}, ("script", "input.question")),
        ({"input": {"question": "ถามที่ a@example.org เมืองหลวงของลาวคือ"}}, ("personal", "input.question")),
        ({"input": {"question": "เมืองหลวง\u202eของลาวคือเมืองใด"}}, ("hidden", "input.question")),
        ({"input": {"question": "เวียงจันทน์เป็นเมืองหลวงของประเทศใดหรือเมืองใด"}}, ("given_away", "choices.0")),
        ({"choices": ["เวียงจันทน์ซึ่งเป็นเมืองใหญ่ริมฝั่งแม่น้ำโขง", "ปากเซ", "ท่าแขก"]}, ("length", "choices.0")),
        ({"input": {}}, ("benchmark_card", "")),
        ({"typo": 1}, ("benchmark_item", "")),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(thai, change, expected):
    (codes,) = found(thai, {**THAI, **change})
    assert expected in codes


def test_numbers_and_codes_are_of_no_script(thai):
    (codes,) = found(thai, {**THAI, "choices": ["12:30", "THB", "1.5"]})
    assert codes == set()


def test_another_language_in_the_same_script_is_noticed(english):
    text = "Quelle est la monnaie officielle utilisée dans les magasins de cette région du pays"
    item = {"id": "x", "input": {"question": text}, "choices": ["euro", "franc"], "gold": 0}
    assert ("language", "input.question") in found(english, item)[0]
    item["input"] = {"question": "Which official currency is used in the shops of this region of the country"}
    assert ("language", "input.question") not in found(english, item)[0]


def test_a_foreign_field_of_a_translation_is_left_alone():
    pack = load_pack("parallel-sentences")
    corpus = Corpus.of(pack, "th")
    item = item_record(pack.items("th")[0])
    item |= {"input": {**item["input"], "source": "The bus to the market leaves from here every hour on Sundays."}}
    assert not [place for code, place in found(corpus, item)[0] if place == "input.source"]


def test_repetitions_are_found_in_the_pack_in_the_draft_and_across_word_order(thai):
    old = item_record(thai.items[0][1])
    turned = {**old, "id": "new", "choices": old["choices"][::-1], "gold": len(old["choices"]) - 1 - old["gold"]}
    (codes,) = found(thai, turned)
    assert ("duplicate_item", "") in codes
    near = {**THAI, "id": "th-902", "input": {"question": "เมืองหลวงของประเทศลาว คือเมืองใดกันแน่"}}
    assert [("near_duplicate", "") in codes for codes in found(thai, THAI, near)] == [True, True]
    assert ("duplicate_item", "id") in found(thai, THAI, THAI)[0]
    (codes,) = found(thai, {**turned, "id": old["id"]})
    assert codes == {("replaces", "id")}
    assert found(thai, turned, removed=(old["id"],)) == [set()]


def test_no_shipped_item_is_nearly_another():
    for name in ("civics", "cause-effect"):
        pack = load_pack(name)
        for tag in pack.languages:
            corpus = Corpus.of(pack, tag)
            for _, item in corpus.items:
                assert corpus.similar.nearest(item, without=frozenset({item.id})) is None, (name, item.id)


def test_right_answers_that_show_by_place_or_length_are_said_once_for_all(thai):
    items = [
        {
            **THAI,
            "id": f"x{number}",
            "input": {"question": f"{chr(0xE01 + number)} คือข้อใด"},
            "choices": ["ยาวกว่าข้ออื่นๆ", f"ก{number}", "ข"],
        }
        for number in range(40)
    ]
    codes = {check.code for check in check_draft(thai, items).together}
    assert codes == {"gold_balance", "longest_right"}
    assert check_draft(thai, [THAI]).together == ()


def test_hostile_json_is_checked_like_any_other(thai):
    items = [
        {}, {"id": None}, {"input": {"question": 3}}, {"choices": "text"}, {"references": [1]}, {"id": "a", "input": {"question": "\ud800"}},
        {"id": "x" * 10_000, "input": {"question": "ก" * 100_000}, "choices": ["a"] * 500, "gold": 499},
    ]  # fmt: skip
    checked = check_draft(thai, items)
    assert [item.ok for item in checked.items] == [False] * len(items)


def test_a_language_that_is_new_to_the_pack_has_the_next_id_and_no_neighbours():
    corpus = Corpus.of(load_pack("civics"), "lo")
    assert corpus.items == ()
    assert corpus.next_id() == "lo-001"
    assert corpus.next_id([{"id": "lo-007"}, {"id": 3}]) == "lo-008"
