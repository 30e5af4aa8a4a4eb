"""Where tests find the two real models: converted once, kept with the environment."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

from workbench.engines.demo_store import add_demo_model
from workbench.models.store import ModelStore
from workbench.policy.home import Home


def demo_model_store(name: str | None = None) -> Path:
    """Return the directory that holds the demo models, or the directory of one, prepared if need be.

    ``WORKBENCH_TEST_MODELS`` names a directory that holds them by name; unset, they are kept in the environment
    (``sys.prefix``), so that they go when it goes.
    """
    configured = os.environ.get("WORKBENCH_TEST_MODELS")
    home = Home(Path(sys.prefix) / "demo-models")
    directory = Path(configured) if configured else home.models
    if name is None:
        return directory
    if (directory / name).is_dir():
        return directory / name
    home.models.mkdir(parents=True, exist_ok=True)
    with (home.models / ".preparing").open("w") as turn:
        # Several test processes want them at once; who waited finds them made.
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not (home.models / name).is_dir():
            add_demo_model(ModelStore(home), name)
    return home.models / name
