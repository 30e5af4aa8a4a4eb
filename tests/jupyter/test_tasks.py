"""Tasks are processes: they outlive a request, can be ended, and answer with their own error."""

from __future__ import annotations

import os
import signal
import time

import pytest

from workbench.errors import MachineCannot, NotFound, WorkbenchError
from workbench.jupyter.tasks.store import KEPT_SECONDS, TaskStore
from workbench.policy.home import home
from workbench.testing.runs import until

FOREVER = ["draft", "try"]


@pytest.fixture
def tasks(tmp_path) -> TaskStore:
    return TaskStore(tmp_path / "tasks")


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "30")


def lasting(tasks: TaskStore, most: int = 4):
    """Start a task that takes longer than any test."""
    draft = {"model": "fake-a", "packs": ["civics"], "settings": {"engine": "fake"}}
    return tasks.start("trial", FOREVER, draft, most=most, context={"a": 1})


def test_a_task_is_read_from_the_disk_by_whoever_asks(tasks):
    record = tasks.start("doctor", ["doctor"], most=4, context={})
    other = TaskStore(tasks.root)
    until(lambda: not other.running(record.id), what="the end of the task")
    assert other.read(record.id) == record
    assert {"name", "state", "found", "remedy"} == set(other.answer(record.id)[0])


def test_a_task_that_fails_has_its_own_error(tasks):
    record = tasks.start("plan", ["draft", "plan"], {"model": "nowhere", "packs": ["civics"]}, most=4, context={})
    until(lambda: not tasks.running(record.id), what="the end of the task")
    with pytest.raises(NotFound, match="nowhere"):
        tasks.answer(record.id)


@pytest.mark.usefixtures("slow")
def test_a_task_that_was_killed_says_so(tasks):
    record = lasting(tasks)
    assert tasks.running(record.id)
    os.killpg(record.pid, signal.SIGKILL)
    until(lambda: not tasks.running(record.id), what="the death of the task")
    with pytest.raises(WorkbenchError, match="ended without an answer"):
        tasks.answer(record.id)


@pytest.mark.usefixtures("slow")
def test_removing_a_task_ends_it(tasks):
    record = lasting(tasks)
    tasks.remove(record.id)
    with pytest.raises(ProcessLookupError):
        os.killpg(record.pid, 0)
    with pytest.raises(NotFound):
        tasks.read(record.id)
    assert not list(tasks.root.iterdir())


@pytest.mark.usefixtures("slow")
def test_only_so_many_run_at_once(tasks):
    first = lasting(tasks, most=1)
    with pytest.raises(MachineCannot, match="1 tasks are running"):
        lasting(tasks, most=1)
    tasks.remove(first.id)
    tasks.remove(lasting(tasks, most=1).id)


@pytest.mark.usefixtures("slow")
def test_old_tasks_are_forgotten_and_living_ones_are_not(tasks):
    old, living = tasks.start("doctor", ["doctor"], most=4, context={}), lasting(tasks)
    until(lambda: not tasks.running(old.id), what="the end of the task")
    long_ago = time.time() - KEPT_SECONDS - 1
    for record in (old, living):
        os.utime(tasks.root / record.id, (long_ago, long_ago))
    lasting_too = lasting(tasks)
    with pytest.raises(NotFound):
        tasks.read(old.id)
    for record in (living, lasting_too):
        tasks.remove(record.id)


def test_a_client_that_does_not_wait_asks_again(panel):
    answer = panel.ask("POST", "/doctor", wait=0)
    assert (answer.status, answer.body["state"], answer.body["result"]) == (202, "running", None)
    until(lambda: panel.ask("GET", f"/tasks/{answer.body['id']}", wait=5).status == 200, what="the end of the task")


@pytest.mark.usefixtures("slow")
def test_nothing_of_a_task_stands_in_its_command_line(panel, ids):
    import psutil

    panel.ask("POST", "/trials", {"draft": ids.draft(suite="a name of a person")}, wait=0)
    (record,) = (home().root / "panel" / "tasks").glob("*/task.json")
    store = TaskStore(record.parent.parent)
    task = store.read(record.parent.name)
    assert "person" not in " ".join(psutil.Process(task.pid).cmdline())
    assert record.parent.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in record.parent.iterdir())
    panel.send("DELETE", f"/tasks/{task.id}")
