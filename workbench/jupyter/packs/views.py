"""A benchmark as the contract shows it, and the filters of their list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.benchmarks import PackEntry
from workbench.benchmarks.by_language import is_asked_for
from workbench.benchmarks.card import read_card
from workbench.benchmarks.catalogue import card_places, read_entry
from workbench.benchmarks.reading import Document
from workbench.errors import BadCard, NotFound
from workbench.jupyter.ids import named, opaque
from workbench.jupyter.packs.languages import country, country_name, name, script, script_name, shown_language
from workbench.languages import normalise_tag

KIND = "benchmark"


def card_of(wanted: str) -> Path:
    """Return the card of the benchmark with an id.

    Raises
    ------
    NotFound
        The server lists none.
    """
    return named(KIND, wanted, ((path, path) for _, path in card_places()))


def entry_of(wanted: str) -> PackEntry:
    """Return the benchmark with an id, as a list shows it.

    Raises
    ------
    NotFound
        The server lists none.
    """
    return read_entry(*named(KIND, wanted, ((path, (place, path)) for place, path in card_places())), _card)


def _entries() -> list[PackEntry]:
    """Return every benchmark by name; a card is parsed again only when it changed."""
    entries = [read_entry(place, path, _card) for place, path in card_places()]
    return sorted(entries, key=lambda entry: entry.name)


def _card(path: Path) -> Document:
    try:
        found = path.stat()
    except OSError:  # removed just now: reading it says so as an error of ours
        return read_card(path)
    return _parsed(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=512)
def _parsed(path: Path, _changed: int, _size: int) -> Document:
    return read_card(path)


def pack_id(path: Path) -> str:
    """Return the id of the benchmark whose card lies at `path`."""
    return opaque(KIND, path)


def shown_pack(entry: PackEntry) -> dict[str, Any]:
    """Return one line of the list of benchmarks; of a card that cannot be read, its error."""
    card = entry.card
    tags = entry.languages or (card.languages if card else ())
    return {
        "id": pack_id(entry.path),
        "name": entry.name,
        "place": entry.place.value,
        "title": card.title if card else entry.name,
        "description": card.description if card else "",
        "version": card.version if card else "",
        "task": card.task.value if card else "",
        "formulations": [each.value for each in card.formulations] if card else [],
        "origin": card.origin.value if card else "",
        "reviewed": card.reviewed if card else False,
        "licence": card.licence if card else "",
        "metrics": list(card.metrics) if card else [],
        "languages": list(entry.languages),
        "countries": sorted({spoken for tag in tags if (spoken := country(tag))}),
        "scripts": sorted({script(tag) for tag in tags}),
        "declared_languages": list(card.languages) if card else [],
        "error": asdict(entry.error) if entry.error else None,
    }


def list_shown(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the benchmarks that fit a filter, and what can be filtered by.

    Raises
    ------
    NotFound
        The filter's language is none.
    """
    names = wanted.get("names") or "en"
    packs = [shown_pack(entry) for entry in _entries()]
    tag = normalise_tag(wanted["language"]) if wanted.get("language") else ""
    fitting = [pack for pack in packs if _fits(pack, wanted, tag)]
    return {"packs": fitting, "total": len(packs), "facets": _facets(packs, names)}


def _fits(pack: Mapping[str, Any], wanted: Mapping[str, Any], tag: str) -> bool:
    text = (wanted.get("q") or "").casefold()
    said = " ".join((pack["name"], pack["title"], pack["description"])).casefold()
    tags = pack["languages"] or pack["declared_languages"]
    return (
        text in said
        and (not tag or any(is_asked_for(each, tag) for each in tags))
        and all(wanted.get(one) in (None, pack[one]) for one in ("task", "origin", "licence", "place"))
        and all(wanted.get(one) is None or wanted[one] in pack[many] for one, many in _PLURALS)
        and not (wanted.get("usable") and pack["error"])
    )


_PLURALS = (("script", "scripts"), ("country", "countries"))


def _facets(packs: Sequence[Mapping[str, Any]], names: str) -> dict[str, Any]:
    def of(values: Iterable[str], label: Callable[[str], str] = str) -> list[dict[str, Any]]:
        counts = Counter(value for value in values if value)
        rows = [{"value": value, "label": label(value), "count": count} for value, count in counts.items()]
        return sorted(rows, key=lambda row: (-int(str(row["count"])), str(row["label"])))

    return {
        "languages": of(
            (tag for pack in packs for tag in pack["languages"] or pack["declared_languages"]),
            lambda tag: name(tag, names),
        ),
        "scripts": of((each for pack in packs for each in pack["scripts"]), lambda code: script_name(code, names)),
        "countries": of((each for pack in packs for each in pack["countries"]), lambda code: country_name(code, names)),
        "tasks": of(pack["task"] for pack in packs),
        "origins": of(pack["origin"] for pack in packs),
        "licences": of(pack["licence"] for pack in packs),
        "places": of(pack["place"] for pack in packs),
    }


def shown_detail(wanted: str, names: str) -> dict[str, Any]:
    """Return one benchmark with its whole card.

    Raises
    ------
    NotFound
        The server lists none of this id.
    BadCard
        Its card cannot be read.
    """
    entry = entry_of(wanted)
    card = entry.card
    if card is None:
        message = entry.error.message if entry.error else "the card cannot be read"
        raise BadCard(message, where=entry.error.where if entry.error else None, remedy=_VALIDATE)
    return {
        "pack": shown_pack(entry),
        "languages": [shown_language(tag, names) for tag in entry.languages],
        "wordings": [wording.name for wording in card.wordings],
        "source": card.source,
        "citation": card.citation,
        "residency": card.residency,
        "transfer": card.transfer,
        "sensitivity": card.sensitivity,
        "canary": card.canary,
        "notes": list(card.notes),
        "published": card.published,
        "shots_split": card.shots_split,
        "scored_split": card.scored_split,
        "path": str(entry.path),
    }


_VALIDATE = "Validate it: every problem is then listed with its line."


def id_of_name(reference: str) -> str | None:
    """Return the id of the benchmark that a spec refers to by name or path; None where it is not here any more."""
    from workbench.benchmarks.catalogue import find_card

    try:
        card = find_card(reference).absolute()
    except NotFound:
        return None
    return next((pack_id(path) for _, path in card_places() if path == card), None)
