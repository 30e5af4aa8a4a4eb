"""Whatever kills a run, resuming it gives the table that an undisturbed run gives, byte for byte."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from workbench.evaluation.finishing import load_result
from workbench.evaluation.journal import Journal
from workbench.jobs.record import State, read_record, write_record
from workbench.jobs.watching import status
from workbench.testing.runs import until

SEED = 20261123
POINTS = 5


def moments() -> list[float]:
    """Return seconds after the first answer, drawn once for good."""
    drawn = random.Random(SEED)  # noqa: S311 — the same points in every run of the test
    return sorted(round(drawn.uniform(0.0, 2.2), 3) for _ in range(POINTS))


def counts() -> list[int]:
    """Return numbers of answers, drawn once for good."""
    return sorted(random.Random(SEED + 1).sample(range(1, 80), POINTS))  # noqa: S311 — likewise


def resumed(disturbed, directory) -> bytes:
    assert status(directory).state is State.INTERRUPTED
    disturbed.resume(directory)
    disturbed.finish(directory)
    return disturbed.table(directory)


@pytest.mark.parametrize("answers", counts())
def test_killed_after_so_many_answers(disturbed, whole, answers):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= answers, what=f"{answers} answers")
    assert disturbed.kill(directory) >= answers
    assert resumed(disturbed, directory) == whole


@pytest.mark.parametrize("seconds", moments())
def test_killed_at_some_time(disturbed, whole, seconds):
    directory = disturbed.start()
    until(lambda: read_record(directory).state is State.RUNNING, what="the first question")
    moment = time.monotonic() + seconds
    until(lambda: time.monotonic() >= moment, what="the moment")
    disturbed.kill(directory)
    assert resumed(disturbed, directory) == whole


def test_killed_before_anything_was_loaded(disturbed, whole):
    directory = disturbed.start()
    assert disturbed.kill(directory) == 0
    assert resumed(disturbed, directory) == whole


def test_killed_twice(disturbed, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 10, what="ten answers")
    first = disturbed.kill(directory)
    disturbed.resume(directory, delay="0.03")
    until(lambda: status(directory).rows >= first + 10, what="ten more answers")
    assert disturbed.kill(directory) > first
    assert resumed(disturbed, directory) == whole
    assert read_record(directory).resumed == 2
    rows = list(Journal(directory).rows())
    assert len(rows) == len({row.key for row in rows}) == status(directory).rows  # nothing was asked twice


def test_a_torn_last_line_is_asked_again(disturbed, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 10, what="ten answers")
    disturbed.kill(directory)
    path = directory / "items.jsonl"
    os.truncate(path, path.stat().st_size - 37)
    assert resumed(disturbed, directory) == whole
    assert [event.kind for event in Journal(directory).events()].count("torn") == 1


def test_killed_between_the_table_and_the_result(disturbed, whole):
    directory = disturbed.start(delay="0")
    disturbed.finish(directory)
    until(lambda: not _alive(directory), what="the end of the process")
    (directory / "result.json").unlink()
    (directory / ".result.json.0123abcd.tmp").write_bytes(b'{"run_id"')
    write_record(directory, read_record(directory).at(State.FINISHING))
    assert resumed(disturbed, directory) == whole
    assert load_result(directory).run_id == directory.name
    assert not list(directory.glob(".*.tmp"))


def test_killed_at_its_very_end_it_needs_no_model_again(disturbed, whole):
    directory = disturbed.start(delay="0")
    disturbed.finish(directory)
    until(lambda: not _alive(directory), what="the end of the process")
    engine = load_result(directory).engine
    for name in ("result.json", "items.parquet"):
        (directory / name).unlink()
    write_record(directory, read_record(directory).at(State.FINISHING))
    disturbed.environment.setenv("WORKBENCH_FAKE_CRASH_AFTER", "0")  # a single question would end it
    assert resumed(disturbed, directory) == whole
    assert load_result(directory).engine == engine
    kinds = [event.kind for event in Journal(directory).events()]
    assert kinds[-4:] == ["process", "finishing", "untracked", "done"]
    (directory / "result.json").unlink()
    (directory / "engine.json").write_text("{", encoding="utf-8")  # unreadable: it is loaded once more to say so
    write_record(directory, read_record(directory).at(State.FINISHING))
    until(lambda: not _alive(directory), what="the end of the process")
    assert resumed(disturbed, directory) == whole
    assert [event.kind for event in Journal(directory).events()].count("loading") == 2


def test_killed_as_it_was_submitted(disturbed, whole):
    """The submitter died between writing the run and starting its process."""
    directory = disturbed.start(delay="0.05")
    disturbed.kill(directory)
    for path in directory.iterdir():
        if path.name not in {"spec.json", "record.json"}:
            path.unlink()
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    record = replace(read_record(directory), pid=int(gone.stdout), created=0.0, state=State.QUEUED)
    write_record(directory, record)
    assert resumed(disturbed, directory) == whole


def test_a_hole_left_by_a_power_cut_is_asked_again(disturbed, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 10, what="ten answers")
    disturbed.kill(directory)
    with (directory / "items.jsonl").open("r+b") as file:
        file.seek(-700, os.SEEK_END)
        file.write(b"\0" * 512)
    with (directory / "events.jsonl").open("ab") as file:
        file.write(b'{"at":"2026-11')
    assert resumed(disturbed, directory) == whole
    assert [event.kind for event in Journal(directory).events()].count("torn") == 1


def test_the_time_that_a_killed_process_worked_is_not_lost(disturbed):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 60, what="sixty answers")
    disturbed.kill(directory)
    disturbed.resume(directory)
    disturbed.finish(directory)
    assert load_result(directory).seconds > 60 * 0.03


def test_killed_with_half_a_table(disturbed, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 10, what="ten answers")
    disturbed.kill(directory)
    (directory / "items.parquet").write_bytes(whole[: len(whole) // 2])
    assert resumed(disturbed, directory) == whole


def test_stopped_for_a_while_is_not_dead(disturbed, whole):
    directory = disturbed.start()
    until(lambda: status(directory).rows >= 5, what="five answers")
    pid = read_record(directory).pid
    os.kill(pid, signal.SIGSTOP)
    record = status(directory).record
    assert record.state is State.RUNNING
    os.kill(pid, signal.SIGCONT)
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole


def _alive(directory) -> bool:
    from workbench.jobs.record import alive

    return alive(read_record(directory))
