"""A run outlives who started it, ends as it is told, and says how it stands."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from workbench.engines.transformers.memory import memory_limit
from workbench.errors import Interrupted, NotFound, OutOfMemory, UsageError, WorkbenchError, from_envelope
from workbench.evaluation.finishing import load_result
from workbench.evaluation.journal import Journal
from workbench.jobs import watching
from workbench.jobs.admission import admitted
from workbench.jobs.launcher import resume
from workbench.jobs.record import ENDED, State, alive, process_created, read_record, write_record
from workbench.jobs.run import Run
from workbench.jobs.starting import starting
from workbench.jobs.watching import cancel, find_run, has_ended, list_runs, remove_run, status, wait
from workbench.testing.runs import until

SUBMIT = """
import time
from workbench.jobs.launcher import submit
from workbench.policy.home import home
from workbench.testing.runs import fake_spec
spec = fake_spec(languages=("th", "ar"))
began = time.monotonic()
print(submit(spec, home()).run_id, time.monotonic() - began)
"""


def test_submitting_returns_before_the_run_ends_and_the_run_outlives_its_submitter(jobs, slow):
    slow()
    done = subprocess.run([sys.executable, "-c", SUBMIT], capture_output=True, text=True, check=True)
    run_id, _ = done.stdout.split()
    directory = find_run(jobs.home, run_id)
    assert status(directory).state not in (State.DONE, State.FAILED)
    record = read_record(directory)
    assert os.getsid(record.pid) == record.pid  # a session of its own: no terminal's hang-up reaches it
    ended = wait(directory, deadline=time.monotonic() + 60)
    assert ended.state is State.DONE
    result = load_result(directory)
    assert sum(counts.scored for counts in result.counts) == ended.rows > 40
    assert result.seconds > 1


def test_the_events_tell_the_story_and_the_files_are_private(jobs):
    directory = jobs.submit(limit=3)
    jobs.until_state(directory, State.DONE)
    assert jobs.kinds(directory) == ["process", "loading", "running", "finishing", "untracked", "done"]
    for path in directory.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    assert directory.stat().st_mode & 0o777 == 0o700
    assert not (directory / ".reserve").exists()


@pytest.mark.timeout(240)
def test_a_finished_run_is_delivered_to_mlflow(jobs, monkeypatch):
    monkeypatch.delenv("WORKBENCH_TRACKING")
    directory = jobs.submit(limit=2)
    jobs.until_state(directory, State.DONE, seconds=200)
    assert "delivered" in jobs.kinds(directory)
    assert jobs.home.mlflow_database.is_file()


def test_a_live_run_says_how_far_it_is(jobs, slow):
    slow(0.1)
    directory = jobs.submit()
    now = until(lambda: (found := status(directory)).live and found.live.done >= 5 and found, what="five answers")
    assert now.state is State.RUNNING
    assert 5 <= now.live.done < now.live.planned == 48
    assert now.live.now == "civics/ar"
    assert [name for name, *_ in now.live.parts] == ["civics/ar", "civics/th"]
    assert sum(done for _, done, _, _ in now.live.parts) == now.live.done
    ((name, answered, credit),) = now.live.running_scores
    assert name == "civics/ar"
    assert 0 <= credit <= 1
    assert answered == now.live.done
    assert now.rate > 0
    assert now.remaining > 0
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_cancelling_discards(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    cancel(directory)
    assert jobs.until_state(directory, State.CANCELLED).rows < 48
    assert not (directory / "result.json").exists()
    with pytest.raises(NotFound, match="no result"):
        load_result(directory)
    with pytest.raises(UsageError, match="cancelled"):
        resume(directory, jobs.home)
    with pytest.raises(UsageError, match="cancelled"):
        cancel(directory)


def test_cancelling_with_score_makes_a_result_of_what_is_answered(jobs, slow):
    slow(0.1)
    directory = jobs.submit()
    jobs.until_rows(directory, 2)
    cancel(directory, score=True)
    rows = jobs.until_state(directory, State.DONE).rows
    counts = load_result(directory).counts
    assert sum(entry.planned for entry in counts) == 48
    assert sum(entry.scored for entry in counts) == rows < 48
    assert Run(directory.name, jobs.home).result().run_id == directory.name


def test_sigterm_interrupts_with_exit_code_4_and_the_run_can_be_resumed(jobs, slow, monkeypatch):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    os.kill(read_record(directory).pid, signal.SIGTERM)
    first = jobs.until_state(directory, State.INTERRUPTED)
    jobs.until_dead(directory)
    with subprocess.Popen([sys.executable, "-m", "workbench.jobs.runner", str(directory)]) as second:
        jobs.until_rows(directory, first.rows + 1)
        second.send_signal(signal.SIGINT)
        assert second.wait(30) == Interrupted.exit_code
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0")
    before = jobs.until_state(directory, State.INTERRUPTED)
    assert before.record.seconds > first.record.seconds > 0
    assert resume(directory, jobs.home).resumed == 1
    assert jobs.until_state(directory, State.DONE).rows == 48 > before.rows


def test_a_failing_engine_fails_the_run_with_its_error_and_it_can_be_resumed(jobs, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "10")
    directory = jobs.submit()
    failed = jobs.until_state(directory, State.FAILED)
    assert failed.record.error.code == "machine"
    assert "after 10 answers" in failed.record.error.message
    assert failed.record.error.exit_code == 7
    with pytest.raises(type(from_envelope(failed.record.error)), match="after 10 answers"):
        Run(directory.name, jobs.home).result()
    jobs.until_dead(directory)
    monkeypatch.delenv("WORKBENCH_FAKE_CRASH_AFTER")
    resume(directory, jobs.home)
    ended = jobs.until_state(directory, State.DONE)
    assert ended.record.error is None
    assert ended.rows == 48


def test_items_that_fail_are_counted_and_do_not_stop_the_run(jobs, monkeypatch):
    key = jobs_key(jobs)
    monkeypatch.setenv("WORKBENCH_FAKE_FAIL", key)
    directory = jobs.submit()
    jobs.until_state(directory, State.DONE)
    counts = {entry.language: entry for entry in load_result(directory).counts}
    assert (counts["ar"].failed, counts["ar"].scored) == (1, counts["ar"].planned - 1)
    assert counts["th"].failed == 0
    (row,) = [row for row in Journal(directory).rows() if row.error]
    assert (row.key, row.error, row.scores) == (key, "injected", ())


def jobs_key(jobs) -> str:
    from workbench.benchmarks.catalogue import load_pack
    from workbench.evaluation.plan import make_plan

    return make_plan(jobs.spec(), load_pack).keys[3]


def test_a_pid_that_was_given_to_another_process_is_not_alive(jobs):
    directory = jobs.submit(limit=2)
    jobs.until_state(directory, State.DONE)
    (directory / "result.json").unlink()
    record = replace(read_record(directory), pid=os.getpid(), state=State.RUNNING)
    mine = process_created(os.getpid())
    write_record(directory, replace(record, created=mine - 3600))
    assert not alive(read_record(directory))
    assert status(directory).state is State.INTERRUPTED
    write_record(directory, replace(record, created=mine))
    assert alive(read_record(directory))
    assert status(directory).state is State.RUNNING


def test_a_clock_that_was_set_does_not_make_a_living_run_look_dead(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    record = read_record(directory)
    write_record(directory, replace(record, created=record.created - 3600))
    assert alive(read_record(directory))
    assert not alive(replace(record, created=record.created - 3600, run_id="another run"))
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_a_run_killed_after_its_result_was_written_is_done(jobs):
    directory = jobs.submit(limit=2)
    jobs.until_state(directory, State.DONE)
    jobs.until_dead(directory)
    write_record(directory, read_record(directory).at(State.FINISHING))
    assert status(directory).state is State.DONE
    with pytest.raises(UsageError):
        resume(directory, jobs.home)


def test_live_and_finished_runs_are_not_resumed(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    with pytest.raises(UsageError, match="alive"):
        resume(directory, jobs.home)
    with pytest.raises(UsageError, match="alive"):
        remove_run(directory)
    cancel(directory, score=True)
    jobs.until_state(directory, State.DONE)
    with pytest.raises(UsageError, match="done"):
        resume(directory, jobs.home)


def test_a_run_is_resumed_the_moment_it_says_that_it_was_interrupted(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    os.kill(read_record(directory).pid, signal.SIGTERM)
    until(lambda: read_record(directory).state is State.INTERRUPTED, what="the word of it")
    assert resume(directory, jobs.home).resumed == 1  # its process may still be closing what it holds
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_of_two_who_resume_a_run_one_does(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    os.kill(read_record(directory).pid, signal.SIGKILL)
    jobs.until_dead(directory)
    refused = []

    def go_on() -> None:
        try:
            resume(directory, jobs.home)
        except UsageError as error:
            refused.append(error.message)

    both = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert refused == ["the run is alive"]
    assert read_record(directory).resumed == 1
    assert status(directory).state not in ENDED
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_two_processes_cannot_hold_one_run(jobs, slow):
    slow()
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    holder = read_record(directory)
    second = subprocess.run([sys.executable, "-m", "workbench.jobs.runner", str(directory)], check=False)
    assert second.returncode == UsageError.exit_code
    assert read_record(directory).pid == holder.pid
    assert status(directory).live is not None
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_waiting_is_given_up_at_the_deadline_and_the_run_goes_on(jobs, slow):
    slow()
    directory = jobs.submit()
    seen = []
    with pytest.raises(Interrupted, match="goes on"):
        wait(directory, seen.append, deadline=time.monotonic())
    assert alive(read_record(directory))
    assert seen
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_a_run_is_found_by_the_beginning_of_its_id(jobs):
    first, second = jobs.submit(limit=1), jobs.submit(limit=1, languages=("th",))
    assert find_run(jobs.home, first.name) == first.resolve()
    assert find_run(jobs.home, second.name[:-1]) == second.resolve()
    shared = "20"
    for wrong in ("", "../x", "/etc", ".", "no-such-run", shared):
        with pytest.raises(NotFound):
            find_run(jobs.home, wrong)
    with pytest.raises(NotFound, match="2 begin with it"):
        find_run(jobs.home, shared)
    assert {entry.directory for entry in list_runs(jobs.home)} == {first, second}
    for directory in (first, second):
        jobs.until_state(directory, State.DONE)


def test_a_damaged_record_is_listed_as_failed_not_hidden(jobs):
    directory = jobs.submit(limit=1)
    jobs.until_state(directory, State.DONE)
    jobs.until_dead(directory)
    (directory / "record.json").write_text("{", encoding="utf-8")
    (found,) = list_runs(jobs.home)
    assert (found.state, found.record.error.code) == (State.FAILED, "journal")
    (directory / "record.json").unlink()
    (found,) = list_runs(jobs.home)
    assert (found.state, found.record.error.code) == (State.FAILED, "not_found")


def test_a_damaged_run_can_be_removed_once_its_process_is_dead(jobs, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.2")
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    whole = (directory / "record.json").read_bytes()
    (directory / "record.json").write_text("{", encoding="utf-8")
    with pytest.raises(UsageError, match="alive"):
        remove_run(directory)
    (directory / "record.json").write_bytes(whole)
    os.kill(read_record(directory).pid, signal.SIGKILL)
    jobs.until_dead(directory)
    (directory / "record.json").write_text("{", encoding="utf-8")
    until(lambda: has_ended(directory), what="the last of its threads")
    assert remove_run(directory) > 0
    assert list_runs(jobs.home) == ()
    with pytest.raises(NotFound):
        remove_run(directory)


def test_a_run_that_is_being_started_is_not_removed_under_its_feet(jobs, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.2")
    directory = jobs.submit()
    jobs.until_rows(directory, 1)
    os.kill(read_record(directory).pid, signal.SIGKILL)
    jobs.until_dead(directory)
    outcomes: list[BaseException | None] = []
    with starting(directory):  # as one does who resumes it
        remover = threading.Thread(target=lambda: outcomes.append(_raised(lambda: remove_run(directory))))
        remover.start()
        remover.join(0.5)
        assert remover.is_alive()
        assert status(directory).state is State.INTERRUPTED
    remover.join(60)
    assert outcomes == [None]
    for again in (lambda: resume(directory, jobs.home), lambda: remove_run(directory)):
        assert isinstance(_raised(again), NotFound)
    assert [entry.name for entry in jobs.home.runs.iterdir() if not entry.name.startswith(".")] == []
    assert not list(jobs.home.runs.glob(".removing-*"))


def _raised(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except WorkbenchError as error:
        return error
    return None


def test_a_run_that_goes_while_runs_are_listed_is_left_out(jobs, monkeypatch):
    directory = jobs.submit(limit=1)
    jobs.until_state(directory, State.DONE)
    jobs.until_dead(directory)
    monkeypatch.setattr(watching, "run_directories", lambda _: (directory,))
    remove_run(directory)
    assert list_runs(jobs.home) == ()


def test_removing_a_run_frees_what_it_took(jobs):
    directory = jobs.submit(limit=1)
    jobs.until_state(directory, State.DONE)
    size = sum(path.stat().st_size for path in directory.iterdir())
    assert remove_run(directory) == size > 0
    assert not directory.exists()
    with pytest.raises(NotFound):
        status(directory)


def test_a_model_that_can_never_fit_fails_with_the_numbers():
    with (
        pytest.raises(OutOfMemory, match=f"{memory_limit() + 1:,}"),
        admitted(None, memory_limit() + 1, lambda: False, lambda _: None),
    ):
        pytest.fail("it was admitted")
