"""The server's offer, the schema of a run, kernelspecs, and what a user chose."""

from __future__ import annotations

import json
import sys
from dataclasses import fields

import pytest
from jsonschema import Draft202012Validator

from workbench.evaluation.spec import RunSpec
from workbench.jupyter.services import Services
from workbench.jupyter.settings.handlers import FROM_IDS
from workbench.jupyter.settings.kernels import interpreter_of, shown_kernels
from workbench.jupyter.settings.store import FILE
from workbench.policy.home import home


def test_schema_of_a_run_is_the_spec_itself(panel):
    schema = panel.get("/schema")
    assert set(schema["settings"]["properties"]) == {each.name for each in fields(RunSpec)} - FROM_IDS
    Draft202012Validator.check_schema(schema["settings"])
    Draft202012Validator(schema["settings"]).validate(schema["defaults"])
    assert "accuracy" in schema["metrics"]
    assert not Draft202012Validator(schema["settings"]).is_valid({"shots": -1})


def test_settings_are_kept(panel):
    assert panel.get("/settings")["page_size"] == 50
    panel.send("PATCH", "/settings", {"page_size": 200, "kernel": "python3"})
    assert panel.get("/settings")["page_size"] == 200
    assert panel.send("PATCH", "/settings", {"kernel": ""})["kernel"] == ""
    kept = home().root / "panel" / FILE
    assert kept.stat().st_mode & 0o077 == 0
    kept.write_text("{", encoding="utf-8")
    assert panel.ask("GET", "/settings").body["error"]["code"] == "journal"
    kept.write_text(json.dumps({"schema": 99}), encoding="utf-8")
    assert "schema 99" in panel.ask("GET", "/settings").body["error"]["message"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"page_size": 5}, 400),
        ({"page_size": "many"}, 400),
        ({"server": {}}, 400),
        ({}, 400),
        ({"kernel": "nowhere"}, 404),
        ({"kernel": "../../etc"}, 400),
        ({"report_language": "tlh"}, 400),
        ({"folders": ["nowhere"]}, 404),
    ],
)
def test_wrong_settings_are_refused_and_change_nothing(panel, changes, status):
    before = panel.get("/settings")
    assert panel.ask("PATCH", "/settings", changes).status == status
    assert panel.get("/settings") == before


def services(tmp_path, **specs):
    return Services(tmp_path, lambda: {name: {"spec": spec} for name, spec in specs.items()})


def test_kernels_say_whether_they_have_this_workbench(tmp_path):
    old = tmp_path / "old-python"
    old.write_text("#!/bin/sh\necho 0.0.1\n")
    none = tmp_path / "no-workbench"
    none.write_text("#!/bin/sh\nexit 1\n")
    for script in (old, none):
        script.chmod(0o755)
    here = services(
        tmp_path,
        good={"argv": [sys.executable, "-m", "ipykernel"], "language": "python", "display_name": "Good"},
        own={"argv": ["python", "-m", "ipykernel"], "language": "python"},
        old={"argv": [str(old)], "language": "python"},
        none={"argv": [str(none)], "language": "python"},
        gone={"argv": ["/nowhere/python"], "language": "python"},
        julia={"argv": ["/usr/bin/julia"], "language": "julia"},
        empty={},
    )
    kernels = {kernel["name"]: kernel for kernel in shown_kernels(here)}
    assert {name for name, kernel in kernels.items() if kernel["usable"]} == {"good", "own"}
    assert kernels["old"]["reason"].startswith("has Workbench 0.0.1, not")
    assert kernels["none"]["reason"] == "has no Workbench"
    assert all(kernel["reason"] for kernel in kernels.values() if not kernel["usable"])
    assert interpreter_of(here, "own") == interpreter_of(here, "") == interpreter_of(here, "good") == ""


def test_another_python_becomes_the_interpreter_of_the_spec(tmp_path):
    import workbench

    other = tmp_path / "python-elsewhere"
    other.write_text(f"#!/bin/sh\necho {workbench.__version__}\n")
    other.chmod(0o755)
    here = services(tmp_path, other={"argv": [str(other)], "language": "python"})
    assert interpreter_of(here, "other") == str(other)
