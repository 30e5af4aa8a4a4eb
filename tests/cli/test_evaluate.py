"""`workbench evaluate` and `workbench runs`, with the fake engine and real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from workbench.cli.app import main
from workbench.jobs.record import State, alive, read_record
from workbench.jobs.watching import list_runs, status
from workbench.policy.home import home
from workbench.testing.runs import until

FAKE = ("--engine", "fake", "--languages", "th,ar")


@pytest.fixture(autouse=True)
def no_delivery(monkeypatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    monkeypatch.delenv("WORKBENCH_FAKE_DELAY", raising=False)
    yield
    for path in home().runs.glob("*/record.json"):
        record = read_record(path.parent)
        if record.pid != os.getpid() and alive(record):
            os.kill(record.pid, signal.SIGKILL)


@pytest.fixture
def call(capsys):
    def run(*words: str) -> tuple[int, str, str]:
        code = 0
        try:
            main(list(words))
        except SystemExit as done:
            code = int(done.code or 0)
        return code, *capsys.readouterr()

    return run


def evaluate(*words: str) -> tuple[str, ...]:
    return ("evaluate", "fake-a", "civics", *FAKE, *words)


def test_scores_stand_with_interval_chance_verdict_and_counts(call):
    code, out, err = call(*evaluate("--limit", "6", "--shots", "1", "--metrics", "accuracy"))
    assert code == 0, err
    for word in ("95 % interval", "chance", "majority", "verdict", "failed", "truncated", "tied", "fallback"):
        assert word in out
    rows = [line.split() for line in out.splitlines() if line.startswith("civics")]
    assert [row[:3] for row in rows[:2]] == [["civics", "ar", "accuracy"], ["civics", "th", "accuracy"]]
    assert "0.250" in rows[0]
    assert "guessing" in out
    assert "civics/ar: 6 of 6 answered, 0 failed" in err
    assert "civics/th: 6 of 6 answered, 0 failed" in err
    assert " done\n" in err


def test_json_is_the_result(call):
    code, out, _ = call(*evaluate("--limit", "4", "--parity", "--seed", "3", "--suite-name", "spring", "--json"))
    result = json.loads(out)
    assert code == 0
    assert {score["language"] for score in result["scores"]} == {"ar", "th"}
    spec = result["spec"]
    assert (spec["limit"], spec["parity"], spec["seed"], spec["suite"]) == (4, True, 3, "spring")
    assert spec["languages"] == ["th", "ar"]
    assert result["counts"][0]["planned"] == 4


def test_items_that_failed_are_counted_and_a_blank_is_no_score(call, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_FAIL", "السؤال")  # which introduces every Arabic question, and no Thai one
    code, out, err = call(*evaluate("--limit", "5", "--metrics", "accuracy"))
    assert code == 0
    assert "civics/ar: 5 of 5 answered, 5 failed" in err
    assert "civics/th: 5 of 5 answered, 0 failed" in err
    lines = [line.split() for line in out.splitlines() if line.startswith("civics")]
    assert lines[0] == ["civics", "ar", "accuracy", "—", "—", "—", "—", "0", "not", "scored"]
    assert lines[2] == ["civics", "ar", "5", "0", "5", "0", "0", "0", "0"]
    assert lines[3] == ["civics", "th", "5", "0", "0", "0", "0", "0", "0"]


def test_a_failed_run_ends_with_its_own_error_and_code_and_is_resumed(call, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_CRASH_AFTER", "5")
    code, out, err = call(*evaluate("--json"))
    assert (code, out) == (7, "")
    envelope = json.loads(err.splitlines()[-1])["error"]
    assert envelope["code"] == "machine"
    (found,) = list_runs(home())
    assert call("runs", "show", found.directory.name)[1].count("machine: the fake engine was told to fail") == 1
    monkeypatch.delenv("WORKBENCH_FAKE_CRASH_AFTER")
    code, out, err = call("runs", "resume", found.directory.name, "--json")
    assert code == 0, err
    assert sum(entry["scored"] for entry in json.loads(out)["counts"]) == 48


def test_detached_runs_are_listed_watched_and_removed(call):
    code, out, err = call(*evaluate("--limit", "3", "--detach"))
    run_id = out.strip()
    assert code == 0
    assert "runs watch" in err
    code, out, _ = call("runs", "watch", run_id)
    assert code == 0
    assert run_id in out
    _, out, _ = call("runs", "list", "--json")
    (row,) = json.loads(out)
    assert (row["run_id"], row["state"], row["model"], row["packs"]) == (run_id, "done", "fake-a", ["civics"])
    assert run_id in call("runs", "list")[1]
    assert call("runs", "list", "--state", "failed", "--json")[1] == "[]\n"
    shown = json.loads(call("runs", "show", run_id[:-2], "--json")[1])
    assert (shown["run"]["state"], shown["spec"]["limit"], len(shown["result"]["counts"])) == ("done", 3, 2)
    code, out, _ = call("runs", "rm", run_id, "--json")
    assert (json.loads(out)[0]["run_id"], list_runs(home())) == (run_id, ())
    assert call("runs", "show", run_id)[0] == 3
    assert "There are no runs" in call("runs", "list")[2]


def test_of_several_runs_all_or_none_are_removed(call, monkeypatch):
    done = call(*evaluate("--limit", "1", "--detach"))[1].strip()
    call("runs", "watch", done)
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.2")
    living = call(*evaluate("--detach"))[1].strip()
    code, out, err = call("runs", "rm", done, living)
    assert (code, out) == (2, "")
    assert "nothing was removed" in err
    assert len(list_runs(home())) == 2
    call("runs", "cancel", living)
    code, out, _ = call("runs", "rm", done, done, living, "--json")
    assert (code, [entry["run_id"] for entry in json.loads(out)]) == (0, [done, living])


def test_cancelling_discards_or_scores(call, monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.1")
    for words, code in ((["--json"], 0), (["--score", "--json"], 0)):
        run_id = call(*evaluate("--detach"))[1].strip()
        until(lambda run_id=run_id: status(home().runs / run_id).rows, what="the first answers")
        done, out, err = call("runs", "cancel", run_id, *words)
        assert done == code, err
        answer = json.loads(out)
        if "--score" in words:
            assert 0 < sum(entry["scored"] for entry in answer["counts"]) < 48
        else:
            assert answer["state"] == "cancelled"
    code, _, err = call("runs", "cancel", run_id)
    assert (code, "the run is done" in err) == (2, True)
    code, _, err = call("runs", "resume", run_id)
    assert (code, "the run is done" in err) == (2, True)


def test_ctrl_c_stops_watching_and_the_run_goes_on(monkeypatch):
    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.1")
    with subprocess.Popen(
        [sys.executable, "-m", "workbench.cli", *evaluate()], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        (found,) = until(lambda: [run for run in list_runs(home()) if run.state is State.RUNNING], what="the run")
        until(lambda: status(found.directory).rows, what="the first answers")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert "the run goes on" in err
    assert f"workbench runs cancel {found.directory.name}" in err
    assert status(found.directory).state is State.RUNNING


def test_a_suite_runs_every_model_and_prints_every_result(call, tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text(
        "name: spring\nmodels: [fake-a, fake-b]\npacks: civics\nlanguages: th\nsettings: {engine: fake, limit: 3}\n"
    )
    code, out, err = call("evaluate", str(path), "--json")
    assert code == 0, err
    results = json.loads(out)
    assert [result["model"]["name"] for result in results] == ["fake-a", "fake-b"]
    assert {result["spec"]["suite"] for result in results} == {"spring"}
    code, _, err = call("evaluate", str(path), "--shots", "3")
    assert (code, "--shots cannot be added" in err) == (2, True)


def test_a_mistake_in_a_suite_starts_nothing(call, tmp_path):
    path = tmp_path / "suite.yaml"
    path.write_text("name: s\nmodels: [fake-a]\npacks: [civics, nothing]\nsettings: {engine: fake}\n")
    assert call("evaluate", str(path))[0] == 3
    path.write_text("name: s\nmodels: [fake-a]\npacks: [civics]\nsettings: {shots: -1}\n")
    code, _, err = call("evaluate", str(path))
    assert code == 3
    assert f"{path}:4: settings.0.shots" in err
    assert list_runs(home()) == ()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["evaluate", "fake-a"], 2, "no benchmark is named"),
        (["evaluate"], 2, "Missing argument"),
        (["evaluate", "fake-a", "no-such-pack", "--engine", "fake"], 3, "no-such-pack"),
        (["evaluate", "fake-a", "civics", "--engine", "fake", "--shots", "-1"], 3, "shots"),
        (["evaluate", "fake-a", "civics", "--engine", "llama"], 2, "llama"),
        (["evaluate", "/no/such/model", "civics"], 3, "/no/such/model"),
        (["evaluate", "fake-a", "civics", "--engine", "fake", "--languages", "xh"], 3, "xh"),
        (["evaluate", "fake-a", "civics", "--engine", "fake", "--metrics", "acuracy"], 3, "acuracy"),
        (["runs", "show", "no-such-run"], 3, "no-such-run"),
        (["runs", "watch", "../.."], 3, "no run called"),
    ],
)
def test_a_call_that_cannot_be_done_says_why(call, words, code, message):
    done, out, err = call(*words)
    assert (done, out) == (code, "")
    assert message in err
    assert "→" in err
    assert list_runs(home()) == ()


def test_sync_has_nothing_to_do_without_runs(call):
    code, out, err = call("runs", "sync", "--json")
    assert (code, json.loads(out)) == (0, [])
    assert call("runs", "sync")[2] == "Everything is delivered.\n"
    assert err == ""


@pytest.mark.timeout(240)
def test_sync_delivers_what_was_left_out(call):
    run_id = call(*evaluate("--limit", "2", "--detach"))[1].strip()
    call("runs", "watch", run_id)
    code, out, err = call("runs", "sync", run_id[:-1], "--json")
    assert code == 0, err
    assert [(entry["run_id"], entry["state"]) for entry in json.loads(out)] == [(run_id, "delivered")]
    assert json.loads(call("runs", "sync", "--json")[1]) == []


@pytest.mark.timeout(240)
def test_a_sealed_run_is_delivered_from_outside_and_a_server_that_is_down_costs_a_line(call, monkeypatch):
    monkeypatch.delenv("WORKBENCH_TRACKING")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    code, out, err = call(*evaluate("--limit", "2", "--seal", "--json"))
    if code == 7:
        pytest.skip(f"this kernel makes no seal: {err}")
    assert code == 0, err
    assert json.loads(out)["spec"]["seal"]
    (found,) = list_runs(home())
    assert err.count("MLflow: ") == 1
    deliveries = json.loads((found.directory / "tracking.json").read_text())["deliveries"]
    assert [(entry["state"], entry["target"]) for entry in deliveries] == [("pending", "http://127.0.0.1:9")]
