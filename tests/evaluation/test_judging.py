"""From an engine's answer to a row: ties, failures, extractions, whole texts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.engines.protocol import (
    REQUEST_ERRORS,
    ContinuationScore,
    GenerateResult,
    RollingResult,
    ScoreResult,
)
from workbench.evaluation.judging import NOT_FINITE, judge
from workbench.evaluation.plan import make_plan


@pytest.fixture
def question(plan_of):
    """The first item: three choices, "one 0", "another 0", "a third one 0"; the first is right."""
    part = plan_of(languages=("en",)).parts[0]
    return part, part.questions[0]


def answered(question, *likelihoods: float, parity: bool = False):
    part, asked = question
    scores = tuple(ContinuationScore(value, 2, greedy=False) for value in likelihoods)
    return judge(part, asked, "rendered", ScoreResult(asked.key, scores, 9, 1), parity=parity)


def test_the_likeliest_choice_is_the_prediction(question):
    row = answered(question, -1.0, -2.0, -3.0)
    assert (row.prediction, row.tied, dict(row.scores)["accuracy"]) == (0, 1, 1.0)
    assert (row.context_tokens, row.truncated, row.token_counts) == (9, 1, (2, 2, 2))
    assert row.char_counts == (5, 9, 13)
    assert (row.rendered_hash, row.error, row.gold) == ("rendered", "", 0)


def test_a_tie_earns_its_share_and_is_counted(question):
    row = answered(question, -1.0, -1.0, -3.0)
    assert (row.tied, dict(row.scores)["accuracy"]) == (2, 0.5)
    assert dict(answered(question, -1.0, -1.0, -1.0).scores)["accuracy"] == pytest.approx(1 / 3)
    assert dict(answered(question, -3.0, -1.0, -1.0).scores)["accuracy"] == 0.0


def test_in_parity_mode_the_first_of_a_tie_wins(question):
    assert dict(answered(question, -1.0, -1.0, -3.0, parity=True).scores)["accuracy"] == 1.0
    assert answered(question, -3.0, -1.0, -1.0, parity=True).prediction == 1


def test_length_normalisation_uses_the_bare_choices(question):
    scores = dict(answered(question, -2.0, -3.0, -3.9).scores)
    assert scores["accuracy"] == 1.0
    assert scores["accuracy_norm_chars"] == 0.0  # -2/5 < -3/9 < -3.9/13


def test_bytes_and_characters_differ_where_the_script_says_so(make_pack, spec_of):
    items = {"th": [{"id": "t", "input": {"text": "?"}, "choices": ["ไทย", "abc"], "gold": 0}]}
    part = make_plan(spec_of(make_pack("thai", items=items)), load_pack).parts[0]
    row = answered((part, part.questions[0]), -1.0, -2.0)
    assert (row.char_counts, row.byte_counts) == ((3, 3), (9, 3))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_log_likelihood_that_is_no_number_fails_the_item(question, value):
    row = answered(question, -1.0, value, -3.0)
    assert (row.error, row.scores, row.log_likelihoods, row.prediction) == (NOT_FINITE, (), (), None)


@pytest.mark.parametrize("code", sorted(REQUEST_ERRORS))
def test_an_engines_error_fails_the_item_under_its_code(question, code):
    part, asked = question
    row = judge(part, asked, "r", ScoreResult(asked.key, (), 0, error=code), parity=False)
    assert (row.error, row.scores, row.tied) == (code, (), 1)
    assert (row.key, row.choices, row.query) == (asked.key, asked.prompt.choices, asked.prompt.query)


@pytest.mark.parametrize(
    ("text", "state", "accuracy"),
    [("A", "parsed", 1.0), ("B", "parsed", 0.0), ("", "failed", 0.0), ("purple elephants", "failed", 0.0)],
)
def test_a_written_choice_is_read_or_is_wrong(plan_of, text, state, accuracy):
    part = plan_of(languages=("en",), formulation="generate").parts[0]
    asked = part.questions[0]
    row = judge(part, asked, "r", GenerateResult(asked.key, text, 3, 20, "eos"), parity=False)
    assert (row.extraction, dict(row.scores)) == (state, {"accuracy": accuracy})
    assert (row.response, row.finish, row.token_counts, row.error) == (text, "eos", (3,), "")


def test_a_written_number_and_an_open_answer_are_judged_as_text(make_pack, spec_of):
    items = {"en": [{"id": "m", "input": {"text": "6 × 7?"}, "references": ["42"]}]}
    for task, text in (("math", "That makes 42."), ("open_qa", "42")):
        pack = make_pack(task, task=task, formulations="generate", metrics="exact_match", items=items)
        part = make_plan(spec_of(pack), load_pack).parts[0]
        asked = part.questions[0]
        row = judge(part, asked, "r", GenerateResult(asked.key, text, 3, 20, "stop"), parity=False)
        assert dict(row.scores)["exact_match"] == 1.0, task
        assert (row.answer, row.prediction) == ("42", None)


@pytest.fixture
def whole_text(make_pack, spec_of):
    items = {"th": [{"id": "t", "input": {"text": "สวัสดี"}}]}
    pack = make_pack("texts", task="text", formulations="rolling", metrics="bits_per_byte", items=items)
    part = make_plan(spec_of(pack), load_pack).parts[0]
    return part, part.questions[0]


def test_a_whole_text_is_judged_by_its_bytes(whole_text):
    part, asked = whole_text
    row = judge(part, asked, "r", RollingResult(asked.key, -18 * math.log(2), 6, 1), parity=False)
    assert row.byte_counts == (18,)
    assert dict(row.scores)["bits_per_byte"] == pytest.approx(1.0)
    assert (row.query, row.log_likelihoods) == ("สวัสดี", (-18 * math.log(2),))


def test_a_whole_text_without_a_number_fails(whole_text):
    part, asked = whole_text
    assert judge(part, asked, "r", RollingResult(asked.key, math.nan, 6, 1), parity=False).error == NOT_FINITE


@pytest.fixture
def unanswerable(make_pack, spec_of):
    """Two questions on passages: the first has no answer there, the second has one."""
    items = {
        "he": [
            {"id": "1", "input": {"text": "שמש. מי?"}, "references": [""]},
            {"id": "2", "input": {"text": "דנה שרה. מי שרה?"}, "references": ["דנה"]},
        ]
    }
    pack = make_pack("passages", task="extractive_qa", formulations="generate", metrics="token_f1", items=items)
    card = Path(pack, "card.yaml")
    terms = '\n    terms: {he: {no_answer: "אין תשובה"}}'
    first = '    prompt: {"*": "{{ text }}"}'
    card.write_text(card.read_text(encoding="utf-8").replace(first, first + terms, 1), encoding="utf-8")
    part = make_plan(spec_of(pack), load_pack).parts[0]
    return part, part.questions


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [("אין תשובה.", 1.0, 0.0), ("דנה", 0.0, 1.0), ("", 0.0, 0.0), ("דנה כהן", 0.0, 2 / 3)],
)
def test_a_passage_without_an_answer_is_told_so(unanswerable, text, first, second):
    part, questions = unanswerable
    rows = [judge(part, each, "r", GenerateResult(each.key, text, 3, 20, "stop"), parity=False) for each in questions]
    assert [dict(row.scores)["token_f1"] for row in rows] == [first, pytest.approx(second)]


def test_a_correction_is_judged_by_its_edits(make_pack, spec_of):
    items = {"uk": [{"id": "1", "input": {"sentence": "Я бачу кот ."}, "references": ["Я бачу кота ."]}]}
    pack = make_pack(
        "mistakes", task="correction", formulations="generate", metrics="edit_f05", items=items, prompt="{{ sentence }}"
    )
    part = make_plan(spec_of(pack), load_pack).parts[0]
    asked = part.questions[0]
    row = judge(part, asked, "r", GenerateResult(asked.key, "Я бачу кота.", 3, 20, "stop"), parity=False)
    scores = dict(row.scores)
    assert (scores["edits_right"], scores["edits_wrong"], scores["edits_missed"]) == (1.0, 0.0, 0.0)
