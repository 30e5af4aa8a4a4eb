from __future__ import annotations

import json
import subprocess

import pytest
from click.testing import CliRunner

from workbench.cli.engines import command
from workbench.engines import list_engines, status


def test_this_machine_runs_both_engines_and_has_a_cpu():
    found = {engine.name: engine for engine in list_engines()}
    assert set(found) == {"transformers", "vllm", "openai", "fake"}
    assert "engines install vllm" in found["vllm"].reason or found["vllm"].available
    for engine in (found["transformers"], found["openai"], found["fake"]):
        assert engine.available
        assert engine.reason == ""
    last = found["transformers"].devices[-1]
    assert last.device == "cpu"
    assert last.name
    assert (last.memory or 0) > 0


def test_why_an_engine_cannot_run(monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise subprocess.CalledProcessError(1, "python", stderr="Traceback\nImportError: libtorch.so: no such file\n")

    monkeypatch.setattr(status, "probe_devices", broken)
    assert list_engines()[0].reason == "torch does not start: ImportError: libtorch.so: no such file"
    monkeypatch.setattr(status, "find_spec", lambda _name: None)
    assert list_engines()[0].reason == "not installed: torch, transformers"
    assert not list_engines()[0].available


def test_the_command_prints_both(monkeypatch: pytest.MonkeyPatch):
    devices = (status.DeviceInfo("cuda:0", "A card", 24 * 1024**3), status.DeviceInfo("cpu", "A processor", None))
    monkeypatch.setattr(status, "probe_devices", lambda: devices)
    shown = CliRunner().invoke(command, ["list"]).output
    assert "A card" in shown
    assert "24.0 GiB" in shown
    printed = json.loads(CliRunner().invoke(command, ["list", "--json"]).output)
    assert printed[0]["devices"][0] == {"device": "cuda:0", "name": "A card", "memory": 24 * 1024**3}
    assert [engine["name"] for engine in printed] == ["transformers", "vllm", "openai", "fake"]
