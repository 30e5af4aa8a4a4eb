"""A training run's checkpoints: one run each, one after the other, and only what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

import psutil
import pytest

from workbench.errors import BadInput, NotFound, SpecError, UsageError
from workbench.evaluation.finishing import load_result
from workbench.evaluation.plan import make_plan
from workbench.evaluation.series import plan_series
from workbench.evaluation.spec import spec_from_json
from workbench.jobs.record import State
from workbench.jobs.series import find_series, read_series, submit_series
from workbench.jobs.watching import cancel, status
from workbench.testing.checkpoints import truncate, write_checkpoint, write_training_run
from workbench.testing.runs import until

THREE = ("checkpoint-10", "checkpoint-20", "checkpoint-100")
ASKED = {"languages": ["th", "ar"], "limit": 5}


@pytest.fixture
def training(tmp_path):
    return write_training_run(tmp_path / "out", THREE)


@pytest.fixture
def begin(jobs, training):
    """Submit the series with the fake engine, or as told."""

    def submit(**settings):
        return submit_series(plan_series(training, "civics", **{"engine": "fake", **ASKED, **settings}), jobs.home)

    return submit


def finished(jobs, record):
    for member in record.members:
        jobs.until_state(jobs.home.runs / member.run_id, State.DONE)
    return [load_result(jobs.home.runs / member.run_id) for member in record.members]


def test_one_run_a_checkpoint_in_the_order_of_their_steps(jobs, begin):
    record = begin()
    assert [(member.checkpoint, member.step, member.how) for member in record.members] == [
        ("checkpoint-10", 10, "started"), ("checkpoint-20", 20, "started"), ("checkpoint-100", 100, "started"),
    ]  # fmt: skip
    results = finished(jobs, record)
    assert [result.spec.series.step for result in results] == [10, 20, 100]
    assert {result.spec.series.id for result in results} == {record.id}
    assert [result.model.name for result in results] == ["out/checkpoint-10", "out/checkpoint-20", "out/checkpoint-100"]
    assert all(earlier.finished <= later.finished for earlier, later in pairwise(results))
    assert [run.id for run in find_series(record.id, jobs.home)] == [member.run_id for member in record.members]
    assert read_series(jobs.home.runs / record.members[0].run_id) == record
    with pytest.raises(NotFound, match="no finished run of a series"):
        find_series("series-000000000000", jobs.home)


def test_a_second_time_evaluates_only_what_is_missing(jobs, begin, training):
    late = (training / THREE[2]).rename(training.parent / "not yet")
    first = begin()
    finished(jobs, first)
    late.rename(training / THREE[2])
    second = begin(device="cpu")
    assert second.id == first.id
    assert [(member.checkpoint, member.how) for member in second.members] == [
        (THREE[0], "done"), (THREE[1], "done"), (THREE[2], "started"),
    ]  # fmt: skip
    assert [member.run_id for member in second.members[:2]] == [member.run_id for member in first.members]
    finished(jobs, second)
    assert plan_series(training, "civics", engine="fake", **{**ASKED, "limit": 4}).id != first.id


def test_what_broke_off_is_resumed_and_what_was_cancelled_begins_anew(jobs, begin, slow):
    slow(0.2)
    first = begin()
    one, two, three = (jobs.home.runs / member.run_id for member in first.members)
    until(lambda: status(three).record.waiting, what="the others to wait")
    assert {member.how for member in begin().members} == {"running"}
    assert not status(two).rows
    cancel(two)
    jobs.until_state(two, State.CANCELLED)
    psutil.Process(status(one).record.pid).kill()
    jobs.until_state(one, State.INTERRUPTED)
    slow(0)
    second = begin()
    assert [member.how for member in second.members][:2] == ["resumed", "started"]
    assert second.members[1].run_id != two.name
    finished(jobs, second)


def test_a_truncated_checkpoint_is_skipped_and_counted_until_it_is_whole(jobs, begin, training):
    truncate(training / THREE[2])
    record = begin()
    assert [member.checkpoint for member in record.members] == list(THREE[:2])
    (left,) = record.skipped
    assert (left.name, left.code) == ("checkpoint-100", "model_truncated_shard")
    finished(jobs, record)
    write_checkpoint(training / THREE[2], seed=3)
    assert plan_series(training, "civics", engine="fake", **ASKED).skipped == ()


@pytest.mark.slow
def test_real_checkpoints_are_evaluated_by_transformers(jobs, training):
    truncate(training / THREE[1])
    write_checkpoint(training, seed=3)  # the weights of checkpoint-100, saved once more
    record = submit_series(plan_series(training, "civics", languages=["th"], limit=2, device="cpu"), jobs.home)
    assert [entry.name for entry in record.skipped] == ["checkpoint-20", "final"]
    assert record.skipped[1].reason == "it has the weights of checkpoint-100, which is evaluated"
    first, last = finished(jobs, record)
    assert first.engine.engine == "transformers"
    assert (first.model.name, last.model.name) == ("checkpoint-10", "checkpoint-100")
    assert first.model.digest != last.model.digest
    assert "queued" in jobs.kinds(jobs.home.runs / last.run_id)


def test_another_final_model_comes_last(training):
    write_checkpoint(training, seed=99)
    plan = plan_series(training, "civics")
    assert [spec.series.checkpoint for spec in plan.specs] == [*THREE, "final"]
    assert plan.specs[-1].series.step == 101
    assert plan.specs[-1].model.path == str(training)


def test_what_cannot_be_a_series_is_refused(training, tmp_path):
    with pytest.raises(UsageError, match="without an adapter"):
        plan_series(training, "civics", adapter="x")
    for name in THREE:
        truncate(training / name)
    with pytest.raises(BadInput, match=r"none of 3 checkpoints can be evaluated: checkpoint-10: model\.safetensors: "):
        plan_series(training, "civics")
    with pytest.raises(NotFound, match="no directory"):
        plan_series(tmp_path / "none", "civics", engine="fake")


def test_a_series_stands_in_a_spec_and_in_no_key(training):
    from workbench.benchmarks.catalogue import load_pack

    spec = plan_series(training, "civics", engine="fake", **ASKED).specs[0]
    assert spec_from_json(spec.canonical()) == spec
    alone = replace(spec, series=None)
    assert make_plan(spec, load_pack).keys == make_plan(alone, load_pack).keys
    assert b"series" not in alone.canonical()
    assert alone.hash != spec.hash
    fields = json.loads(spec.canonical())
    fields["series"]["id"] = "../x"
    with pytest.raises(SpecError, match="series"):
        spec_from_json(json.dumps(fields))
