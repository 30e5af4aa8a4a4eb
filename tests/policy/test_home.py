"""The data directory: where it is, and that it is private."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from workbench.policy.home import benchmark_sources, home
from workbench.policy.offline import OFFLINE, offline_environment


def test_the_environment_names_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "data"))
    made = home().create()
    assert made.runs == tmp_path / "data" / "runs"
    for directory in (made.root, made.models, made.packs, made.runs, made.mlflow_artifacts):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_without_the_variable_it_is_the_users_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORKBENCH_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert home().root == tmp_path / "workbench"


def test_benchmark_sources_are_none_when_unset(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    assert benchmark_sources() is None


def test_a_child_gets_every_switch_even_against_the_users_wish():
    child = offline_environment({"HF_HUB_OFFLINE": "0", "PATH": "/bin"})
    assert child == {"PATH": "/bin", **OFFLINE}
