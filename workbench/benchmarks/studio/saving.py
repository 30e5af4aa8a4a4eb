"""A draft becomes a version of its pack: a new pack beside the old one, which stays as it is."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from workbench.benchmarks.card import CARD_FILE, NAME, read_card
from workbench.benchmarks.card_yaml import read_yaml
from workbench.benchmarks.catalogue import find_packs, open_document
from workbench.benchmarks.croissant import croissant
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.records import Item
from workbench.benchmarks.store import add_pack
from workbench.benchmarks.studio.checks import Corpus, check_draft, read_item
from workbench.benchmarks.studio.draft import Draft, check_unchanged, pack_of
from workbench.errors import BadItem, UsageError
from workbench.policy.home import Home
from workbench.policy.locks import locked
from workbench.policy.storage import DIRECTORY_MODE, disk_errors, inside, private_directory, write_atomically

CHANGES, README, LICENCE, METADATA = "CHANGELOG.md", "README.md", "LICENSE", "croissant.json"
LOCK = ".saving.lock"
CANARY = "WORKBENCH-CANARY"
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Saved:
    """The pack that a draft became, and how many items it added, replaced and left out."""

    name: str
    version: str
    card: str
    digest: str
    canary: str
    added: int
    replaced: int
    removed: int


@dataclass(frozen=True, slots=True)
class Version:
    """What the new version is called, and what its history says."""

    version: str = ""
    """Empty: the next after the pack's, by what changed."""
    note: str = ""
    reviewed: bool = False
    """Whether a native speaker has reviewed every item, the new ones too."""


def save_draft(home: Home, draft: Draft, wanted: Version | None = None) -> Saved:
    """Write a draft as a new version of its pack into the data directory, and return that.

    The version is a pack of its own, called after the old one and the version (``river-facts-1.1.0``): the old one
    stays, results on it stay comparable, and nothing is written over. It has a new canary, today's date, and an entry
    in its ``CHANGELOG.md``. It is there whole or not at all.

    Raises
    ------
    UsageError
        The draft is empty, the version is no version or is taken.
    BadItem
        An item has an error; the first is named.
    DigestMismatch
        The pack changed since the draft was begun.
    BadCard, UnsafePath, DiskFull
        As adding a pack.
    """
    asked = wanted or Version()
    pack = pack_of(draft)
    check_unchanged(draft, pack)
    _check(pack, draft)
    change = _change(pack, draft)
    version = _version(pack, change, asked.version)
    name = _name(pack, version)
    store = private_directory(home.packs)
    # Two that save at once take turns, and the second finds the name taken.
    with locked(store / LOCK), disk_errors(store):
        _check_free(name)
        temporary = Path(tempfile.mkdtemp(prefix=".saving-", dir=store))
        try:
            canary = f"{CANARY} {uuid.uuid4()}"
            names = {"name": name, "version": version, "canary": canary}
            _write(pack, draft, temporary, change, names=names, asked=asked)
            added = add_pack(temporary)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    path = str(added.document.path)
    return Saved(
        name, version, path, added.digest, canary, len(change.added), len(change.replaced), len(change.removed)
    )


@dataclass(frozen=True, slots=True)
class _Change:
    """The items of the new version in their order, and ids by what became of them."""

    items: tuple[Item, ...]
    added: tuple[str, ...]
    replaced: tuple[str, ...]
    removed: tuple[str, ...]


def _check(pack: Pack, draft: Draft) -> None:
    if not draft.items and not draft.removed:
        raise UsageError("the draft is empty", where=draft.id, remedy="Write an item, or leave one of the pack's out.")
    found = check_draft(Corpus.of(pack, draft.language), draft.items, draft.removed)
    errors = [(item.id, check) for item in found.items for check in item.checks if check.severity == "error"]
    if errors:
        item, first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise BadItem(f"{first.message}{more}", where=f"item {item}", remedy=first.remedy)


def _change(pack: Pack, draft: Draft) -> _Change:
    card = pack.card
    known = draft.language in card.languages and pack.present(draft.language, card.scored_split)
    before = pack.items(draft.language) if known else ()
    new = {item.id: item for item in (read_item(pack, draft.language, data) for data in draft.items)}
    ids = [item.id for item in before]
    missing = [each for each in draft.removed if each not in ids]
    if missing:
        raise UsageError(f"the pack has no item {missing[0]!r} to leave out", where=draft.id, remedy="Correct the id.")
    kept = [new.get(item.id, item) for item in before if item.id not in draft.removed]
    added = [item for name, item in new.items() if name not in ids]
    if not kept and not added:
        message = f"nothing would be left in {draft.language}"
        raise UsageError(message, where=draft.id, remedy="Keep an item, or take the language out of the card.")
    return _Change(
        (*kept, *added), tuple(item.id for item in added), tuple(each for each in new if each in ids), draft.removed
    )


