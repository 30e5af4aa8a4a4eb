"""MLflow hears of a long run while it goes on; whatever MLflow does, the run goes on."""

from __future__ import annotations

import sys
import time

import pytest

from workbench.jobs import delivery
from workbench.jobs.delivery import Checkpoints, checkpoint_seconds, deliver
from workbench.jobs.record import State
from workbench.jobs.watching import cancel, status
from workbench.testing.runs import until
from workbench.tracking import spool


@pytest.fixture
def child(monkeypatch):
    """Let a line of Python stand in for the process that delivers."""

    def make(code: str) -> None:
        monkeypatch.setattr(delivery, "_command", lambda _directory, *_: [sys.executable, "-S", "-c", code])

    return make


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setenv("WORKBENCH_CHECKPOINT_SECONDS", "0.05")
    monkeypatch.delenv("WORKBENCH_TRACKING", raising=False)


@pytest.mark.usefixtures("often")
def test_what_arrives_and_what_does_not_is_counted(child, tmp_path):
    child("")
    with Checkpoints(tmp_path) as made:
        until(lambda: made.arrived >= 2, what="two checkpoints")
    assert made.missed == 0
    child("raise SystemExit(7)")
    with Checkpoints(tmp_path) as made:
        until(lambda: made.missed, what="one that did not arrive")
    assert made.arrived == 0


@pytest.mark.usefixtures("often")
def test_the_end_of_a_run_does_not_wait_for_a_checkpoint(child, tmp_path):
    child(f"open({str(tmp_path / 'began')!r}, 'w').close(); import time; time.sleep(60)")
    with Checkpoints(tmp_path) as made:
        until((tmp_path / "began").exists, what="a checkpoint under way")
        ending = time.monotonic()
    assert time.monotonic() - ending < 10
    assert (made.begun, made.arrived, made.missed) == (1, 0, 0)


@pytest.mark.usefixtures("often")
def test_a_full_machine_is_left_alone(child, tmp_path, monkeypatch):
    child(f"open({str(tmp_path / 'began')!r}, 'w').close()")
    monkeypatch.setattr(delivery, "available_memory", lambda: delivery.ROOM)
    with Checkpoints(tmp_path) as made:
        until(lambda: made.missed, what="a checkpoint left out")
    assert not (tmp_path / "began").exists()


@pytest.mark.parametrize(("said", "seconds"), [("", 600.0), ("30", 30.0), ("0", 0.0), ("-1", 0.0), ("often", 600.0)])
def test_how_often_is_said_in_the_environment(monkeypatch, said, seconds):
    monkeypatch.delenv("WORKBENCH_TRACKING", raising=False)
    monkeypatch.setenv("WORKBENCH_CHECKPOINT_SECONDS", said)
    assert checkpoint_seconds() == seconds
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    assert checkpoint_seconds() == 0.0


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("", "delivered", ""),
        ("import sys; sys.exit('no such server')", "undelivered", "no such server; `workbench runs sync`"),
        ("import time; time.sleep(60)", "undelivered", "did not answer in time"),
    ],
)
def test_a_delivery_leaves_a_note_and_never_an_error(child, tmp_path, monkeypatch, code, kind, words):
    monkeypatch.delenv("WORKBENCH_TRACKING", raising=False)
    monkeypatch.setattr(delivery, "DELIVERY_SECONDS", 0.5 if "sleep" in code else 60)
    child(code)
    notes = []
    deliver(tmp_path, lambda *note: notes.append(note))
    ((found, message),) = notes
    assert found == kind
    assert words in message


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_mlflow_shows_a_long_run_as_it_goes_on_and_as_it_ends(jobs, slow, monkeypatch):
    monkeypatch.delenv("WORKBENCH_TRACKING")
    monkeypatch.setenv("WORKBENCH_CHECKPOINT_SECONDS", "1")
    slow(2.0)
    directory = jobs.submit()
    shown = until(lambda: spool.read(directory).deliveries, 120, "a checkpoint")[-1]
    assert (shown.state, shown.run_state, shown.problem) == ("running", "running", "")
    assert status(directory).state is State.RUNNING
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)
    until(lambda: spool.read(directory).deliveries[-1].run_state == "cancelled", 120, "the word of its end")
