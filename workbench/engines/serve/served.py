"""What is served, and what is known of it: the record behind ``/v1/models`` and ``/v1/facts``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from workbench.engines.echoing import Echoes
from workbench.engines.protocol import Engine
from workbench.engines.serve.desk import Desk
from workbench.engines.serve.life import Life
from workbench.models.chat import ChatTemplate


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that a model takes.

    Attributes
    ----------
    needed
        Its weights alone, from their headers: without that much it cannot be loaded.
    reserved
        What is held free for it before it is loaded: weights, cache and overhead (`models inspect` has the formula).
    measured
        What it took: resident sets of this process and its children, and device memory, after loading less before.
        None before that.
    """

    needed: int
    reserved: int
    measured: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """One engine with what a server needs to know of it.

    Attributes
    ----------
    name
        What clients call the model.
    template
        Its chat template; None when it brings none.
    started
        Since when it can be asked (UTC).
    """

    name: str
    engine: Engine
    template: ChatTemplate | None
    desk: Desk
    life: Life
    memory: Memory
    started: datetime

    def models(self) -> dict[str, Any]:
        """Return the answer of ``/v1/models``."""
        facts = self.engine.facts()
        entry = {
            "id": self.name,
            "object": "model",
            "created": int(self.started.timestamp()),
            "owned_by": "workbench",
            "max_model_len": facts.context_length,
            "workbench": {
                "context_length": facts.context_length,
                "chat": self.template is not None,
                "echo": isinstance(self.engine, Echoes),
            },
        }
        return {"object": "list", "data": [entry]}

    def facts(self) -> dict[str, Any]:
        """Return the answer of ``/v1/facts``."""
        return {
            "object": "workbench.facts",
            "model": self.name,
            "started": self.started.isoformat(),
            "engine": asdict(self.engine.facts()),
            "memory": asdict(self.memory),
            "waiting": self.desk.waiting,
            "idle_seconds": self.life.idle_seconds(),
            "idle_timeout": self.life.idle,
            "lease": self.life.lease,
            "lease_left": self.life.lease_left(),
        }
