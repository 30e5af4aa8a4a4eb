"""The demo models in a model store: prepared once, with the licence they were accepted under."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from workbench.engines.demo_models import prepare_demo_model
from workbench.models.store import LicenceRecord, ModelStore, StoredModel


def add_demo_model(store: ModelStore, name: str, progress: Callable[[str], None] | None = None) -> StoredModel:
    """Put a demo model into the store unless it is there, and return its record.

    Calling this accepts the model's licence; show `demo_models.licence_text` first.

    Raises
    ------
    NotFound
        There is no demo model of that name.
    EngineUnavailable, DigestMismatch
        The packages that carry it are missing or not the ones that are pinned.
    OutOfMemory, DiskFull
        The machine has no room.
    """
    if name in store.names():
        return store.get(name)
    store.home.create()
    work = Path(tempfile.mkdtemp(dir=store.home.models, prefix=".preparing-"))
    try:
        made = prepare_demo_model(name, work / name, progress)
        licence = LicenceRecord(made.licence_id, made.licence_text, datetime.now(UTC))
        return store.add(made.path, name, origin=f"{made.source}; GGUF sha256 {made.sha256}", licence=licence)
    finally:
        shutil.rmtree(work, ignore_errors=True)
