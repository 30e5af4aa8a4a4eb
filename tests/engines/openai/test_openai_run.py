"""A run against a server that gives up in the middle: interrupted, and whole after it is resumed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.errors import UsageError
from workbench.evaluation.build import build_spec
from workbench.evaluation.finishing import load_result
from workbench.evaluation.plan import check_spec
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import ENDED, State
from workbench.jobs.watching import RunStatus, status
from workbench.policy.home import home
from workbench.testing.runs import fake_spec, until

LATER = (429, {"Retry-After": "3600"})
"""Longer than anybody waits: the run is given up at once."""


def ended(directory: Path) -> RunStatus:
    return until(lambda: (now := status(directory)).state in ENDED and now, 110, "the end of the run")


@pytest.mark.slow
def test_a_server_that_gives_up_in_a_run(server: Any, tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    here = home().create()
    spec = build_spec(tiny(), ["civics"], languages=("en",), limit=8, engine="openai", max_length=2000)
    server.failures += [None] * 12 + [LATER] * 100
    directory = here.runs / submit(spec, here).run_id
    now = ended(directory)
    assert now.state is State.INTERRUPTED
    assert (now.record.error.exit_code, now.record.error.code) == (4, "interrupted")
    assert "asks to wait 3600 s" in now.record.error.message
    server.failures.clear()
    asked = len(server.seen)
    resume(directory, here)
    now = ended(directory)
    assert now.state is State.DONE, now.record.error
    assert now.rows == sum(counts.planned for counts in load_result(directory).counts) == 8
    assert len(server.seen) > asked


def test_a_sealed_run_asks_no_server():
    with pytest.raises(UsageError, match="sealed run reaches no server"):
        check_spec(replace(fake_spec(), engine="openai", seal=True), load_pack)
