"""How much memory this process holds, measured: before a model is loaded, after, and once it is gone."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress
from typing import Any

from workbench.engines.protocol import Engine


def footprint() -> int:
    """Return the bytes that this process and its children hold: their resident sets, and what torch has on devices.

    A model on the CPU lies in this process, vLLM's in a child. torch is not imported to be asked.
    """
    import psutil

    total = _on_devices()
    own = psutil.Process()
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            total += int(process.memory_info().rss)
    return total


def unload(engine: Engine) -> int:
    """Close an engine, give what it held back to the system, and return how many bytes came back."""
    before = footprint()
    engine.close()
    gc.collect()
    with suppress(OSError, AttributeError):  # else the allocator keeps it; a C library may have no such call
        ctypes.CDLL(None).malloc_trim(0)
    return max(0, before - footprint())


def _on_devices() -> int:
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.accelerator.is_available():
        return 0
    module = torch.get_device_module(torch.accelerator.current_accelerator())
    if not hasattr(module, "memory_reserved"):
        return 0
    return sum(int(module.memory_reserved(number)) for number in range(torch.accelerator.device_count()))
