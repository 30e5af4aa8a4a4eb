"""Which engines can run on this machine, on which devices, and why not."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from workbench.engines.vllm.environment import find_vllm
from workbench.errors import EngineUnavailable
from workbench.policy.offline import offline_environment

PROBE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One device an engine can use: ``cpu``, ``cuda:0``… `memory` is its total in bytes, None when unknown."""

    device: str
    name: str
    memory: int | None


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """Whether an engine can run here. `reason` says why not; it is empty when `available`."""

    name: str
    available: bool
    reason: str
    version: str
    devices: tuple[DeviceInfo, ...]


def list_engines() -> tuple[EngineStatus, ...]:
    """Return every engine with its state on this machine.

    torch is asked in a process of its own, so that this one stays light and touches no device.
    """
    served = EngineStatus("openai", available=True, reason="", version="", devices=())
    fake = EngineStatus("fake", available=True, reason="", version="", devices=(_fake_device(),))
    return (_transformers(), _vllm(), served, fake)


def _vllm() -> EngineStatus:
    try:
        found = find_vllm()
    except EngineUnavailable as error:
        return EngineStatus("vllm", False, f"{error.message}: {error.remedy}", "", ())
    return EngineStatus("vllm", True, "", found.version, ())


def _fake_device() -> DeviceInfo:
    return DeviceInfo("cpu", "no model: answers are made from a hash", None)


def _transformers() -> EngineStatus:
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        return EngineStatus("transformers", False, f"not installed: {', '.join(missing)}", "", ())
    found = _version("transformers")
    try:
        devices = probe_devices()
    except (subprocess.SubprocessError, ValueError, OSError) as error:
        return EngineStatus("transformers", False, _last_line(error), found, ())
    return EngineStatus("transformers", True, "", found, devices)


def probe_devices() -> tuple[DeviceInfo, ...]:
    """Return the devices torch finds, the ones it prefers first, the CPU last.

    Raises
    ------
    subprocess.SubprocessError
        torch cannot be imported, or does not answer in time.
    """
    done = subprocess.run(
        [sys.executable, "-m", "workbench.engines.device_probe"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PROBE_SECONDS,
        env=offline_environment(),
    )
    return tuple(DeviceInfo(**entry) for entry in json.loads(done.stdout.splitlines()[-1]))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _last_line(error: Exception) -> str:
    text = (error.stderr or "") if isinstance(error, subprocess.CalledProcessError) else str(error)
    lines = [line for line in str(text).splitlines() if line.strip()]
    return f"torch does not start: {lines[-1]}" if lines else "torch does not start"
