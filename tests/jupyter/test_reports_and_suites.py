"""Reports are written, shown without scripts and downloaded; suites are saved and come back as drafts."""

from __future__ import annotations

import pytest
import yaml

from workbench.evaluation.suite import read_suite
from workbench.policy.home import home
from workbench.testing.runs import until


@pytest.mark.parametrize(
    ("form", "media", "begins"),
    [
        ("html", "text/html; charset=utf-8", b"<!"),
        ("csv", "text/csv; charset=utf-8", b""),
        ("json", "application/json", b"{"),
        ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)
def test_report_in_every_format(panel, run, form, media, begins):
    report = panel.task("/reports", {"runs": [run.name], "format": form, "title": "ผล <b>x</b>"})
    assert (report["format"], report["runs"], report["title"]) == (form, [run.name], "ผล <b>x</b>")
    content = panel.ask("GET", f"/reports/{report['id']}/content")
    assert content.headers["Content-Type"] == media
    assert len(content.data) == report["bytes"]
    assert content.data.startswith(begins)
    assert content.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''workbench-report-")
    assert panel.get("/reports")["reports"] == [report]
    shown = panel.ask("GET", f"/reports/{report['id']}/content", inline=True)
    policy = shown.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script" not in policy
    assert "frame-ancestors 'self'" in policy
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    panel.send("DELETE", f"/reports/{report['id']}")
    assert panel.ask("GET", f"/reports/{report['id']}/content").status == 404
    assert panel.get("/reports")["reports"] == []


def test_report_of_an_unfinished_run_and_in_an_unknown_language(panel, run, monkeypatch):
    body = {"runs": [run.name], "format": "html", "language": "tlh"}
    answer = panel.ask("POST", "/reports", body, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")
    from workbench.jobs.launcher import submit
    from workbench.testing.runs import fake_spec

    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.5")
    other = submit(fake_spec(), home()).run_id
    answer = panel.ask("POST", "/reports", {"runs": [other], "format": "md"}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    assert panel.get("/reports")["reports"] == []


def test_a_suite_comes_back_as_drafts_and_runs_from_the_command_line(panel, ids):
    body = {
        "name": "spring 2026",
        "models": [ids.models["fake-a"], ids.models["fake-b"]],
        "packs": [ids.packs["civics"]],
        "languages": ["th"],
        "settings": [{"shots": 0}, {"shots": 2, "limit": 3}],
    }
    suite = panel.send("PUT", "/suites", body)
    assert [(draft["model"], draft["settings"]["shots"]) for draft in suite["drafts"]] == [
        (ids.models["fake-a"], 0),
        (ids.models["fake-a"], 2),
        (ids.models["fake-b"], 0),
        (ids.models["fake-b"], 2),
    ]
    assert suite["missing"] == []
    path = home().root / "suites" / "spring 2026.yaml"
    assert len(read_suite(path).runs) == 4
    assert yaml.safe_load(suite["yaml"])["packs"] == ["civics"]
    started = panel.task("/runs", {"token": "a-run-of-the-suite", "draft": suite["drafts"][3]})
    assert started["run"]["suite"] == "spring 2026"
    until(lambda: panel.get(f"/runs/{started['run']['id']}")["run"]["state"] == "done")
    assert panel.ask("PUT", "/suites", body).status == 400
    assert panel.send("PUT", "/suites", {**body, "replace": True})["id"] == suite["id"]
    assert [(each["name"], each["runs"]) for each in panel.get("/suites")["suites"]] == [("spring 2026", 4)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"settings": [{"shots": 1000}]}, 422),
        ({"settings": [{"nonsense": 1}]}, 422),
        ({"name": "../outside"}, 400),
        ({"name": ".hidden"}, 400),
        ({"name": "a/b"}, 400),
        ({"models": ["0" * 32]}, 404),
    ],
)
def test_a_wrong_suite_is_refused_and_nothing_is_written(panel, ids, change, status):
    body = {"name": "wrong", "models": [ids.models["fake-a"]], "packs": [ids.packs["civics"]], **change}
    answer = panel.ask("PUT", "/suites", body)
    assert answer.status == status, answer.body
    assert not [path for path in home().root.rglob("*") if path.suffix in (".yaml", ".trial")]


def test_a_suite_that_somebody_wrote_is_shown_with_what_is_missing(panel):
    directory = home().root / "suites"
    directory.mkdir()
    (directory / "by-hand.yaml").write_text("name: by-hand\nmodels: [gone]\npacks: [civics, lost]\n", encoding="utf-8")
    (directory / "broken.yaml").write_text("name: [", encoding="utf-8")
    suites = {each["name"]: each for each in panel.get("/suites")["suites"]}
    assert suites["broken"]["error"]["code"] == "spec"
    assert panel.ask("GET", f"/suites/{suites['broken']['id']}").body["error"]["code"] == "spec"
    shown = panel.get(f"/suites/{suites['by-hand']['id']}")
    assert (shown["drafts"], sorted(shown["missing"])) == ([], ["gone", "lost"])


def test_comparison_of_two_models_and_of_what_cannot_be_compared(panel, run, finish):
    from workbench.evaluation.finishing import load_result

    other = finish("fake-b")
    found = panel.task("/comparisons", {"runs": [run.name, other.name]})
    assert (found["comparable"], found["differences"]) == (True, [])
    assert {pair["language"] for pair in found["pairs"]} == {"th", "ar"}
    for pair in found["pairs"]:
        scores = [
            next(s.value for s in load_result(d).scores if s.language == pair["language"] and s.headline)
            for d in (run, other)
        ]
        assert [pair["first"], pair["second"]] == pytest.approx(scores)
        assert pair["difference"] == pytest.approx(scores[0] - scores[1])
        assert pair["low"] <= pair["difference"] <= pair["high"]
    flip = found["flips"][0]
    assert {flip["first"], flip["second"]} == {0.0, 1.0}
    panel.get(f"/runs/{run.name}/items/{flip['first_key']}")
    panel.get(f"/runs/{other.name}/items/{flip['second_key']}")
    assert found["total_flips"] == sum(pair["first_only"] + pair["second_only"] for pair in found["pairs"])
    shots = finish("fake-b", shots=2)
    refused = panel.task("/comparisons", {"runs": [run.name, shots.name]})
    assert not refused["comparable"]
    assert refused["pairs"] == refused["flips"] == []
    assert {"shots", "prompts"} <= {each["what"] for each in refused["differences"]}
    assert "examples before each question differ: 0 and 2" in [each["words"] for each in refused["differences"]]
