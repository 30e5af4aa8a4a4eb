"""What a probe asks, and what it makes of the answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.benchmarks import load_pack
from workbench.benchmarks.records import Formulation
from workbench.evaluation.probes import Variant, judge, questions
from workbench.evaluation.rows import ItemRow

PACK = load_pack("civics")
ITEMS = PACK.items("th")[:2]


def row(item_id: str, choices: tuple[str, ...], prediction: int | None, gold: int, **more: object) -> ItemRow:
    likelihoods = tuple(0.0 if place == prediction else -3.0 for place in range(len(choices)))
    return ItemRow(
        key=item_id, pack="p", language="th", item_id=item_id, group="", domain="", culture="", repeat=0,
        formulation="letters", prompt_hash="", rendered_hash="", query="", choices=choices, gold=gold, references=(),
        log_likelihoods=likelihoods, prediction=prediction, scores=(("accuracy", float(prediction == gold)),), **more,
    )  # fmt: skip


def answers(always: str | None = None, *, bare: str | None = None, first: bool = False) -> list[ItemRow]:
    """What a model answers that always chooses a text, or whatever stands first."""
    asked = questions(PACK.card, ITEMS)
    found = []
    for item in (*asked.straight, *asked.turned):
        text = bare if Variant.BARE in item.id and bare else always
        choice = (
            0 if first else item.choices.index(text or item.choices[item.gold]) if text in (None, *item.choices) else 0
        )
        found.append(row(item.id, item.choices, choice, item.gold))
    return found


def codes(rows: dict[str, list[ItemRow]], place: int = 0) -> set[str]:
    return {sign.code for sign in judge(PACK.card, ITEMS, questions(PACK.card, ITEMS), rows).items[place].signs}


def test_each_item_is_asked_as_it_is_bare_and_in_other_orders():
    asked = questions(PACK.card, ITEMS)
    assert (asked.formulation, asked.order) == (Formulation.CLOZE, Formulation.LETTERS)
    assert [item.id for item in asked.straight] == ["0.as-is.0", "0.bare.0", "1.as-is.0", "1.bare.0"]
    assert asked.straight[1].input == {"question": ""}
    first = [item for item in asked.turned if item.id.startswith("0.")]
    assert len(first) == 4
    assert {item.choices[item.gold] for item in first} == {ITEMS[0].choices[ITEMS[0].gold]}
    assert len({item.choices for item in first}) == 4


@pytest.mark.parametrize(
    ("name", "bare", "order"), [("minimal-pairs", False, Formulation.LETTERS), ("parallel-sentences", False, None)]
)
def test_what_makes_no_sense_is_not_asked(name, bare, order):
    pack = load_pack(name)
    asked = questions(pack.card, pack.items("th")[:1])
    assert asked.order in (order, None)
    assert any("bare" in item.id for item in asked.straight) == bare


def test_everybody_right_and_right_without_the_question():
    assert codes({"a": answers(), "b": answers()}) == {"all_right", "without_question"}


def test_everybody_wrong_in_the_same_way_may_be_a_wrong_key():
    other = ITEMS[0].choices[(ITEMS[0].gold + 1) % 4]
    assert "maybe_wrong_key" in codes({"a": answers(other), "b": answers(other)})
    third = ITEMS[0].choices[(ITEMS[0].gold + 2) % 4]
    assert codes({"a": answers(other), "b": answers(third)}) == {"all_wrong"}
    assert "maybe_wrong_key" in codes({"a": answers(other)})


def test_a_model_that_takes_whatever_is_first_is_unsteady():
    assert "order" in codes({"a": answers(first=True)})
    assert "order" not in codes({"a": answers()})


def test_models_that_part_give_no_sign():
    other = ITEMS[0].choices[(ITEMS[0].gold + 1) % 4]
    assert codes({"a": answers(bare=other), "b": answers(other)}) == set()


def test_baselines_count_with_and_without_the_question():
    found = judge(PACK.card, ITEMS, questions(PACK.card, ITEMS), {"a": answers()}).baselines
    assert [(each.variant, each.right, each.n, each.chance) for each in found] == [
        ("as-is", 2, 2, 0.25),
        ("bare", 2, 2, 0.25),
    ]
    assert found[0].low < 1.0 == found[0].high


def test_a_failed_answer_is_neither_right_nor_wrong():
    failed = [replace(each, error="engine", prediction=None, scores=()) for each in answers()]
    found = judge(PACK.card, ITEMS, questions(PACK.card, ITEMS), {"a": failed})
    assert found.items[0].signs == ()
    assert found.items[0].models[0].as_is.error == "engine"
    assert found.baselines == ()