def _version(pack: Pack, change: _Change, wanted: str) -> str:
    """Return the version asked for; else the next: a new second number where items came, a first where they went."""
    if wanted:
        if not VERSION.fullmatch(wanted):
            raise UsageError(f"{wanted!r} is no version", where="version", remedy="Write three numbers, as 1.1.0.")
        if wanted == pack.card.version:
            raise UsageError(f"{wanted} is the version there is", where="version", remedy="Choose a later one.")
        return wanted
    if not VERSION.fullmatch(pack.card.version):
        message = f"what comes after version {pack.card.version!r} is not clear"
        raise UsageError(message, where="version", remedy="Say the new version, as 1.1.0.")
    first, second, _ = map(int, pack.card.version.split("."))
    return f"{first + 1}.0.0" if change.removed or change.replaced else f"{first}.{second + 1}.0"


def _name(pack: Pack, version: str) -> str:
    name = f"{pack.name.removesuffix(f'-{pack.card.version}')}-{version}"
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r} is too long for a pack's name", where="name", remedy="Rename the pack first.")
    return name


def _check_free(name: str) -> None:
    for entry in find_packs():
        if name in (entry.name, entry.path.parent.name):
            raise UsageError(f"there is a pack called {name}", where=entry.path, remedy="Say a later version.")


def _write(
    pack: Pack, draft: Draft, directory: Path, change: _Change, *, names: Mapping[str, str], asked: Version
) -> None:
    """Write the new version below `directory`: every file of the old one, the language's items, the card."""
    for file in pack.files:
        target = inside(directory, file.name)
        target.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        shutil.copyfile(file.path, target)
    root = pack.document.path.parent
    for name in (README, LICENCE):
        if (root / name).is_file():
            shutil.copyfile(inside(root, name), directory / name)
    today = datetime.now(UTC).date().isoformat()
    card = dict(read_yaml(pack.document.path).data)
    notes = [*card.get("notes", ()), _note(pack, draft, change)]
    card |= {**names, "published": today, "reviewed": asked.reviewed, "notes": notes}
    if draft.language not in card["languages"]:
        card["languages"] = [*card["languages"], draft.language]
    text = yaml.safe_dump(card, allow_unicode=True, sort_keys=False, width=120)
    write_atomically(directory / CARD_FILE, text.encode())
    document = read_card(directory / CARD_FILE)
    target = Pack(document, directory.resolve()).location(draft.language, document.card.scored_split).path
    target.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    write_atomically(target, "".join(f"{item_line(item)}\n" for item in change.items).encode())
    write_atomically(
        directory / CHANGES, _history(pack, draft, change, f"{names['version']} ({today})", asked).encode()
    )
    if (root / METADATA).is_file():
        write_atomically(directory / METADATA, croissant(open_document(read_card(directory / CARD_FILE))))


def item_line(item: Item) -> str:
    """Return an item as a line of a pack."""
    return json.dumps(item_record(item), ensure_ascii=False)


def item_record(item: Item) -> dict[str, Any]:
    """Return an item as the JSON object of its line, keys without a value left out."""
    said: dict[str, Any] = {
        "id": item.id, "input": dict(item.input), "choices": list(item.choices), "gold": item.gold,
        "references": list(item.references), "group": item.group, "domain": item.domain, "culture": item.culture,
        "source": item.provenance,
    }  # fmt: skip
    return {key: value for key, value in said.items() if value not in (None, [], "")}


def _note(pack: Pack, draft: Draft, change: _Change) -> str:
    counts = f"{len(change.added)} items added, {len(change.replaced)} replaced, {len(change.removed)} left out"
    return f"Made from {pack.name} {pack.card.version} (sha256 {pack.digest}): {draft.language}, {counts}."


def _history(pack: Pack, draft: Draft, change: _Change, head: str, asked: Version) -> str:
    """Return the pack's history with an entry for this version first."""
    path = pack.document.path.parent / CHANGES
    old = path.read_text(encoding="utf-8") if path.is_file() else "# Changes\n"
    lines = [f"## {head}", ""]
    if asked.note.strip():
        lines.append(f"- {' '.join(asked.note.split())}")
    for what, ids in (("Added", change.added), ("Replaced", change.replaced), ("Left out", change.removed)):
        if ids:
            lines.append(f"- {what} in {draft.language}: {_listed(ids)}.")
    title, _, rest = old.partition("\n")
    return "\n".join((title, "", *lines, "", rest.lstrip("\n"))).rstrip() + "\n"


def _listed(ids: Sequence[str], most: int = 50) -> str:
    shown = ", ".join(ids[:most])
    return f"{shown} and {len(ids) - most} more" if len(ids) > most else shown
