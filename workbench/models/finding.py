"""Which models are on this machine: the store, hub caches, and folders somebody names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import ErrorEnvelope, WorkbenchError
from workbench.models.facts import ModelFacts
from workbench.models.gate import gate
from workbench.models.inspection import inspect
from workbench.models.layout import CONFIG, model_name, read_layout
from workbench.models.store import ModelStore
from workbench.policy.home import Home

Place = Literal["store", "hub cache", "folder"]
DEPTH = 3


@dataclass(frozen=True, slots=True)
class FoundModel:
    """One model on disk. `refusal` is why it may not be loaded; `facts` are None when not even headers can be read."""

    name: str
    path: str
    place: Place
    facts: ModelFacts | None
    refusal: ErrorEnvelope | None


def find_models(home: Home, folders: Sequence[Path] = ()) -> tuple[FoundModel, ...]:
    """Return every model of the store, of the hub cache, and below `folders`, each path once.

    Models that the gate refuses are listed with the reason.
    """
    return tuple(look(place, path) for place, path in model_places(home, folders))


def model_places(home: Home, folders: Sequence[Path] = ()) -> tuple[tuple[Place, Path], ...]:
    """Return where the models of `find_models` lie, none of them looked into."""
    store = ModelStore(home)
    places: list[tuple[Place, Path]] = [("store", store.path(name)) for name in store.names()]
    places += [("hub cache", path) for path in hub_snapshots()]
    places += [("folder", path) for folder in folders for path in _below(folder, DEPTH)]
    seen: dict[Path, tuple[Place, Path]] = {}
    for place, path in places:
        seen.setdefault(path.resolve(), (place, path))
    return tuple(seen.values())


def hub_snapshots() -> Iterator[Path]:
    """Yield the snapshots of the Hugging Face hub's cache on this machine (``HF_HUB_CACHE``, ``HF_HOME``)."""
    cache = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    above = os.environ.get("HF_HOME") or f"{os.environ.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    root = Path(cache or f"{above}/hub").expanduser()
    if root.is_dir():
        yield from sorted(path.parent for path in root.glob(f"models--*/snapshots/*/{CONFIG}"))
        yield from sorted(root.glob("models--*/snapshots/*/*.gguf"))


def _below(folder: Path, depth: int) -> Iterator[Path]:
    if folder.is_file() and folder.suffix == ".gguf":
        yield folder
    if not folder.is_dir():
        return
    if (folder / CONFIG).is_file():
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # a folder that this user may not read holds nothing for this user
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.suffix == ".gguf" and entry.is_file():
            yield entry
        elif entry.is_dir() and depth > 0:
            yield from _below(entry, depth - 1)


def look(place: Place, path: Path) -> FoundModel:
    """Return what is known about the model at `path`, and whether the gate refuses it."""
    facts, name = None, path.name
    with suppress(WorkbenchError):  # the gate says why
        name = model_name(read_layout(path))
        facts = inspect(path)
    refusals = gate(path).refusals
    return FoundModel(name, str(path), place, facts, refusals[0].envelope() if refusals else None)
