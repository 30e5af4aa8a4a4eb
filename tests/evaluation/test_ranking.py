"""Several results of the same questions are ranked; others are refused, in words."""

from __future__ import annotations

import pytest

from workbench.errors import BadInput, NotComparable, UsageError
from workbench.evaluation.finishing import item_rows
from workbench.evaluation.ranking import rank
from workbench.evaluation.sizing import Wanted, size, size_from
from workbench.statistics import half_width_items, items_needed, paired_items_needed


@pytest.fixture
def pack(make_pack):
    return make_pack(items={language: questions(language, 40) for language in ("en", "th")})


def questions(language, count, *, groups=0):
    return [
        {
            "id": f"{language}-{n}",
            "input": {"text": f"What is number {n} in {language}?"},
            "choices": [f"one {n}", f"another {n}", f"a third one {n}"],
            "gold": n % 3,
            **({"group": f"passage-{n % groups}"} if groups else {}),
        }
        for n in range(count)
    ]


def test_the_score_is_the_mean_over_languages_above_chance(result, pack):
    results = [result(model, pack=pack) for model in ("fake-a", "fake-b", "fake-c")]
    found = rank(results)
    expected = {}
    for one in results:
        rows = list(item_rows(one))
        means = [
            sum(dict(row.scores)["accuracy"] for row in rows if row.language == language) / 40
            for language in ("en", "th")
        ]
        expected[one.model.name] = sum((mean - 1 / 3) / (2 / 3) for mean in means) / 2
    assert {entry.name: entry.score for entry in found.ranking.models} == pytest.approx(expected)
    assert found.ranking.models[0].rank == 1
    assert [(part.pack, part.language, part.metric, part.items) for part in found.parts] == [
        ("numbers", "en", "accuracy", 40),
        ("numbers", "th", "accuracy", 40),
    ]
    assert [part.chance for part in found.parts] == pytest.approx([1 / 3, 1 / 3])
    assert [part.weight for part in found.parts] == [0.5, 0.5]


def test_weights_go_by_pack_or_by_language(result, pack):
    results = [result(pack=pack), result("fake-b", pack=pack)]
    found = rank(results, weights={"numbers": 1, "numbers/th": 3})
    assert [part.weight for part in found.parts] == [0.25, 0.75]
    with pytest.raises(UsageError, match="a weight for nothing"):
        rank(results, weights={"nothing": 1})
    with pytest.raises(BadInput, match="weights"):
        rank(results, weights={"numbers": 0})


def test_the_same_model_twice_is_told_apart_and_tied(result, pack):
    found = rank([result(pack=pack), result(pack=pack)])
    names = [entry.name for entry in found.ranking.models]
    assert len(set(names)) == 2
    assert all("(" in name for name in names)
    assert [entry.rank for entry in found.ranking.models] == [1, 1]
    assert found.ranking.models[0].tied_with == (names[1],)


def test_small_packs_leave_every_rank_open(result, make_pack):
    found = rank([result(pack=make_pack()), result("fake-b", pack=make_pack())])
    assert found.ranking.note.startswith("too few to say: numbers/en has 12")
    assert [(entry.rank_low, entry.rank_high) for entry in found.ranking.models] == [(1, 2), (1, 2)]


def test_other_questions_are_refused_unless_allowed(result, pack):
    results = [result(pack=pack), result("fake-b", pack=pack, chat_template="never")]
    with pytest.raises(NotComparable, match="when the chat template is used differ"):
        rank(results)
    found = rank(results, allow_different=["chat_template"])
    assert [entry.what for entry in found.allowed] == ["chat_template"]
    with pytest.raises(UsageError, match="two results or more"):
        rank(results[:1])


def test_an_item_that_failed_anywhere_is_left_out_everywhere(result, pack):
    found = rank([result(pack=pack), result("fake-b", pack=pack, fail="number 3 ")])
    assert [part.items for part in found.parts] == [39, 39]


def test_nothing_scored_cannot_be_ranked(result, pack):
    with pytest.raises(NotComparable, match="nothing can be added up: numbers/en: no item has a score in all"):
        rank([result(pack=pack), result("fake-b", pack=pack, fail="number")])


def test_a_plan_from_numbers():
    assert size(Wanted(half_width=0.02), accuracy=0.8).items == half_width_items(0.02, 0.8)
    assert size(Wanted(half_width=0.02, of=500), effect=2.0).items == half_width_items(0.02, design_effect=2, of=500)
    assert size(Wanted(difference=0.05)).items == items_needed(0.05)
    paired = size(Wanted(difference=0.05, differing=0.2))
    assert paired.items == paired_items_needed(0.05, (0.2 - 0.05**2) ** 0.5) < items_needed(0.05)
    assert (paired.question, paired.size, paired.asked, paired.enough) == ("difference", 0.05, None, None)


def test_a_plan_from_results(result, pack):
    found = size_from(Wanted(half_width=0.2), [result(pack=pack)])
    assert [(entry.pack, entry.language, entry.asked) for entry in found] == [
        ("numbers", "en", 40),
        ("numbers", "th", 40),
    ]
    for entry in found:
        assert entry.items == half_width_items(0.2, entry.accuracy)
        assert entry.enough == (entry.items <= 40)
    assert not any(entry.enough for entry in size_from(Wanted(difference=0.01), [result(pack=pack)]))


def test_a_plan_knows_that_items_share_a_passage(result, make_pack):
    grouped = make_pack(items={"en": questions("en", 48, groups=24)})
    found = size_from(Wanted(half_width=0.1), [result(pack=grouped)])[0]
    assert found.design_effect != 1
    assert found.items == half_width_items(0.1, found.accuracy, design_effect=found.design_effect)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(half_width=0.1, difference=0.1),
        Wanted(half_width=0.1, differing=0.2),
        Wanted(difference=0.1, of=100),
        Wanted(difference=0.3, differing=0.2),
        Wanted(difference=0.3, differing=1.2),
    ],
)
def test_a_question_that_makes_no_sense(wanted):
    with pytest.raises(UsageError):
        size(wanted)
