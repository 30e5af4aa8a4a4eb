"""Runs through the panel's routes: started once, told, listed, resumed, asked again."""

from __future__ import annotations

import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.evaluation.journal import Journal
from workbench.evaluation.spec import spec_from_json
from workbench.jobs.launcher import submit
from workbench.jobs.record import State, alive, read_record
from workbench.policy.home import home
from workbench.testing.runs import fake_spec, until

TOKEN = "one-wish-one-run-only"  # noqa: S105 — of a wish, not of a user


@pytest.fixture
def slow(monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.05")
    return monkeypatch


def start(**settings):
    """Start a run without the panel: it is a process like any other."""
    return submit(fake_spec(("civics",), languages=("th", "ar"), **settings), home()).run_id


def state(panel, run):
    return panel.get(f"/runs/{run}")["run"]["state"]


def until_state(panel, run, *wanted):
    until(lambda: state(panel, run) in wanted, what=f"{run} {wanted}")


def until_answered(panel, run, least):
    until(lambda: panel.get(f"/runs/{run}")["run"]["answered"] >= least, what=f"{least} answers")


def test_same_token_starts_one_run_however_often_it_is_sent(panel, ids):
    body = {"token": TOKEN, "draft": ids.draft()}
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(lambda _: panel.task("/runs", body)["run"]["id"], range(3)))
    assert len({*started, panel.task("/runs", body)["run"]["id"]}) == 1
    assert panel.get("/runs")["total"] == 1
    answer = panel.ask("POST", "/runs", {"token": TOKEN, "draft": ids.draft(shots=1)}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")
    assert panel.get("/runs")["total"] == 1


def test_spec_of_a_draft_is_that_of_python(panel, ids):
    settings = {"shots": 2, "seed": 7, "limit": 5, "languages": ["th"]}
    started = panel.task("/runs", {"token": TOKEN, "draft": ids.draft("fake-b", **settings)})
    detail = panel.get(f"/runs/{started['run']['id']}")
    expected = fake_spec(("civics",), model="fake-b", shots=2, seed=7, limit=5, languages=("th",))
    assert detail["spec_hash"] == started["spec_hash"] == expected.hash
    assert spec_from_json(json.dumps(detail["spec"])).hash == expected.hash
    assert detail["settings"] == {**settings, "engine": "fake"}
    assert (detail["model_id"], detail["pack_ids"]) == (ids.models["fake-b"], [ids.packs["civics"]])


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"shots": 101}, 422, "spec"),
        ({"languages": ["xx-nowhere"]}, 404, "not_found"),
        ({"languages": ["is"]}, 404, "not_found"),
        ({"metrics": ["beauty"]}, 404, "not_found"),
        ({"nonsense": 1}, 422, "spec"),
        ({"model": "/etc"}, 422, "spec"),
        ({"interpreter": "/bin/sh"}, 422, "spec"),
        ({"engine": "transformers"}, 422, "spec"),
    ],
)
def test_a_draft_that_cannot_run_is_refused_and_starts_nothing(panel, ids, settings, status, code):
    draft = ids.draft()
    draft["settings"] |= settings
    answer = panel.ask("POST", "/runs", {"token": TOKEN, "draft": draft}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (status, code), answer.body
    assert panel.get("/runs")["total"] == 0


def test_kernel_that_is_not_there(panel, ids):
    answer = panel.ask("POST", "/runs", {"token": TOKEN, "draft": {**ids.draft(), "kernel": "elsewhere"}})
    assert answer.status == 404
    draft = {**ids.draft(), "kernel": "python3"}  # the server's own Python: the spec is the same as without it
    assert panel.task("/plans", draft)["spec_hash"] == panel.task("/plans", ids.draft())["spec_hash"]


def test_paused_run_keeps_its_process_and_its_answers(panel, slow):
    run = start()
    until_answered(panel, run, 3)
    assert panel.get(f"/runs/{run}")["run"]["verbs"] == ["pause", "cancel"]
    panel.send("POST", f"/runs/{run}/pause")
    until_state(panel, run, "paused")
    shown = panel.get(f"/runs/{run}")["run"]
    rows = len(list(Journal(home().runs / run).rows()))
    assert shown["answered"] == rows == panel.get(f"/runs/{run}/items")["indexed"]
    assert shown["verbs"] == ["resume", "cancel"]
    pid = read_record(home().runs / run).pid
    slow.setenv("WORKBENCH_FAKE_DELAY", "0")
    panel.send("POST", f"/runs/{run}/resume")
    until_state(panel, run, "done")
    assert read_record(home().runs / run).pid == pid
    detail = panel.get(f"/runs/{run}")
    kinds = [event["kind"] for event in detail["events"]]
    assert kinds.index("paused") < kinds.index("finishing")
    assert detail["run"]["answered"] == 48


@pytest.mark.usefixtures("slow")
def test_a_paused_run_can_be_cancelled_and_scored(panel):
    run = start()
    until_answered(panel, run, 3)
    panel.send("POST", f"/runs/{run}/pause")
    until_state(panel, run, "paused")
    panel.send("POST", f"/runs/{run}/cancel", {"outcome": "score"})
    until_state(panel, run, "done")
    counts = panel.get(f"/runs/{run}")["result"]["counts"]
    assert 0 < sum(each["scored"] for each in counts) < sum(each["planned"] for each in counts)


@pytest.mark.usefixtures("slow")
def test_discarded_run_has_no_result_and_can_only_be_deleted(panel):
    run = start()
    until_answered(panel, run, 1)
    panel.send("POST", f"/runs/{run}/cancel", {"outcome": "discard"})
    until_state(panel, run, "cancelled")
    detail = panel.get(f"/runs/{run}")
    assert (detail["result"], detail["run"]["verbs"]) == (None, ["delete"])
    assert panel.ask("POST", f"/runs/{run}/resume").status == 400
    assert panel.send("DELETE", f"/runs/{run}")["bytes"] > 0
    assert panel.ask("GET", f"/runs/{run}").status == 404


def test_killed_run_is_shown_as_interrupted_and_goes_on(panel, slow):
    run = start()
    until_answered(panel, run, 3)
    record = read_record(home().runs / run)
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not alive(record), what="the death of the process")
    shown = panel.get(f"/runs/{run}")["run"]
    assert (shown["state"], shown["verbs"]) == ("interrupted", ["resume", "delete"])
    slow.setenv("WORKBENCH_FAKE_DELAY", "0")
    assert panel.send("POST", f"/runs/{run}/resume")["resumed"] == 1
    until_state(panel, run, "done")
    assert panel.get(f"/runs/{run}")["run"]["answered"] == 48


