"""`workbench evaluate --checkpoints` and the report of a series."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import workbench as wb
from workbench.cli.app import root
from workbench.errors import UsageError
from workbench.testing.checkpoints import truncate, write_training_run


@pytest.fixture
def training(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    run = write_training_run(tmp_path / "out", ("step-5", "step-40", "step-50"))
    truncate(run / "step-50")
    return run


def test_a_series_from_the_checkpoints_to_the_report(training, tmp_path):
    asked = [
        "evaluate",
        "--checkpoints",
        str(training),
        "civics",
        "--engine",
        "fake",
        "--languages",
        "th",
        "--limit",
        "4",
    ]
    done = CliRunner().invoke(root, asked, catch_exceptions=False)
    assert "2 checkpoints of out, 1 skipped" in done.stderr
    assert "step-50: skipped, model.safetensors: " in done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [line[3:5] for line in lines if line and line[0] == "civics"] == [["5", "step-5"], ["40", "step-40"]]
    assert "skipped 1: step-50" in done.stdout
    again = CliRunner().invoke(root, [*asked, "--json"], catch_exceptions=False)
    said = json.loads(again.stdout)
    assert [member["how"] for member in said["series"]["members"]] == ["done", "done"]
    assert [result["spec"]["series"]["step"] for result in said["results"]] == [5, 40]
    series = wb.evaluate_checkpoints(training, "civics", engine="fake", languages=["th"], limit=4)
    assert (series.id, series.name) == (said["series"]["id"], "out")
    assert [result.run_id for result in series.results] == [result["run_id"] for result in said["results"]]
    assert [entry.name for entry in series.skipped] == ["step-50"]
    report = tmp_path / "r.html"
    CliRunner().invoke(root, ["report", said["series"]["id"], "-o", str(report)], catch_exceptions=False)
    assert 'id="curves"' in report.read_text()


def test_a_suite_takes_no_checkpoints(training, tmp_path):
    (tmp_path / "s.yaml").write_text("name: s\nmodels: m\npacks: civics\n")
    with pytest.raises(UsageError, match="--checkpoints cannot be added"):
        CliRunner().invoke(
            root, ["evaluate", str(tmp_path / "s.yaml"), "--checkpoints", str(training)],
            catch_exceptions=False, standalone_mode=False,
        )  # fmt: skip
