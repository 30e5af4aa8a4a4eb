"""From what a person says to a run spec: names become paths, paths become digests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.benchmarks.card import CARD_FILE
from workbench.benchmarks.catalogue import load_pack
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.wording import OWN
from workbench.errors import BadInput, NotFound, SpecError, WorkbenchError
from workbench.evaluation.fake_model import fake_model
from workbench.evaluation.plan import check_spec
from workbench.evaluation.spec import ModelRef, PackRef, RunSpec, checked
from workbench.models.manifest import Progress
from workbench.policy.home import home


def build_spec(
    model: str | Path,
    benchmarks: str | Path | Pack | Sequence[str | Path | Pack],
    *,
    adapter: str | Path | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> RunSpec:
    """Return the spec of evaluating `model` on `benchmarks`.

    Parameters
    ----------
    model
        A name in the store, a directory, or a GGUF file; any name for ``engine="fake"``.
    benchmarks
        Names, directories or packs.
    adapter
        A LoRA adapter of that model.
    progress
        Told about files while they are hashed.
    settings
        Fields of `RunSpec`; lists become tuples, and so do languages and metrics in one text, separated by commas.

    Raises
    ------
    NotFound
        No such model or benchmark, or a language, wording or metric that is not there.
    SpecError
        An unknown setting or a value out of range.
    RefusedByPolicy, ModelError, BenchmarkError
        The model or a pack cannot be used.
    """
    from workbench.languages import normalise_tag

    if not str(model).strip():
        raise NotFound("no model is named")
    check_utf8(str(model))
    fake = settings.get("engine") == "fake"
    reference = fake_model(str(model)) if fake else model_reference(model, adapter, progress)
    wanted = [benchmarks] if isinstance(benchmarks, str | Path | Pack) else list(benchmarks)
    packs = tuple(_pack_reference(entry) for entry in wanted)
    languages = settings.pop("languages", None)
    if isinstance(languages, str):
        languages = _listed("language", languages)
    if isinstance(settings.get("metrics"), str):
        settings["metrics"] = _listed("metric", settings["metrics"])
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in settings.items()
        if value is not None
    }
    spoken = fields.get("prompt_language")
    if isinstance(spoken, str) and spoken != OWN:
        fields["prompt_language"] = normalise_tag(spoken)
    for name in (reference.path, reference.adapter or "", *(pack.name for pack in packs)):
        check_utf8(name)
    said = {"model": reference, "packs": packs, "languages": tuple(map(normalise_tag, languages or ())), **fields}
    spec = checked(said, "the settings of the run")
    check_spec(spec, load_pack)
    return spec


def check_utf8(name: str) -> None:
    """Refuse a name or path that is not UTF-8: no spec, result or report could hold it.

    Raises
    ------
    BadInput
        With the name, its other bytes as escapes.
    """
    try:
        name.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(name).decode("utf-8", "backslashreplace")
        raise BadInput(f"the name {shown!r} is not UTF-8", remedy="Rename it, or what it lies in.") from error


def _listed(what: str, said: str) -> list[str]:
    """Return the names in a text, separated by commas; a blank one, an unset variable's for instance, means none."""
    names = [part.strip() for part in said.split(",") if part.strip()]
    if not names:
        raise SpecError(f"no {what} is named", remedy="Name one, or leave the option out.")
    return names


def model_reference(model: str | Path, adapter: str | Path | None = None, progress: Progress | None = None) -> ModelRef:
    """Return which model a name, directory or file is, with the digest of its files.

    Raises
    ------
    NotFound, RefusedByPolicy, ModelError
        There is none, or it cannot be used.
    """
    from workbench.models import ModelStore, check, make_manifest, read_adapter

    store = ModelStore(home())
    path = store.resolve(model)
    check(path, adapter=None if adapter is None else Path(adapter).expanduser())
    digest = make_manifest(path, progress).digest
    if adapter is None:
        return ModelRef(str(path), digest)
    added = Path(adapter).expanduser().absolute()
    read_adapter(added)
    return ModelRef(str(path), digest, str(added), make_manifest(added, progress).digest)


def _pack_reference(wanted: str | Path | Pack) -> PackRef:
    """Return a pack by its name where that finds the same bytes again, else by its path."""
    pack = wanted if isinstance(wanted, Pack) else load_pack(wanted)
    try:
        known = load_pack(pack.name).digest == pack.digest
    except WorkbenchError:
        known = False
    card = pack.document.path
    return PackRef(pack.name if known else str(card.parent if card.name == CARD_FILE else card), pack.digest)
