"""Undisturbed runs to compare with, and ways to disturb one."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.evaluation.table import FILE
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import ENDED, State, alive, read_record
from workbench.jobs.watching import RunStatus, status
from workbench.policy.home import Home, home
from workbench.testing.runs import fake_spec, until

ROWS = 88
DELAY = "0.03"


class Disturbed:
    """Runs of one spec that are killed and resumed."""

    def __init__(self, here: Home, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = here
        self.environment = monkeypatch
        self.spec = fake_spec(("civics", "parallel-sentences"), languages=("th", "ar"), shots=2, limit=ROWS // 4)

    def start(self, *, delay: str = DELAY) -> Path:
        self.environment.setenv("WORKBENCH_FAKE_DELAY", delay)
        return self.home.runs / submit(self.spec, self.home).run_id

    def resume(self, directory: Path, *, delay: str = "0") -> None:
        self.environment.setenv("WORKBENCH_FAKE_DELAY", delay)
        resume(directory, self.home)

    def kill(self, directory: Path) -> int:
        """Kill a run's process as nothing can refuse; return how many rows it left."""
        pid = read_record(directory).pid
        assert pid != os.getpid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(read_record(directory)), what="the death of the process")
        return status(directory).rows

    def finish(self, directory: Path) -> RunStatus:
        """Wait until a run has ended, and insist that it is done."""
        ended = until(lambda: (now := status(directory)).state in ENDED and now, what="the end of the run")
        assert ended.state is State.DONE, ended.record.error
        return ended

    def table(self, directory: Path) -> bytes:
        return (directory / FILE).read_bytes()


@pytest.fixture
def disturbed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disturbed]:
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    made = Disturbed(home().create(), monkeypatch)
    yield made
    for path in made.home.runs.glob("*/record.json"):
        record = read_record(path.parent)
        if record.pid != os.getpid() and alive(record):
            os.kill(record.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The table of a run that nothing disturbed."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKBENCH_TRACKING", "off")
        environment.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("whole")))
        undisturbed = Disturbed(home().create(), environment)
        directory = undisturbed.start(delay="0")
        assert undisturbed.finish(directory).rows == ROWS
        return undisturbed.table(directory)
