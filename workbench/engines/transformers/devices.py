"""Devices through `torch.accelerator`: CPU, CUDA, ROCm (as ``cuda``), MPS, XPU."""

from __future__ import annotations

import math
import os
import platform
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.memory import available_memory
from workbench.errors import DeviceUnavailable, UsageError

if TYPE_CHECKING:
    import torch

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
ALIASES = {"rocm": "cuda", "hip": "cuda", "gpu": "auto"}


def resolve_device(asked: str) -> torch.device:
    """Return the device that `asked` names; ``auto`` is the accelerator torch prefers, else the CPU.

    Raises
    ------
    UsageError
        `asked` names no kind of device.
    DeviceUnavailable
        This machine has no such device, or torch cannot use it.
    """
    import torch

    kind, _, index = asked.partition(":")
    name = ALIASES.get(kind, kind) + (f":{index}" if index else "")
    here = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    if name == "auto":
        return (
            torch.device("cpu") if here is None else torch.device(here.type, torch.accelerator.current_device_index())
        )
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"{asked!r} is no device", remedy="Use auto, cpu, cuda, cuda:1, rocm, mps or xpu.") from error
    if device.type == "cpu":
        return torch.device("cpu")
    count = 0 if here is None or here.type != device.type else torch.accelerator.device_count()
    if (device.index or 0) >= count:
        found = "only the CPU" if here is None else f"{torch.accelerator.device_count()} × {here.type}, and the CPU"
        raise DeviceUnavailable(f"there is no device {asked}: torch {torch.__version__} finds {found}")
    return torch.device(device.type, device.index or 0)


def device_name(device: torch.device) -> str:
    """Return the maker's name of a device."""
    if device.type == "cpu":
        return _cpu_name()
    module = _module(device)
    return str(module.get_device_name(device)) if hasattr(module, "get_device_name") else device.type.upper()


def total_memory(device: torch.device) -> int | None:
    """Return a device's own memory in bytes, None when it does not say."""
    module = _module(device)
    if hasattr(module, "mem_get_info"):
        return int(module.mem_get_info(device)[1])
    if hasattr(module, "recommended_max_memory"):
        return int(module.recommended_max_memory())
    return None


def free_memory(device: torch.device) -> int:
    """Return bytes that may still be taken on a device (on the CPU: within this process's cgroup)."""
    module = _module(device)
    if device.type != "cpu" and hasattr(module, "mem_get_info"):
        return int(module.mem_get_info(device)[0])
    if device.type != "cpu" and hasattr(module, "recommended_max_memory"):
        return int(module.recommended_max_memory()) - int(module.current_allocated_memory())
    return available_memory()


def peak_memory(device: torch.device) -> int | None:
    """Return the most memory taken so far, in bytes: the device's, or on the CPU this process's resident set."""
    if device.type == "cpu":
        scale = 1 if platform.system() == "Darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    module = _module(device)
    return int(module.max_memory_allocated(device)) if hasattr(module, "max_memory_allocated") else None


def empty_cache(device: torch.device) -> None:
    """Give cached device memory back, after a batch that did not fit."""
    module = _module(device)
    if hasattr(module, "empty_cache"):
        module.empty_cache()


def set_threads(asked: int | None) -> int:
    """Use `asked` CPU threads, else as many as this process may really use; return the number.

    torch counts the machine's cores and does not know a container's CPU quota; ``OMP_NUM_THREADS`` has the last word.
    """
    import torch

    if asked is not None:
        torch.set_num_threads(asked)
    elif not os.environ.get("OMP_NUM_THREADS"):
        allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        torch.set_num_threads(max(1, min(torch.get_num_threads(), allowed, cpu_quota() or allowed)))
    return int(torch.get_num_threads())


def cpu_quota() -> int | None:
    """Return the CPUs that the cgroup grants, rounded up; None without a limit."""
    try:
        quota, period = CPU_QUOTA.read_text(encoding="ascii").split()
        return max(1, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):
        return None


def _module(device: torch.device) -> Any:
    import torch

    return torch.get_device_module(device)


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()