def test_failed_items_are_asked_again_and_nothing_else_is(panel, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_FAIL", "ประเทศ")
    run = start()
    until_state(panel, run, "done")
    shown = panel.get(f"/runs/{run}")["run"]
    failed = shown["failed"]
    assert 0 < failed < 24
    assert shown["verbs"] == ["requeue", "delete"]
    assert panel.get(f"/runs/{run}/items", verdict="failed")["total"] == failed
    lines = (home().runs / run / "items.jsonl").read_bytes()
    monkeypatch.delenv("WORKBENCH_FAKE_FAIL")
    panel.send("POST", f"/runs/{run}/requeue")
    until_state(panel, run, "done")
    detail = panel.get(f"/runs/{run}")
    assert (detail["run"]["answered"], detail["run"]["failed"]) == (48, 0)
    assert sum(each["scored"] for each in detail["result"]["counts"]) == 48
    page = panel.get(f"/runs/{run}/items", verdict="failed")
    assert (page["total"], page["indexed"]) == (0, 48)
    journal = (home().runs / run / "items.jsonl").read_bytes()
    assert journal.startswith(lines)
    assert journal.count(b"\n") == 48 + failed
    assert panel.ask("POST", f"/runs/{run}/requeue").status == 400
    undisturbed = start()
    until_state(panel, undisturbed, "done")
    assert (home().runs / run / "items.parquet").read_bytes() == (
        home().runs / undisturbed / "items.parquet"
    ).read_bytes()


def test_list_filters_searches_and_pages(panel, run):
    other = start(model="fake-b", limit=1)
    until_state(panel, other, "done")
    assert [each["id"] for each in panel.get("/runs")["runs"]] == sorted([run.name, other], reverse=True)
    assert [each["id"] for each in panel.get("/runs", q="FAKE-B")["runs"]] == [other]
    assert panel.get("/runs", q="civ", limit=1)["total"] == 2
    assert [each["id"] for each in panel.get("/runs", limit=1, offset=1)["runs"]] == [min(run.name, other)]
    assert panel.get("/runs", live=True)["total"] == 0
    assert panel.get("/runs", state="failed")["total"] == 0


def test_damaged_run_is_listed_with_its_error_and_can_be_deleted(panel, run):
    (run / "record.json").write_text("{", encoding="utf-8")
    (shown,) = panel.get("/runs")["runs"]
    assert (shown["state"], shown["error"]["code"]) == ("failed", "journal")
    answer = panel.ask("GET", f"/runs/{run.name}")
    assert answer.body["error"]["code"] == "journal"


@pytest.mark.usefixtures("slow")
def test_live_scores_have_intervals(panel):
    run = start()
    until_answered(panel, run, 3)
    scores = panel.get(f"/runs/{run}")["run"]["scores"]
    assert scores[0]["low"] < scores[0]["mean"] < scores[0]["high"] or scores[0]["mean"] in (0.0, 1.0)
    assert scores[0]["planned"] == 24


def test_plan_uses_the_pace_of_the_last_run(panel, ids, run):
    plan = panel.task("/plans", ids.draft())
    assert plan["seconds_source"] == run.name
    assert plan["seconds"] > 0
    assert plan["items"] == 48 == sum(part["items"] for part in plan["parts"])
    assert plan["tokens"] == sum(part["tokens"] for part in plan["parts"]) > 48


def test_trial_asks_in_turn_and_keeps_nothing(panel, ids):
    trial = panel.task("/trials", {"draft": ids.draft(), "items": 5})
    assert sorted(item["item"]["language"] for item in trial["items"]) == ["ar", "ar", "ar", "th", "th"]
    assert panel.get("/runs")["total"] == 0
    assert not list(home().root.glob(".trial-*"))


def test_a_trial_that_fails_says_why(panel, ids, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "1")
    answer = panel.ask("POST", "/trials", {"draft": ids.draft()}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (507, "machine")
    assert not list(home().root.glob(".trial-*"))


def test_state_names_are_those_of_the_contract():
    from workbench.jupyter.contract import document

    assert set(document()["components"]["schemas"]["RunState"]["enum"]) == {each.value for each in State}
