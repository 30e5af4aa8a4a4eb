"""MLflow dies in mid-run, and MLflow's pages with the server that shows them: the run goes on, nothing is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from workbench.jobs.record import process_created
from workbench.jobs.watching import status
from workbench.jupyter.later import Later
from workbench.testing.lab import server_process
from workbench.testing.runs import until
from workbench.tracking import spool
from workbench.tracking.interface import interface
from workbench.tracking.sync import left_over, sync

GROUP = """
import os, subprocess, sys, time
os.setsid()
from workbench.tracking.proxied import see_through
see_through()
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


def test_what_leads_mlflow_is_killed_and_takes_mlflow_with_it():
    leader = subprocess.Popen([sys.executable, "-c", GROUP], stdout=subprocess.PIPE, text=True)
    child = int(leader.stdout.readline())
    watcher = next(each.pid for each in psutil.Process(leader.pid).children() if each.pid != child)
    leader.kill()
    leader.wait()
    leader.stdout.close()
    until(lambda: process_created(child) is None and process_created(watcher) is None, 20, "the end of the group")


def test_later_waits_for_its_time_and_for_something_to_deliver(disturbed, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    later = Later(10.0, next=0.0)
    assert not later.look(disturbed.home)  # WORKBENCH_TRACKING=off, and nothing waits
    monkeypatch.delenv("WORKBENCH_TRACKING")
    later.next = 0.0
    assert not later.look(disturbed.home)
    monkeypatch.undo()


def test_a_finished_run_that_was_not_delivered_is_left_over_and_a_living_one_is_not(disturbed, monkeypatch):
    directory = disturbed.start(delay="0.2")
    until(lambda: status(directory).rows >= 1, what="an answer")
    assert left_over(disturbed.home) == ()
    disturbed.kill(directory)
    assert left_over(disturbed.home) == ()  # nothing of it arrived: MLflow knows no such run
    disturbed.resume(directory)
    disturbed.finish(directory)
    until(lambda: left_over(disturbed.home) == (directory,), what="the run to be left over")
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: started.append(command))
    monkeypatch.delenv("WORKBENCH_TRACKING")
    later = Later(10.0, next=0.0)
    assert later.look(disturbed.home)
    assert started == [[sys.executable, "-m", "workbench.cli", "runs", "sync"]]
    assert not later.look(disturbed.home)  # ten minutes have not gone by
    assert not Later(0.0, next=0.0).look(disturbed.home)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_mlflow_is_killed_in_mid_run_and_gets_everything_later(disturbed, whole, monkeypatch):
    """A real MLflow server that takes a checkpoint, dies, and is there again when the run is over."""
    monkeypatch.delenv("WORKBENCH_TRACKING")
    monkeypatch.setenv("WORKBENCH_CHECKPOINT_SECONDS", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with interface(disturbed.home) as found:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", found.url)
        directory = disturbed.start(delay="0.4")
        until(lambda: spool.read(directory).deliveries, 120, "a checkpoint")
        assert spool.read(directory).deliveries[-1].state == "running"
        os.killpg(found.process.pid, signal.SIGKILL)
    disturbed.finish(directory)
    assert disturbed.table(directory) == whole
    until(lambda: spool.read(directory).deliveries[-1].state == "pending", 60, "the failed delivery")
    with interface(disturbed.home, port=found.port):
        (delivered,) = sync(disturbed.home)
        assert (delivered.run_id, delivered.state) == (directory.name, "delivered")
        assert sync(disturbed.home) == ()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("disturbed")
def test_the_server_and_what_leads_its_mlflow_are_killed_together_and_leave_no_orphan(tmp_path):
    with server_process(tmp_path / "jupyter") as server:
        server.client.ask("GET", "//workbench/mlflow/")
        leader, *_ = psutil.Process(server.process.pid).children()
        group = [process for process in psutil.process_iter() if in_group(process, leader.pid)]
        assert len(group) >= 3
        os.kill(leader.pid, signal.SIGKILL)
        server.kill()
        until(lambda: all(process_created(each.pid) is None for each in group), 30, "the end of MLflow")
        server.start()
        server.client.ask("GET", "//workbench/mlflow/")
        assert server.client.ask("GET", "//workbench/mlflow/").status == 200


def in_group(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group
    except OSError:
        return False
