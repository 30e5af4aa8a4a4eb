"""The switches that keep libraries from asking the network.

Libraries read most of these when they are imported, so they are set before: in the environment of every child
process, and in this one by `switch_off` before a heavy import.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import MappingProxyType

OFFLINE: Mapping[str, str] = MappingProxyType(
    {
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",  # overrides HF_HUB_OFFLINE where both are read, so both are set
        "HF_EVALUATE_OFFLINE": "1",
        "HF_UPDATE_DOWNLOAD_COUNTS": "0",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",  # DO_NOT_TRACK alone does not silence MLflow
        "DO_NOT_TRACK": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        "TOKENIZERS_PARALLELISM": "false",  # forks after use would warn and serialise anyway
    }
)


def switch_off() -> None:
    """Set every switch in this process; a value the user set to the contrary is overridden."""
    os.environ.update(OFFLINE)


def offline_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment for a child process: `base` (this process's, by default) with every switch set."""
    return {**(os.environ if base is None else base), **OFFLINE}
