"""Real Ray on this machine: simulated nodes, of which one dies. Slow: a cluster takes half a minute to start."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.evaluation.table import FILE
from workbench.jobs.launcher import submit
from workbench.jobs.record import ENDED, State, alive, read_record
from workbench.jobs.watching import status
from workbench.policy.home import home
from workbench.testing.runs import fake_spec, until

pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
DELAY = "0.1"
SPEC = fake_spec(("civics", "parallel-sentences"), languages=("th", "ar"), shots=2, limit=22)


@pytest.fixture
def start(monkeypatch):
    """Start a run and return its directory; what is alive at the end is killed."""
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    here = home().create()

    def begin(place, spec=SPEC):
        return here.runs / submit(replace(spec, ray=place), here).run_id

    yield begin
    for path in here.runs.glob("*/record.json"):
        record = read_record(path.parent)
        if record.pid != os.getpid() and alive(record):
            os.kill(record.pid, signal.SIGKILL)


def table(directory: Path) -> bytes:
    ended = until(lambda: (now := status(directory)).state in ENDED and now, what="the end of the run", seconds=300)
    assert ended.state is State.DONE, ended.record.error
    return (directory / FILE).read_bytes()


@pytest.fixture
def nodes():
    """Start a cluster of so many nodes with one CPU each; return it and the nodes that may be killed."""
    from ray.cluster_utils import Cluster

    made = []

    def begin(count):
        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        made.append(cluster)
        others = [cluster.add_node(num_cpus=1) for _ in range(count - 1)]
        cluster.wait_for_nodes()
        return cluster, others

    yield begin
    for cluster in made:
        cluster.shutdown()


@pytest.mark.parametrize("count", [2, 3])
def test_a_cluster_makes_the_table_of_one_engine_even_when_a_node_dies(start, nodes, monkeypatch, count):
    serial = table(start(""))
    cluster, others = nodes(count)
    assert table(start(cluster.address)) == serial
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", DELAY)
    disturbed = start(cluster.address)
    until(lambda: status(disturbed).rows >= 8, what="the first answers", seconds=200)
    cluster.remove_node(others[0], allow_graceful=False)
    assert status(disturbed).state is State.RUNNING
    assert table(disturbed) == serial
    assert "was lost" in (disturbed / "runner.log").read_text()


def test_a_killed_run_leaves_no_cluster_behind(start, monkeypatch):
    import psutil

    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", DELAY)
    directory = start("local:2")
    until(lambda: status(directory).rows >= 1, what="the first answer", seconds=200)
    runner = psutil.Process(read_record(directory).pid)
    family = runner.children(recursive=True)
    assert any("raylet" in process.name() for process in family)
    runner.kill()
    _, left = psutil.wait_procs(family, timeout=90)  # two of Ray's agents try to report for a minute first
    assert not left
