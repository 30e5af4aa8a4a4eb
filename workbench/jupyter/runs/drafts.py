"""From a draft, which names models and benchmarks by their ids, to what `workbench draft` is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.benchmarks.card import CARD_FILE
from workbench.benchmarks.catalogue import find_card
from workbench.errors import SpecError, WorkbenchError
from workbench.evaluation.spec import RunSpec
from workbench.jupyter.ids import FROM_IDS
from workbench.jupyter.models.views import Listed, find_listed
from workbench.jupyter.packs.views import card_of, entry_of
from workbench.jupyter.services import Services
from workbench.jupyter.settings.kernels import interpreter_of


@dataclass(frozen=True, slots=True)
class Asked:
    """A draft with its ids resolved: what `workbench.evaluation.build.build_spec` is called with."""

    model: str
    packs: tuple[str, ...]
    settings: Mapping[str, Any]

    def request(self) -> dict[str, Any]:
        """Return the draft as `workbench draft` reads it."""
        return {"model": self.model, "packs": list(self.packs), "settings": dict(self.settings)}


def resolve(services: Services, draft: Mapping[str, Any]) -> Asked:
    """Return what a draft asks for.

    Raises
    ------
    NotFound
        An id or a kernelspec that the server does not list.
    SpecError
        A setting that is unknown, or that a draft has elsewhere.
    """
    model = find_listed(services, draft["model"])
    settings = dict(draft.get("settings", {}))
    forbidden = sorted(FROM_IDS & set(settings))
    if forbidden:
        remedy = "Name the model, the benchmarks and the kernel beside the settings, by what the server listed."
        raise SpecError(f"a draft's settings cannot have {', '.join(forbidden)}", where="settings", remedy=remedy)
    unknown = sorted(set(settings) - set(RunSpec.__dataclass_fields__))
    if unknown:
        raise SpecError(
            f"unknown setting {', '.join(unknown)[:200]}", where="settings", remedy="`getSchema` has them all."
        )
    if model.fake and settings.setdefault("engine", "fake") != "fake":
        raise SpecError("this model is of the fake engine", where="settings.engine", remedy="Leave the engine out.")
    interpreter = interpreter_of(services, draft.get("kernel", ""))
    if interpreter:
        settings["interpreter"] = interpreter
    return Asked(model_reference(model), tuple(pack_reference(each) for each in draft["packs"]), settings)


def model_reference(model: Listed) -> str:
    """Return how Python names a model: by its name in the store, else by its path."""
    return model.path.rsplit("/", 1)[-1] if model.place == "store" else model.path


def pack_reference(wanted: str) -> str:
    """Return how Python names a benchmark: by its name where that finds the same card, else by its path.

    Raises
    ------
    NotFound
        The server lists none of this id.
    """
    card, name = card_of(wanted), entry_of(wanted).name
    try:
        if find_card(name) == card:
            return name
    except WorkbenchError:
        pass
    return str(card.parent if card.name == CARD_FILE else card)
