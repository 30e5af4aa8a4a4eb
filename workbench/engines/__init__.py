"""What runs a model: one protocol (`protocol.py`), several engines, opened by name.

Importing this package imports no engine; `open_engine` imports the one it opens.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.devices import device_groups
from workbench.engines.protocol import Engine, EngineConfig
from workbench.engines.status import DeviceInfo, EngineStatus, list_engines
from workbench.errors import EngineUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ENGINES", "DeviceInfo", "Engine", "EngineConfig", "EngineStatus", "list_engines", "open_engine"]

ENGINES = ("transformers", "vllm", "openai", "fake")


def open_engine(name: str, model_path: Path, config: EngineConfig, adapter: Path | None = None) -> Engine:
    """Load a model and return the engine that runs it; close it when done.

    Parameters
    ----------
    name
        One of `ENGINES`.
    model_path
        A Hugging Face directory with safetensors, or a GGUF file.
    config
        Device, dtype, limits. Several devices make several engines that share the work.
    adapter
        Directory of a LoRA/PEFT adapter of that model.

    Raises
    ------
    UsageError
        There is no engine of that name, or it cannot use these devices so.
    EngineUnavailable
        What it needs is not installed.
    ModelError, RefusedByPolicy
        The model cannot be loaded, or must not be.
    MachineCannot
        The device is not here or its memory does not suffice.
    """
    opener = _opener(name)
    path, extra = Path(model_path), None if adapter is None else Path(adapter)
    groups = device_groups(name, config.device, config.tensor_parallel)
    if len(groups) == 1:
        return opener(path, replace(config, device=groups[0]), extra)
    from workbench.engines.pool.processes import open_processes
    from workbench.engines.pool.worker import Opening

    return open_processes(groups, Opening(name, path, config, extra))


def _opener(name: str) -> Callable[[Path, EngineConfig, Path | None], Engine]:
    try:
        if name == "transformers":
            from workbench.engines.transformers.engine import open_transformers

            return open_transformers
        if name == "vllm":
            from workbench.engines.vllm.engine import open_vllm

            return open_vllm
        if name == "openai":
            from workbench.engines.openai.engine import open_openai

            return open_openai
        if name == "fake":
            from workbench.engines.fake import open_fake

            return open_fake
    except ImportError as error:
        raise EngineUnavailable(
            f"the engine {name} needs {error.name or error}",
            remedy="Install it; `workbench engines list` shows what is here.",
        ) from error
    raise UsageError(f"there is no engine {name!r}", remedy=f"There are: {', '.join(ENGINES)}.")
