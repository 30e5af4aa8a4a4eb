"""A finished run opens again, wherever it was moved and whatever version wrote it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.benchmarks.prompt import Prompt
from workbench.engines.fake import FakeEngine, FakeSettings
from workbench.errors import JournalError, NotFound
from workbench.evaluation.conditions import conditions
from workbench.evaluation.fake_model import fake_model_facts
from workbench.evaluation.finishing import Timing, finish, item_rows, load_result
from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import item_key, make_plan
from workbench.evaluation.result import SCHEMA
from workbench.evaluation.running import run
from workbench.jobs.record import State, read_record

FIXTURES = Path(__file__).parent / "fixtures"
TIMING = Timing(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 0, 1, tzinfo=UTC), 12.5)


@pytest.fixture
def finished(plan_of, tmp_path):
    """A run of the fake engine in this process, of which one item failed."""

    def make(name: str = "run", **settings):
        plan = plan_of(**settings)
        journal = Journal.create(tmp_path / name, plan.spec)
        engine = FakeEngine("fake-a", settings=FakeSettings(fail=plan.keys[0]))
        run(plan, engine, journal)
        return finish(plan, journal, fake_model_facts(plan.spec.model), engine.facts(), TIMING), journal

    return make


def test_a_result_says_what_was_run_and_is_read_again_unchanged(finished):
    result, journal = finished(shots=2)
    assert load_result(journal.directory) == result
    assert result.spec_hash == journal.spec().hash
    assert (result.started, result.seconds, result.engine.engine) == (TIMING.started, 12.5, "fake")
    assert [(entry.language, entry.planned, entry.failed) for entry in result.counts] == [("en", 10, 1), ("th", 10, 0)]
    (pack,) = result.packs
    assert (pack.name, pack.languages, pack.formulation, pack.wording) == ("numbers", ("en", "th"), "cloze", "plain")
    assert dict(result.environment)["python"].startswith("3.")


def test_conditions_say_what_two_results_must_share(finished):
    by_language = {entry.language: entry for entry in finished("a")[0].conditions}
    assert set(by_language) == {"en", "th"}
    first = by_language["en"]
    assert (first.pack, first.formulation, first.wording, first.normaliser, first.extraction) == (
        "numbers", "cloze", "plain", "", "",
    )  # fmt: skip
    for name, change in (("b", {"wording": "second"}), ("c", {"limit": 3}), ("d", {"seed": 1})):
        other = {entry.language: entry for entry in finished(name, **change)[0].conditions}["en"]
        assert (other.item_set == first.item_set, other.gold == first.gold, other.prompts == first.prompts) == (
            name != "c", name != "c", name == "d",
        )  # fmt: skip


def test_conditions_name_how_written_answers_are_read_and_compared(make_pack, spec_of):
    items = {"ar": [{"id": "m", "input": {"text": "٦ × ٧؟"}, "references": ["42"]}]}
    read = {}
    for task in ("math", "open_qa"):
        pack = make_pack(task, task=task, formulations="generate", metrics="exact_match", items=items)
        found = conditions(make_plan(spec_of(pack), load_pack).parts[0])
        read[task] = found.extraction
        assert "digits" in found.normaliser.split("+")
    assert read == {"math": "number", "open_qa": "answer"}
    choices = conditions(make_plan(spec_of(make_pack(), formulation="generate"), load_pack).parts[0])
    assert (choices.extraction, choices.normaliser) == ("choice", "")


def test_the_table_is_in_the_order_of_the_plan_whatever_the_order_of_the_journal(finished, plan_of, tmp_path):
    result, journal = finished()
    plan = plan_of()
    backwards = Journal.create(tmp_path / "backwards", plan.spec)
    rows = list(journal.rows())
    for row in reversed(rows):
        backwards.append([row])
    stranger = replace(rows[0], key="of another spec")
    backwards.append([stranger])
    again = finish(plan, backwards, fake_model_facts(plan.spec.model), result.engine, TIMING)
    assert (backwards.directory / "items.parquet").read_bytes() == (journal.directory / "items.parquet").read_bytes()
    assert [row.key for row in item_rows(again)] == list(plan.keys)
    assert again.scores == result.scores


def test_a_run_that_was_moved_opens_where_it_is(finished, tmp_path):
    result, journal = finished()
    moved = journal.directory.rename(tmp_path / "moved")
    assert load_result(moved).directory == moved
    assert len(list(item_rows(load_result(moved)))) == sum(entry.planned for entry in result.counts)


def test_what_is_not_finished_or_damaged_says_so(finished, tmp_path):
    with pytest.raises(NotFound, match="no result"):
        load_result(tmp_path)
    _, journal = finished()
    path = journal.directory / "result.json"
    fields = json.loads(path.read_bytes())
    path.write_text(json.dumps({**fields, "schema": SCHEMA + 1}), encoding="utf-8")
    with pytest.raises(JournalError, match=f"schema {SCHEMA + 1}"):
        load_result(journal.directory)
    for damage in ("", "{", "[]", json.dumps({**fields, "scores": 3})):
        path.write_text(damage, encoding="utf-8")
        with pytest.raises(JournalError) as failed:
            load_result(journal.directory)
        assert failed.value.where == str(path)


def test_a_run_of_schema_1_opens(tmp_path):
    """The directory was written by the first version and is never written again."""
    directory = tmp_path / "run"
    shutil.copytree(FIXTURES / "schema-1", directory)
    result = load_result(directory)
    assert result.conditions == ()  # not recorded then
    assert (result.schema, result.spec.schema, read_record(directory).schema) == (1, 1, 1)
    assert read_record(directory).state is State.DONE
    rows = list(item_rows(result))
    assert len(rows) == sum(entry.scored for entry in result.counts) == 12
    journal = Journal(directory)
    assert {row.key for row in journal.rows()} == {row.key for row in rows}
    assert journal.spec().hash == result.spec_hash
    assert [event.kind for event in journal.events()][-1] == "done"
    assert {(score.pack, score.language) for score in result.scores} == {
        ("civics", "th"), ("civics", "ar"), ("parallel-sentences", "th"), ("parallel-sentences", "ar"),
    }  # fmt: skip
    assert all(score.value is not None for score in result.scores)


def test_keys_of_schema_1_are_still_made_the_same_way():
    """An old journal can only be resumed, and two runs only compared, while keys are made as they were."""
    journal = Journal(FIXTURES / "schema-1")
    digests = {pack.name: pack.digest for pack in journal.spec().packs}
    for row in journal.rows():
        prompt = Prompt(row.item_id, row.language, row.formulation, "", (), "", (), (), (), (), None, (), (), 0, row.prompt_hash)  # fmt: skip
        assert item_key(journal.spec(), digests[row.pack], prompt, row.repeat) == row.key
