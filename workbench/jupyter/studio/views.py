"""A draft of items as the contract, and a notebook's widget, show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.benchmarks.items import WITH_CHOICES
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.records import Item
from workbench.benchmarks.studio import Corpus, Draft, ItemChecks, check_draft, pack_of
from workbench.benchmarks.studio.corpora import corpus_of
from workbench.benchmarks.studio.saving import item_record
from workbench.jupyter.packs.languages import direction
from workbench.jupyter.packs.views import pack_id

FEWEST_CHOICES = 2


def shown_entry(draft: Draft) -> dict[str, Any]:
    """Return one line of the list of drafts."""
    return {
        "id": draft.id,
        "pack": pack_id(Path(draft.card)),
        "name": draft.pack,
        "language": draft.language,
        "direction": direction(draft.language),
        "items": len(draft.items),
        "removed": len(draft.removed),
        "revision": draft.revision,
        "created": draft.created.isoformat(),
        "changed": draft.changed.isoformat(),
    }


def shown_draft(draft: Draft) -> dict[str, Any]:
    """Return a draft with its items, what was found in each, and what an item of its pack looks like.

    Raises
    ------
    NotFound, BenchmarkError
        Its pack is gone, or cannot be used any more.
    """
    corpus = corpus_of(pack_of(draft), draft.language)
    found = check_draft(corpus, draft.items, draft.removed)
    return {
        "draft": shown_entry(draft),
        "form": _form(corpus, draft),
        "items": [
            {"item": dict(item), **_checked(checks)} for item, checks in zip(draft.items, found.items, strict=True)
        ],
        "removed": list(draft.removed),
        "together": [asdict(check) for check in found.together],
        "ok": found.ok,
    }


def shown_items(draft: Draft, offset: int, limit: int) -> dict[str, Any]:
    """Return a page of the items that the pack scores in the draft's language, as its lines have them."""
    corpus = corpus_of(pack_of(draft), draft.language)
    scored = [item for split, item in corpus.items if split == corpus.pack.card.scored_split]
    return {"items": [item_record(item) for item in scored[offset : offset + limit]], "total": len(scored)}


def _form(corpus: Corpus, draft: Draft) -> dict[str, Any]:
    """Return what an item of the pack has: as its card and its other items say."""
    card = corpus.pack.card
    items = [item for _, item in corpus.items] or _of_any_language(corpus)
    fields = dict.fromkeys(name for item in items for name in item.input)
    counts = Counter(len(item.choices) for item in items if item.choices)
    with_choices = card.task in WITH_CHOICES
    return {
        "task": card.task.value,
        "fields": list(fields) or ["question"],
        "choices": (counts.most_common(1)[0][0] if counts else FEWEST_CHOICES) if with_choices else 0,
        "references": not with_choices,
        "next_id": corpus.next_id(draft.items),
        "version": card.version,
        "existing": len(corpus.ids),
    }


def _of_any_language(corpus: Corpus) -> list[Item]:
    """Return items of the pack's first language, for a draft in one that is new to it."""
    return list(corpus.pack.items(corpus.pack.languages[0]))


def _checked(found: ItemChecks) -> dict[str, Any]:
    return {
        "checks": [asdict(check) for check in found.checks],
        "ok": found.ok,
        "prompt": _prompt(found.prompt) if found.prompt is not None else None,
    }


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return {
        "formulation": prompt.formulation.value,
        "context": prompt.context,
        "continuations": list(prompt.continuations),
        "choices": list(prompt.choices),
        "letters": list(prompt.letters),
    }


def shown_probe(printed: Mapping[str, Any], models: Mapping[str, str]) -> dict[str, Any]:
    """Return what a probe printed, its models under the ids that the client named them by."""
    items = [
        {**item, "models": [{**each, "model": models.get(each["model"], each["model"])} for each in item["models"]]}
        for item in printed["items"]
    ]
    baselines = [{**each, "model": models.get(each["model"], each["model"])} for each in printed["baselines"]]
    return {**printed, "items": items, "baselines": baselines}
