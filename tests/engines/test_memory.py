from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from workbench.engines.transformers import budget, devices, memory
from workbench.errors import OutOfMemory

MIB = 1024**2


def cgroup(root: Path, name: str, limit: str, usage: int, cache: int = 0) -> None:
    place = root / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "memory.max").write_text(f"{limit}\n")
    (place / "memory.current").write_text(f"{usage}\n")
    (place / "memory.stat").write_text(f"anon {usage - cache}\ninactive_file {cache}\n")


def test_every_limit_above_the_process_counts(tmp_path: Path):
    process = tmp_path / "cgroup"
    process.write_text("0::/user/job\n")
    cgroup(tmp_path / "fs", "user/job", "max", 10 * MIB)
    cgroup(tmp_path / "fs", "user", str(100 * MIB), 70 * MIB, cache=20 * MIB)
    assert memory._cgroup_limits(tmp_path / "fs", process) == [(100 * MIB, 50 * MIB)]


def test_version_one_and_a_container_whose_path_is_not_mounted(tmp_path: Path):
    process = tmp_path / "cgroup"
    process.write_text("5:cpu,memory:/docker/abc\n3:devices:/\n")
    root = tmp_path / "fs" / "memory"
    root.mkdir(parents=True)
    (root / "memory.limit_in_bytes").write_text(str(64 * MIB))
    (root / "memory.usage_in_bytes").write_text(str(80 * MIB))
    assert memory._cgroup_limits(tmp_path / "fs", process) == [(64 * MIB, 0)]
    (root / "memory.stat").write_text(f"inactive_file 1\ntotal_inactive_file {20 * MIB}\ntotal_active_file {MIB}\n")
    assert memory._cgroup_limits(tmp_path / "fs", process) == [(64 * MIB, 5 * MIB)]


def test_without_cgroups_the_machine_counts(tmp_path: Path):
    assert memory._cgroup_limits(tmp_path, tmp_path / "missing") == []
    assert 0 < memory.available_memory() <= memory.memory_limit() <= psutil.virtual_memory().total


def test_what_does_not_fit_is_named_with_both_numbers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(memory, "available_memory", lambda: memory.RESERVE + 1024**3)
    memory.require_memory(1024**3, what="this")
    with pytest.raises(OutOfMemory, match=r"this needs about 2\.0 GiB of memory and 1\.0 GiB are free"):
        memory.require_memory(2 * 1024**3, what="this")


def test_the_token_budget_follows_free_memory(tiny, monkeypatch: pytest.MonkeyPatch):
    import torch
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(tiny("llama"))
    cpu, cuda = torch.device("cpu"), torch.device("cuda", 0)
    monkeypatch.setattr(budget, "free_memory", lambda _device: 64 * 1024**3)
    assert budget.token_budget(config, 4, cpu) == budget.LARGEST_CPU
    assert budget.token_budget(config, 4, cuda) == budget.LARGEST
    monkeypatch.setattr(budget, "free_memory", lambda _device: 0)
    assert budget.token_budget(config, 4, cuda) == budget.SMALLEST


def test_a_container_with_half_a_cpu_gets_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torch

    before = torch.get_num_threads()
    quota = tmp_path / "cpu.max"
    quota.write_text("50000 100000\n")
    monkeypatch.setattr(devices, "CPU_QUOTA", quota)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    try:
        assert devices.set_threads(None) == 1
        assert devices.set_threads(2) == 2
    finally:
        torch.set_num_threads(before)
