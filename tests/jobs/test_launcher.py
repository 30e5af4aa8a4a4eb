"""Whose Python runs a model, and what happens when it cannot."""

from __future__ import annotations

import sys

import pytest

from workbench._version import __version__
from workbench.errors import DiskFull, Interrupted, MachineCannot, SpecError
from workbench.jobs import launcher
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import State, read_record
from workbench.jobs.watching import cancel, list_runs, status
from workbench.testing.runs import until


@pytest.fixture
def interpreter(tmp_path):
    """Make a program that behaves like a Python in some environment."""

    def make(script: str) -> str:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return make


def test_another_interpreter_with_the_same_version_runs_the_model(jobs, interpreter):
    path = interpreter(f'exec {sys.executable} "$@"')
    directory = jobs.submit(limit=1, interpreter=path)
    assert jobs.until_state(directory, State.DONE).record.interpreter == path


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 0.0.1", f"has Workbench 0.0.1, not {__version__}"),
        ("echo ModuleNotFoundError >&2; exit 1", "has no Workbench"),
    ],
)
def test_an_interpreter_without_this_workbench_is_refused_before_anything_is_written(jobs, interpreter, script, words):
    with pytest.raises(SpecError, match=words) as failed:
        submit(jobs.spec(interpreter=interpreter(script)), jobs.home)
    assert "Install" in failed.value.remedy
    assert list_runs(jobs.home) == ()


def test_an_interpreter_that_is_not_there_is_refused(jobs):
    with pytest.raises(SpecError, match="has no Workbench"):
        submit(jobs.spec(interpreter="/no/such/python"), jobs.home)


def test_a_process_that_dies_as_it_begins_leaves_a_failed_run(jobs, interpreter):
    path = interpreter(f'if [ "$1" = -c ]; then echo {__version__}; else echo broken >&2; exit 3; fi')
    with pytest.raises(Interrupted, match="ended as it began"):
        submit(jobs.spec(interpreter=path), jobs.home)
    (found,) = list_runs(jobs.home)
    assert found.state is State.FAILED
    assert found.record.error.where.endswith("runner.log")
    assert (found.directory / "runner.log").read_text() == "broken\n"


def test_a_pack_that_changed_since_fails_the_run_by_name(jobs):
    from dataclasses import replace

    spec = jobs.spec(limit=1)
    changed = replace(spec, packs=(replace(spec.packs[0], digest="0" * 64),))
    directory = jobs.submit(changed)
    assert jobs.until_state(directory, State.FAILED).record.error.code == "model_digest"
    assert status(directory).rows == 0


def test_where_no_socket_can_be_made_another_place_is_found(jobs, slow, tmp_path, monkeypatch):
    slow()
    monkeypatch.setattr(launcher, "socket_path", lambda _home, run_id: tmp_path / "no directory" / run_id)
    directory = jobs.submit()
    live = until(lambda: status(directory).live, what="an answer")
    assert live.planned in {0, 48}
    assert not read_record(directory).socket.startswith(str(tmp_path))
    cancel(directory)
    jobs.until_state(directory, State.CANCELLED)


def test_what_fails_before_the_run_is_written_leaves_nothing(jobs, monkeypatch):
    def full(*_):
        raise DiskFull("no space left")

    monkeypatch.setattr(launcher, "write_record", full)
    with pytest.raises(DiskFull):
        submit(jobs.spec(), jobs.home)
    assert [entry for entry in jobs.home.runs.iterdir() if not entry.name.startswith(".")] == []


def test_a_run_whose_process_cannot_be_started_is_failed_not_waiting_for_ever(jobs, monkeypatch):
    def refused(*_words, **_more):
        raise OSError(11, "Resource temporarily unavailable")

    with monkeypatch.context() as patched:
        patched.setattr(launcher.subprocess, "Popen", refused)
        with pytest.raises(MachineCannot, match="temporarily unavailable"):
            submit(jobs.spec(limit=1), jobs.home)
    (found,) = list_runs(jobs.home)
    assert (found.state, found.record.error.code) == (State.FAILED, "machine")
    resume(found.directory, jobs.home)
    jobs.until_state(found.directory, State.DONE)
