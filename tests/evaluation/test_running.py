"""What is missing is asked, in batches; one bad answer costs one item; a stop is heeded before the next question."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.engines.fake import FakeEngine
from workbench.evaluation import running
from workbench.evaluation.journal import BATCH_ROWS, Journal
from workbench.evaluation.judging import NOT_JUDGED, judge
from workbench.evaluation.running import begin, run


@pytest.fixture
def plan(plan_of):
    return plan_of()


@pytest.fixture
def journal(plan, tmp_path) -> Journal:
    return Journal.create(tmp_path / "run", plan.spec)


def test_only_what_is_missing_is_asked(plan, journal):
    stops = iter([False] * 7 + [True] * 100)
    first = FakeEngine("fake-a")
    progress = run(plan, first, journal, stop=lambda: next(stops))
    assert 0 < progress.finished == first.answered < progress.total == 24
    second = FakeEngine("fake-a")
    done = run(plan, second, journal)
    assert (done.finished, done.asked) == (24, second.answered)
    assert first.answered + second.answered == 24
    third = FakeEngine("fake-a")
    assert run(plan, third, journal).asked == third.answered == 0


def test_a_run_told_to_stop_while_it_loaded_asks_nothing(plan, journal):
    engine = FakeEngine("fake-a")
    assert run(plan, engine, journal, stop=lambda: True).finished == 0
    assert engine.answered == 0


def test_an_answer_that_cannot_be_judged_fails_its_item_alone(plan, journal, monkeypatch, caplog):
    bad = plan.keys[5]

    def breaking(part, question, *rest, **more):
        if question.key == bad:
            raise LookupError("a rule that breaks down on this text")
        return judge(part, question, *rest, **more)

    monkeypatch.setattr(running, "judge", breaking)
    progress = run(plan, FakeEngine("fake-a"), journal)
    assert progress.finished == progress.total
    assert sum(progress.failed.values()) == 1
    (row,) = [row for row in journal.rows() if row.error]
    assert (row.key, row.error, row.scores, row.choices != ()) == (bad, NOT_JUDGED, (), True)
    assert plan.parts[0].questions[5].item.id in caplog.text
    assert "breaks down" in caplog.text


def test_progress_is_what_the_journal_has_and_strangers_do_not_count(plan, journal):
    run(plan, FakeEngine("fake-a"), journal)
    row = next(journal.rows())
    journal.append([replace(row, key="of another plan")])
    assert begin(plan, journal).finished == begin(plan, journal).total == 24


def test_no_batch_is_larger_than_what_a_power_cut_may_cost(make_pack, spec_of, tmp_path, monkeypatch):
    from workbench.benchmarks.catalogue import load_pack
    from workbench.evaluation.plan import make_plan

    items = {"en": [{"id": str(n), "input": {"text": f"q{n}"}, "choices": ["a", "b"], "gold": 0} for n in range(200)]}
    plan = make_plan(spec_of(make_pack("large", items=items)), load_pack)
    sizes = []
    append = Journal.append
    monkeypatch.setattr(Journal, "append", lambda self, rows: (sizes.append(len(rows)), append(self, rows)))
    run(plan, FakeEngine("fake-a"), Journal.create(tmp_path / "large-run", plan.spec))
    assert sum(sizes) == 200
    assert max(sizes) == BATCH_ROWS
