"""Two results of the same questions are compared item by item; others are refused, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.errors import NotComparable, UsageError
from workbench.evaluation.comparability import ALLOWABLE, PART_RULES, SPEC_RULES
from workbench.evaluation.comparing import MOST_FLIPS, compare
from workbench.evaluation.finishing import item_rows


@pytest.fixture
def pack(make_pack):
    return make_pack("multiple_choice")


def test_difference_has_interval_test_and_flips(result, pack):
    first, second = result("fake-a", pack=pack), result("fake-b", pack=pack)
    found = compare(first, second)
    assert (found.comparable, found.differences, found.allowed) == (True, (), ())
    for pair in found.pairs:
        scores = {
            side: {row.item_id: dict(row.scores)[pair.metric] for row in item_rows(of) if row.language == pair.language}
            for side, of in (("first", first), ("second", second))
        }
        assert pair.n == len(scores["first"]) == len(scores["second"])
        assert pair.difference == pytest.approx(
            (sum(scores["first"].values()) - sum(scores["second"].values())) / pair.n
        )
        flipped = {item for item, score in scores["first"].items() if score != scores["second"][item]}
        assert {flip.item_id for flip in found.flips if flip.language == pair.language} == flipped
        assert pair.first_only + pair.second_only == len(flipped)
        assert (pair.method, pair.low <= pair.difference <= pair.high) == ("exact McNemar", True)
    assert found.total_flips == len(found.flips) <= MOST_FLIPS


def test_a_model_is_as_good_as_itself(result, pack):
    found = compare(result(pack=pack), result(pack=pack))
    assert [(pair.difference, pair.p_value, pair.first_only) for pair in found.pairs] == [(0.0, 1.0, 0)] * len(
        found.pairs
    )
    assert found.flips == ()


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"shots": 2}, {"shots", "prompts", "item_set", "gold"}),
        ({"wording": "second"}, {"wording", "prompts"}),
        ({"formulation": "letters"}, {"formulation", "prompts"}),
        ({"limit": 5}, {"item_set", "gold", "prompts"}),
        ({"chat_template": "never"}, {"chat_template"}),
        ({"parity": True}, {"parity"}),
    ],
)
def test_other_questions_are_refused_with_every_difference(result, pack, settings, names):
    first, second = result(pack=pack), result("fake-b", pack=pack, **settings)
    with pytest.raises(NotComparable) as refused:
        compare(first, second)
    assert "differ" in refused.value.message
    explained = compare(first, second, explain=True)
    assert not explained.comparable
    assert names <= {entry.what for entry in explained.differences} <= names | {"item_set", "gold", "prompts"}
    allowed = compare(first, second, allow_different=sorted({entry.what for entry in explained.differences}))
    assert allowed.comparable
    assert set(allowed.allowed) == {entry.what for entry in allowed.differences}
    assert all(pair.n for pair in allowed.pairs)


def test_what_does_not_forbid_is_shown(result, pack):
    first, second = result(pack=pack), result(pack=pack)
    second = replace(second, engine=replace(second.engine, dtype="bfloat16", device="cuda"))
    found = compare(first, second)
    assert {entry.what for entry in found.shown} == {"dtype", "device"}
    assert found.comparable


def test_a_language_that_only_one_was_asked_is_said(result, pack):
    both, one = result(pack=pack), result("fake-b", pack=pack, languages=("th",))
    found = compare(both, one)
    assert {pair.language for pair in found.pairs} == {"th"}
    assert [(entry.what, entry.first, entry.second) for entry in found.shown] == [("parts", "asked", "not asked")]


def test_an_item_that_failed_in_one_is_left_out(result, pack):
    first, second = result(pack=pack), result("fake-b", pack=pack, fail="number 3")
    pair = next(pair for pair in compare(first, second).pairs if pair.language == "th")
    assert pair.n == 11


def test_nothing_scored_on_one_side_is_a_defined_answer(result, pack):
    first, second = result(pack=pack), result("fake-b", pack=pack, fail="number")
    for pair in compare(first, second).pairs:
        assert (pair.n, pair.difference, pair.p_value, pair.low) == (0, None, None, None)


def test_results_without_conditions_are_refused(result, pack):
    first = result(pack=pack)
    with pytest.raises(NotComparable, match="no benchmark and language in common"):
        compare(first, replace(first, conditions=()))


def test_allowing_what_cannot_differ_is_a_mistake(result, pack):
    with pytest.raises(UsageError, match="colour"):
        compare(result(pack=pack), result(pack=pack), allow_different=["colour"])


def test_every_rule_has_words():
    assert set(ALLOWABLE) == {*SPEC_RULES, *PART_RULES}
    assert len(set(ALLOWABLE)) == len(ALLOWABLE)
