"""Does it fit? A run waits here, torch not yet imported, until the machine has room for its model.

One lock file a data directory: whoever holds it is loading a model, so that two runs never both see the same free
memory. Limits of the control group come before the machine's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.engines.ray.place import read_place
from workbench.engines.transformers.memory import available_memory, memory_limit
from workbench.engines.vllm.memory import memory_on_cpu
from workbench.errors import Interrupted, OutOfMemory
from workbench.evaluation.spec import RunSpec
from workbench.models.facts import MemoryEstimate, ModelFacts
from workbench.policy.locks import let_go, open_lock, take

LOCK = ".admission.lock"
POLL_SECONDS = 0.2
ACCELERATORS = tuple(Path("/dev", name) for name in ("nvidia0", "kfd", "dxg", "accel"))
"""What the drivers of NVIDIA, AMD and Windows' Linux, and of the kernel's own accelerators, make."""


def model_memory(engine: str, model: ModelFacts, token_budget: int | None = None) -> MemoryEstimate:
    """Return what one engine takes for a model on the CPU; vLLM's own processes are part of it."""
    return memory_on_cpu(model, token_budget) if engine == "vllm" else model.memory


def memory_needed(spec: RunSpec, weights_and_cache: int) -> int:
    """Return how many bytes of main memory a run takes: none worth waiting for where an accelerator holds its model.

    `weights_and_cache` is what one engine takes (`model_memory`).
    torch is not imported yet, so for ``auto`` the devices that its drivers make speak for it.
    """
    if spec.engine in ("fake", "openai"):
        return 0
    if spec.ray:
        place = read_place(spec.ray)
        # Each actor holds the model; what other nodes have room for is not known here.
        weights_and_cache *= (place.actors or 1) if place.local else 0
    engines = spec.device.count(",") + 1  # on each device named there is one, with the model
    return weights_and_cache * engines if in_main_memory(spec.device) else 0


def in_main_memory(device: str) -> bool:
    """Return whether a model on `device` lies in main memory."""
    kind = device.partition(",")[0].partition(":")[0]
    return kind in ("cpu", "mps") or (kind == "auto" and not any(place.exists() for place in ACCELERATORS))


@contextmanager
def admitted(runs: Path, needed: int, stop: Callable[[], bool], waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the right to load a model of `needed` bytes.

    Parameters
    ----------
    stop
        Asked while waiting; True gives up.
    waiting
        Told what the run waits for, when that changes.

    Raises
    ------
    OutOfMemory
        It can never fit on this machine.
    Interrupted
        `stop` said so.
    """
    limit = memory_limit()
    if needed > limit:
        raise OutOfMemory(f"the model needs about {needed:,} bytes and this machine may use {limit:,}")
    descriptor = open_lock(runs / LOCK)
    told = ""
    try:
        while True:
            if stop():
                raise Interrupted("stopped while waiting for room")
            reason = _room(descriptor, runs / LOCK, needed)
            if not reason:
                break
            if reason != told:
                waiting(reason)
                told = reason
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _room(descriptor: int, lock: Path, needed: int) -> str:
    """Return why the run must wait; empty, with the lock held, when it need not."""
    if not take(descriptor, lock, wait=False):
        return "another run is loading its model"
    available = available_memory()
    if needed <= available:
        return ""
    let_go(descriptor)
    return f"about {needed:,} bytes of memory are needed; {available:,} are free"
