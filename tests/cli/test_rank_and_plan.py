"""`workbench rank` and `workbench plan`, as a person and a program call them."""

from __future__ import annotations

import json

import pytest

import workbench as wb
from workbench.cli.app import main
from workbench.jobs.launcher import submit
from workbench.jobs.watching import wait
from workbench.policy.home import home
from workbench.testing.runs import fake_spec


@pytest.fixture
def call(capsys, monkeypatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")

    def run(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(list(words))
        except SystemExit as done:
            code = int(done.code or 0)
        return code, *capsys.readouterr()

    return run


def finished(model: str, **settings) -> str:
    record = submit(fake_spec(model=model, **settings), home().create())
    wait(home().runs / record.run_id)
    return record.run_id


def test_runs_are_ranked_and_planned_from(call):
    runs = [finished(model, languages=("th",)) for model in ("fake-a", "fake-b")]
    code, out, _ = call("rank", *runs)
    assert (code, "fake-a" in out, "tied with" in out, "chance" in out) == (0, True, True, True)
    code, out, _ = call("rank", *runs, "--json")
    found = json.loads(out)
    assert (code, {entry["name"] for entry in found["ranking"]["models"]}) == (0, {"fake-a", "fake-b"})
    ranked = wb.rank([wb.run(run).result() for run in runs])
    assert [entry.name for entry in ranked.ranking.models] == [entry["name"] for entry in found["ranking"]["models"]]
    pack = found["parts"][0]["pack"]
    assert call("rank", *runs, "--weight", f"{pack}=2", "--weight", f"{pack}/th=3")[0] == 0
    for words in (("--weight", "nonsense"), ("--weight", "nothing=1"), ("--weight", f"{pack}=x")):
        assert call("rank", *runs, *words)[0] == 2
    assert call("rank", runs[0])[0] == 2
    code, out, _ = call("plan", *runs, "--half-width", "0.05")
    assert (code, "half-width ± 0.05" in out, out.count("th")) == (0, True, 4)


def test_a_plan_needs_no_run(call):
    code, out, _ = call("plan", "--half-width", "0.02")
    assert (code, "2,398" in out) == (0, True)
    code, out, _ = call("plan", "--difference", "0.05", "--differing", "0.2", "--json")
    assert (code, json.loads(out)) == (0, json.loads(json.dumps(asdicts(wb.plan(difference=0.05, differing=0.2)))))
    assert wb.plan(half_width=0.02)[0].items == 2398
    for words in ((), ("--half-width", "0.02", "--difference", "0.1")):
        code, _, err = call("plan", *words)
        assert (code, "a plan is for a half-width or for a difference" in err) == (2, True)
    assert call("plan", "--half-width", "2")[0] == 3


def asdicts(found):
    from dataclasses import asdict

    return [asdict(entry) for entry in found]
