"""Failed items are asked again: while the run lives over its socket, once it has ended by a new process."""

from __future__ import annotations

import pytest

from workbench.errors import UsageError
from workbench.evaluation.finishing import load_result
from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import make_plan
from workbench.jobs.record import State, read_record
from workbench.jobs.run import Run
from workbench.jobs.watching import cancel, say, status
from workbench.testing.runs import until


@pytest.fixture
def failing(jobs, monkeypatch):
    """The key of an early item, which fails as long as the environment says so."""
    from workbench.benchmarks.catalogue import load_pack

    key = make_plan(jobs.spec(), load_pack).keys[1]
    monkeypatch.setenv("WORKBENCH_FAKE_FAIL", key)
    return key


def test_a_living_run_asks_what_failed_again(jobs, slow, failing):
    slow(0.1)
    directory = jobs.submit()
    run = Run(directory.name, jobs.home)
    until(lambda: (now := status(directory).live) and now.failed == 1 and now.done >= 5, what="a failed item")
    process = read_record(directory).pid
    run.requeue()
    until(lambda: "requeued" in jobs.kinds(directory), what="the requeue")
    journal = directory / "items.jsonl"
    until(lambda: journal.read_text(encoding="utf-8").count(f'"key":"{failing}"') == 2, what="the item to fail again")
    cancel(directory, score=True)
    assert read_record(directory).pid == process
    jobs.until_state(directory, State.DONE)
    rows = [row for row in Journal(directory).rows() if row.key == failing]
    assert [row.error for row in rows] == ["injected"]
    counts = load_result(directory).counts
    assert sum(entry.failed for entry in counts) == 1
    assert sum(entry.scored for entry in counts) == status(directory).rows - 2  # asked twice, and no answer is lost


def test_a_paused_run_requeues_when_it_goes_on(jobs, slow, failing):
    slow(0.05)
    directory = jobs.submit()
    until(lambda: (now := status(directory).live) and now.failed == 1, what="a failed item")
    say(directory, "pause")
    jobs.until_state(directory, State.PAUSED)
    say(directory, "requeue")
    assert "requeued" not in jobs.kinds(directory)
    say(directory, "resume")
    ended = jobs.until_state(directory, State.DONE)
    assert jobs.kinds(directory).count("requeued") == 1
    assert sum(counts.failed for counts in load_result(directory).counts) == 1
    assert ended.rows == 49
    assert failing


def test_there_must_be_something_to_requeue(jobs, slow):
    slow(0.1)
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    with pytest.raises(UsageError, match="no item of this run failed"):
        say(directory, "requeue")
    assert status(directory).state is State.RUNNING
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_a_run_that_is_told_to_score_while_it_waits_makes_a_result_of_earlier_answers(jobs, slow):
    import os
    import signal

    from workbench.jobs.admission import LOCK
    from workbench.jobs.launcher import resume
    from workbench.policy.locks import locked

    slow(0.05)
    directory = jobs.submit()
    jobs.until_rows(directory, 5)
    os.kill(read_record(directory).pid, signal.SIGKILL)
    jobs.until_dead(directory)
    with locked(jobs.home.runs / LOCK):  # another run is loading its model
        resume(directory, jobs.home)
        until(lambda: status(directory).record.waiting, what="a reason to wait")
        cancel(directory, score=True)
        ended = jobs.until_state(directory, State.DONE)
    counts = load_result(directory).counts
    assert sum(entry.scored for entry in counts) == ended.rows < 48
