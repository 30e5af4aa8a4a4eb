"""Runs of the fake engine in processes of their own, and waiting for conditions."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.evaluation.spec import RunSpec
from workbench.jobs.launcher import submit
from workbench.jobs.record import ENDED, RunRecord, State, alive, read_record
from workbench.jobs.watching import RunStatus, status
from workbench.policy.home import Home, home
from workbench.testing.runs import fake_spec, until


class Jobs:
    """A data directory and what is done in it."""

    def __init__(self, here: Home) -> None:
        self.home = here

    def spec(self, *packs: str, **settings: object) -> RunSpec:
        return fake_spec(packs or ("civics",), **{"languages": ("th", "ar"), **settings})

    def submit(self, spec: RunSpec | None = None, **settings: object) -> Path:
        record = submit(spec or self.spec(**settings), self.home)
        return self.home.runs / record.run_id

    def until_state(self, directory: Path, *states: State, seconds: float = 60) -> RunStatus:
        def there() -> RunStatus | None:
            now = status(directory)
            if now.state in ENDED and now.state not in states:
                pytest.fail(f"the run is {now.state}: {now.record.error}\n{log(directory)}")
            return now if now.state in states else None

        return until(there, seconds, f"state {states}")

    def until_rows(self, directory: Path, rows: int) -> None:
        until(lambda: status(directory).rows >= rows, what=f"{rows} rows")

    def until_dead(self, directory: Path) -> RunRecord:
        until(lambda: not alive(read_record(directory)), what="the end of the process")
        return read_record(directory)

    def kinds(self, directory: Path) -> list[str]:
        return [json.loads(line)["kind"] for line in (directory / "events.jsonl").read_text().splitlines()]


def log(directory: Path) -> str:
    return (directory / "runner.log").read_text(encoding="utf-8")[-2000:]


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    """Jobs without delivery to MLflow; whatever still lives at the end is killed."""
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    made = Jobs(home().create())
    yield made
    for path in made.home.runs.glob("*/record.json"):
        record = read_record(path.parent)
        if record.pid != os.getpid() and alive(record):
            os.kill(record.pid, signal.SIGKILL)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Slow the fake engine down for runs started from now on."""

    def make(seconds: float = 0.05) -> None:
        monkeypatch.setenv("WORKBENCH_FAKE_DELAY", str(seconds))

    return make
