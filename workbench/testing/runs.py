"""Runs of the fake engine, and waiting for a condition rather than for a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from workbench.benchmarks.catalogue import load_pack
from workbench.evaluation.fake_model import fake_model
from workbench.evaluation.spec import PackRef, RunSpec

T = TypeVar("T")
POLL_SECONDS = 0.01


def fake_spec(packs: Sequence[str] = ("civics",), *, model: str = "fake-a", **settings: Any) -> RunSpec:
    """Return the spec of a run of the fake engine on packs by name; `settings` are fields of `RunSpec`."""
    references = tuple(PackRef(name, load_pack(name).digest) for name in packs)
    return RunSpec(model=fake_model(model), packs=references, engine="fake", **settings)


def until(condition: Callable[[], T], seconds: float = 60.0, what: str = "the condition") -> T:
    """Ask `condition` until it gives something true, and return that.

    Raises
    ------
    TimeoutError
        It did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come true within {seconds} s")
        time.sleep(POLL_SECONDS)
