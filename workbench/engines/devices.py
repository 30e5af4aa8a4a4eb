"""What `device` and `tensor_parallel` ask for: which devices there are to use, and which of them make one engine.

``auto``, ``cuda``, ``cuda:1``
    One engine.
``cuda:0,cuda:1``, ``cuda:all``, ``cpu,cpu``
    An engine on each device, or with `tensor_parallel` N one on each N of them, in the order named.

Nothing here imports torch; ``all`` asks it in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from workbench.errors import DeviceUnavailable, UsageError
from workbench.policy.offline import offline_environment

ALL = "all"
ALIASES = {"rocm": "cuda", "hip": "cuda"}
DIVIDES = ("vllm",)
"""Engines that can divide one model over several devices."""
LOCAL = ("transformers", "vllm", "fake")
"""Engines that run on devices of this machine."""
PROBE_SECONDS = 120
PROBE = (
    "import torch; a = torch.accelerator; found = a.current_accelerator() if a.is_available() else None; "
    "print(found.type if found else 'cpu', a.device_count() if found else 0)"
)


def check_devices(engine: str, device: str, tensor_parallel: int = 1, *, ray: bool = False) -> None:
    """Refuse what no machine could do; which devices this one has is not asked.

    Raises
    ------
    UsageError
        The devices contradict each other, the engine, or Ray.
    """
    names = _names(device)
    if tensor_parallel > 1:
        _check_division(engine, names, tensor_parallel)
    if len(names) == 1 and not _is_all(device):
        return
    if ray:
        raise UsageError(
            f"--ray chooses the devices itself; --device {device} names them",
            remedy="Leave one of the two out; with --ray, --device takes a kind: auto, cpu or cuda.",
        )
    if engine not in LOCAL:
        raise UsageError(f"the {engine} engine runs on no device of this machine", remedy="Leave --device out.")
    if not _is_all(device):
        _check_list(names, device)
        if len(names) % tensor_parallel:
            raise UsageError(
                f"{len(names)} devices cannot be divided into groups of {tensor_parallel}", where=f"--device {device}"
            )


def device_groups(
    engine: str, device: str, tensor_parallel: int = 1, *, count: Callable[[str, str], int] | None = None
) -> tuple[str, ...]:
    """Return the devices of each engine to open: one entry an engine, its devices separated by commas.

    Parameters
    ----------
    count
        Returns how many devices of a kind an engine's own torch finds; asks it unless given.

    Raises
    ------
    UsageError
        As `check_devices`.
    DeviceUnavailable
        ``all`` of a kind of which there is none, or not a whole group.
    """
    check_devices(engine, device, tensor_parallel)
    if _is_all(device):
        kind = _kind(device)
        found = (count or count_devices)(engine, kind)
        usable = found // tensor_parallel * tensor_parallel
        if not usable:
            wanted = f"{tensor_parallel} devices" if tensor_parallel > 1 else "device"
            raise DeviceUnavailable(f"there is no {wanted} of the kind {kind}: torch finds {found}")
        names: tuple[str, ...] = tuple(f"{kind}:{number}" for number in range(usable))
    else:
        names = _names(device)
    if len(names) == 1:
        return names
    starts = range(0, len(names), tensor_parallel)
    return tuple(",".join(names[start : start + tensor_parallel]) for start in starts)


def count_devices(engine: str, kind: str) -> int:
    """Return how many accelerators of a kind the torch of an engine finds.

    Raises
    ------
    DeviceUnavailable
        torch does not start or does not answer.
    """
    command = [sys.executable, "-c", PROBE]
    if engine == "vllm":
        from workbench.engines.vllm.environment import find_vllm

        command = [str(find_vllm().python), "-I", "-c", PROBE]
    try:
        done = subprocess.run(  # noqa: S603 — our own code, in an interpreter of ours
            command, capture_output=True, text=True, check=True, timeout=PROBE_SECONDS, env=offline_environment()
        )
        here, number = done.stdout.split()[-2:]
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise DeviceUnavailable(f"the devices cannot be counted: {error}") from error
    return int(number) if here == kind else 0


def _check_division(engine: str, names: tuple[str, ...], tensor_parallel: int) -> None:
    if engine not in DIVIDES:
        raise UsageError(
            f"the {engine} engine keeps a model on one device; it cannot divide it over {tensor_parallel}",
            remedy="Use --engine vllm, or a quantised model that fits on one device.",
        )
    if _kind(names[0]) in ("cpu", "mps"):
        raise UsageError(
            f"a model is divided over GPUs, not over {names[0]}", remedy="Leave --tensor-parallel or --device out."
        )
    if len(names) == 1 and ":" in names[0] and not names[0].endswith(f":{ALL}"):
        raise UsageError(
            f"{names[0]} is one device, and the model is to be divided over {tensor_parallel}",
            remedy=f"Name {tensor_parallel}, separated by commas.",
        )


def _check_list(names: tuple[str, ...], device: str) -> None:
    if len({_kind(name) for name in names}) > 1:
        raise UsageError(f"{device!r} names devices of several kinds", remedy="Use devices of one kind.")
    for name in names:
        if _kind(name) == "cpu":  # as many processes as it is named
            continue
        if not name.partition(":")[2].isdecimal():
            raise UsageError(f"{name!r} has no number", where=f"--device {device}", remedy="Like cuda:0,cuda:1.")
        if names.count(name) > 1:
            raise UsageError(f"{name} is named twice", where=f"--device {device}", remedy="Name each device once.")


def _names(device: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in device.split(","))
    if len(names) > 1 and not all(names):
        raise UsageError(f"{device!r} is no list of devices", remedy="Like cuda:0,cuda:1.")
    if len(names) > 1:
        kinds = (name.partition(":") for name in names)
        names = tuple(f"{ALIASES.get(kind, kind)}{colon}{number}" for kind, colon, number in kinds)
    return names


def _kind(name: str) -> str:
    kind = name.partition(":")[0]
    return ALIASES.get(kind, kind)


def _is_all(device: str) -> bool:
    kind, _, number = device.partition(":")
    if number == ALL and kind in ("cpu", "auto", "mps"):
        raise UsageError(f"{device!r} is no list of devices", remedy="Like cuda:all, or cpu,cpu for two processes.")
    return number == ALL
