"""The same with a real model: same keys and verdicts, log-likelihoods within a thousandth."""

from __future__ import annotations

import pytest

from workbench.evaluation.build import build_spec
from workbench.evaluation.finishing import item_rows, load_result
from workbench.jobs.launcher import resume, submit
from workbench.jobs.record import State
from workbench.jobs.watching import status
from workbench.testing.runs import until

TOLERANCE = 1e-3


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.timeout(900)
def test_a_killed_run_of_a_real_model_gives_the_numbers_of_an_undisturbed_one(disturbed, demo_models):
    path = next(place for name, place in demo_models.items() if "smollm2" in name.lower())
    spec = build_spec(
        path, ["civics"], languages=("en", "th"), shots=2, limit=12, device="cpu", dtype="float32", token_budget=512
    )
    disturbed.spec = spec
    undisturbed = disturbed.home.runs / submit(spec, disturbed.home).run_id
    finish(undisturbed)
    expected = {row.key: row for row in item_rows(load_result(undisturbed))}
    killed = disturbed.home.runs / submit(spec, disturbed.home).run_id
    until(lambda: status(killed).rows >= 3, 300, "three answers")
    assert disturbed.kill(killed) < len(expected)
    resume(killed, disturbed.home)
    finish(killed)
    found = {row.key: row for row in item_rows(load_result(killed))}
    assert list(found) == list(expected)
    for key, row in found.items():
        assert row.log_likelihoods == pytest.approx(expected[key].log_likelihoods, abs=TOLERANCE)
        assert (row.prediction, row.scores) == (expected[key].prediction, expected[key].scores) or near_tie(row)


def near_tie(row) -> bool:
    best, second, *_ = sorted(row.log_likelihoods, reverse=True)
    return best - second < 2 * TOLERANCE


def finish(directory) -> None:
    ended = until(lambda: (now := status(directory)).state in (State.DONE, State.FAILED) and now, 400, "the end")
    assert ended.state is State.DONE, ended.record.error
