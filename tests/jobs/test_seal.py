"""A sealed run finishes, and its owner still reaches it through its socket."""

from __future__ import annotations

import pytest

from workbench.evaluation.finishing import load_result
from workbench.jobs.record import State
from workbench.jobs.watching import status
from workbench.testing.runs import until


def test_a_sealed_run_finishes(jobs, slow):
    slow()
    directory = jobs.submit(limit=10, seal=True)
    ended = until(lambda: _ended_or_live(directory), what="an answer from behind the seal")
    if ended.state is State.FAILED and ended.record.error.code == "machine":
        pytest.skip(f"this kernel makes no seal: {ended.record.error.message}")
    assert ended.live is not None
    jobs.until_state(directory, State.DONE)
    assert "sealed" in jobs.kinds(directory)
    assert load_result(directory).spec.seal


def _ended_or_live(directory):
    now = status(directory)
    return now if now.live or now.state is State.FAILED else None
