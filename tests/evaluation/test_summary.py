"""Scores with their interval, chance level and verdict; counts that leave nothing out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.evaluation.judging import blank_row
from workbench.evaluation.plan import make_plan
from workbench.evaluation.result import Verdict
from workbench.evaluation.summary import counts, scores


def rows_of(part, *earned: float):
    """Rows of the first questions that earned this much; a negative one has failed."""
    made = []
    for question, credit in zip(part.questions, earned, strict=False):
        row = blank_row(part, question, "r")
        if credit < 0:
            made.append(replace(row, error="injected"))
            continue
        gold = question.item.gold
        values = (("accuracy", credit), ("accuracy_norm_chars", credit), ("accuracy_norm_bytes", credit))
        made.append(replace(row, scores=values, prediction=gold if credit else (gold + 1) % 3))
    return made


@pytest.fixture
def part(plan_of):
    return plan_of(languages=("en",)).parts[0]


def test_everything_is_counted(part):
    first, second, third, fourth, *_ = rows_of(part, 1, 0, -1, 1)
    rows = [
        replace(first, tied=2, truncated=5, extraction="parsed"),
        replace(second, extraction="fallback"),
        third,
        replace(fourth, extraction="failed"),
    ]
    found = counts(part, rows)
    assert (found.planned, found.scored, found.failed, found.tied, found.truncated) == (12, 3, 1, 1, 1)
    assert (found.parsed, found.fallback, found.extraction_failed) == (1, 1, 1)


def test_a_score_is_over_what_was_scored_and_stands_beside_chance(part):
    headline, second = scores(part, rows_of(part, *[1] * 3, *[0] * 6, -1))
    assert (headline.metric, headline.headline, second.headline) == ("accuracy", True, False)
    assert headline.value == pytest.approx(1 / 3)
    assert (headline.n, headline.groups, headline.interval) == (9, 9, "wilson")
    assert headline.low < headline.value < headline.high
    assert headline.chance == pytest.approx(1 / 3)
    assert headline.majority == pytest.approx(1 / 3)  # gold goes round the three positions
    assert headline.verdict is Verdict.NOT_DISTINGUISHABLE


def test_verdicts_need_the_whole_interval_on_one_side(part):
    assert scores(part, rows_of(part, *[1] * 12))[0].verdict is Verdict.ABOVE_CHANCE
    assert scores(part, rows_of(part, *[0] * 12))[0].verdict is Verdict.BELOW_CHANCE
    assert scores(part, rows_of(part, 1))[0].verdict is Verdict.NOT_DISTINGUISHABLE


def test_a_tie_among_few_items_makes_the_interval_a_cautious_one(part):
    score = scores(part, rows_of(part, 1, 0.5, 0, 1, 0.5, 0))[0]
    assert (score.value, score.interval) == (0.5, "wilson on scores")
    assert score.low == pytest.approx(scores(part, rows_of(part, 1, 0, 0, 1, 1, 0))[0].low)


@pytest.mark.parametrize("rows", [(), (-1, -1)])
def test_without_a_scored_item_there_is_no_score(part, rows):
    score = scores(part, rows_of(part, *rows))[0]
    assert (score.value, score.low, score.chance, score.n, score.verdict) == (None, None, None, 0, Verdict.NOT_SCORED)


def test_items_of_a_group_are_not_independent(make_pack, spec_of):
    items = {"en": [
        {"id": str(n), "input": {"text": f"q{n}"}, "choices": ["a", "b", "c"], "gold": n % 3, "group": f"g{n % 24}"}
        for n in range(72)
    ]}  # fmt: skip
    part = make_plan(spec_of(make_pack("grouped", items=items)), load_pack).parts[0]
    score = scores(part, rows_of(part, *[1, 1, 0, 0] * 18))[0]
    alone = scores(part, [replace(row, group="") for row in rows_of(part, *[1, 1, 0, 0] * 18)])[0]
    assert (score.groups, score.n, score.interval) == (24, 72, "clustered t")
    assert score.high - score.low > alone.high - alone.low


@pytest.mark.parametrize(
    ("formulation", "expected"),
    [
        ("cloze", ["accuracy", "accuracy_norm_chars", "macro_f1"]),
        ("letters", ["accuracy", "macro_f1"]),  # a letter is as long as another
        ("generate", ["accuracy", "macro_f1"]),
    ],
)
def test_metrics_that_a_formulation_does_not_produce_are_left_out(make_pack, spec_of, formulation, expected):
    pack = make_pack(metrics="accuracy, accuracy_norm_chars, macro_f1, bits_per_byte, chrf")
    part = make_plan(spec_of(pack, formulation=formulation, languages=("en",)), load_pack).parts[0]
    assert [score.metric for score in scores(part, rows_of(part, *[1, 0] * 6))] == expected


def test_metrics_asked_for_come_before_the_cards(part):
    found = scores(part, rows_of(part, *[1, 0] * 6), ("mcc", "accuracy"))
    assert [(score.metric, score.headline) for score in found] == [("mcc", True), ("accuracy", False)]


def test_a_choice_task_without_a_fitting_metric_still_has_accuracy(part):
    assert [score.metric for score in scores(part, rows_of(part, 1, 0), ("chrf",))] == ["accuracy"]


def test_label_positions_of_minimal_pairs_have_no_majority(make_pack, spec_of):
    items = {"en": [
        {"id": str(n), "input": {}, "choices": ["I am", "I is"], "gold": 0} for n in range(4)
    ]}  # fmt: skip
    items["en"] = [{**item, "choices": [f"{item['id']} {text}" for text in item["choices"]]} for item in items["en"]]
    pack = make_pack("pairs", task="minimal_pairs", formulations="cloze", metrics="accuracy", items=items, prompt="")
    part = make_plan(spec_of(pack), load_pack).parts[0]
    score = scores(part, rows_of(part, 1, 1, 0, 1))[0]
    assert (score.chance, score.majority) == (0.5, None)
