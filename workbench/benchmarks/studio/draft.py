"""Items that somebody is writing: a small file of their own until they are saved as a version of a pack.

``drafts/<id>.json`` in the data directory. Its items are JSON objects as in a pack's lines, and may be wrong: a draft
keeps what was typed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.benchmarks.catalogue import find_card, load_pack
from workbench.benchmarks.packs import Pack
from workbench.errors import BadInput, DigestMismatch, Interrupted, NotFound, TooLarge, UsageError
from workbench.languages import normalise_tag
from workbench.policy.home import Home
from workbench.policy.locks import locked
from workbench.policy.storage import disk_errors, private_directory, write_atomically

SCHEMA = 1
DRAFTS, LOCK = "drafts", ".lock"
MOST_BYTES = 1 << 20
MOST_ITEMS = 2000
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Draft:
    """Items of one language that are to become part of a pack's next version.

    Attributes
    ----------
    card
        Path of the card they are written for.
    digest
        Of the pack when the draft was begun.
    items
        JSON objects with the keys of a pack's line. One with the id of an item of the pack takes its place.
    removed
        Ids of the pack's items that the next version leaves out.
    revision
        Counts the changes; whoever changes a draft says which revision it saw.
    """

    id: str
    card: str
    pack: str
    digest: str
    language: str
    items: tuple[Mapping[str, Any], ...]
    removed: tuple[str, ...]
    revision: int
    created: datetime
    changed: datetime
    schema: int = field(default=SCHEMA, kw_only=True)


@cache
def _records() -> TypeAdapter[Draft]:
    return TypeAdapter(Draft)


def begin_draft(home: Home, pack: str | Path, language: str = "") -> Draft:
    """Begin a draft for a pack, in one of its languages or in a new one.

    Parameters
    ----------
    language
        BCP-47 tag; the pack's first when empty.

    Raises
    ------
    NotFound, BenchmarkError
        There is no such pack or language, or the pack cannot be used.
    UsageError
        Its items are somebody else's original files.
    """
    card = find_card(pack).absolute()
    loaded = load_pack(card)
    if loaded.document.recipe:
        raise UsageError(
            f"{loaded.name} reads somebody else's original files, which are not edited", where=card,
            remedy="Write the items into a pack of your own; docs/packs.md says how one begins.",
        )  # fmt: skip
    now = datetime.now(UTC)
    tag = normalise_tag(language) if language else loaded.languages[0]
    draft = Draft(secrets.token_hex(16), str(card), loaded.name, loaded.digest, tag, (), (), 0, now, now)
    private_directory(home.root / DRAFTS)
    _write(home, draft)
    return draft


def read_draft(home: Home, draft: str) -> Draft:
    """Return a draft.

    Raises
    ------
    NotFound
        There is none of that id.
    BadInput
        Its file is damaged, or newer than this Workbench.
    """
    path = _path(home, draft)
    try:
        # Not `validate_json`, which refuses the half characters that a draft may hold.
        found = _records().validate_python(json.loads(path.read_bytes()))
    except FileNotFoundError as error:
        raise NotFound("no draft has this id", where=draft, remedy="Begin a new one.") from error
    except (OSError, ValueError, ValidationError) as error:
        raise BadInput("the draft cannot be read", where=path, remedy="Remove the file, and begin anew.") from error
    if found.schema > SCHEMA:
        raise BadInput(f"the draft has schema {found.schema}; this Workbench knows {SCHEMA}", where=path)
    return found


def list_drafts(home: Home) -> tuple[Draft, ...]:
    """Return every draft that can be read, the one changed last first."""
    directory = home.root / DRAFTS
    found = []
    for path in directory.glob("*.json") if directory.is_dir() else ():
        try:
            found.append(read_draft(home, path.stem))
        except (BadInput, NotFound):
            continue
    return tuple(sorted(found, key=lambda draft: draft.changed, reverse=True))


def change_draft(
    home: Home,
    draft: str,
    items: Sequence[Mapping[str, Any]],
    removed: Sequence[str] = (),
    revision: int | None = None,
) -> Draft:
    """Write what a draft holds now.

    Parameters
    ----------
    revision
        The one that the change was made from; None: whichever.

    Raises
    ------
    Interrupted
        Somebody else, another window perhaps, changed it since.
    NotFound, BadInput
        There is none, or its file is damaged.
    TooLarge
        More than 2,000 items, or than a megabyte.
    """
    if len(items) > MOST_ITEMS:
        raise TooLarge(f"a draft has at most {MOST_ITEMS:,} items", where=draft, remedy="Save, and begin another.")
    with locked(private_directory(home.root / DRAFTS) / LOCK):
        known = read_draft(home, draft)
        if revision is not None and revision != known.revision:
            raise Interrupted(
                f"the draft was changed elsewhere (revision {known.revision}, not {revision})", where=draft,
                remedy="Fetch it again, and make the change there.",
            )  # fmt: skip
        changed = replace(
            known, items=tuple(map(dict, items)), removed=tuple(dict.fromkeys(removed)), revision=known.revision + 1,
            changed=datetime.now(UTC),
        )  # fmt: skip
        _write(home, changed)
    return changed


def remove_draft(home: Home, draft: str) -> None:
    """Forget a draft.

    Raises
    ------
    NotFound
        There is none of that id.
    """
    path = _path(home, draft)
    try:
        with disk_errors(path):
            path.unlink()
    except FileNotFoundError as error:
        raise NotFound("no draft has this id", where=draft, remedy="It may be gone already.") from error


def pack_of(draft: Draft) -> Pack:
    """Return the pack that a draft is for.

    Raises
    ------
    NotFound, BenchmarkError
        It is gone, or cannot be used any more.
    """
    path = Path(draft.card)
    if not path.is_file():
        raise NotFound("the benchmark of this draft is not there any more", where=path, remedy="Put it back.")
    return load_pack(path)


def check_unchanged(draft: Draft, pack: Pack) -> None:
    """Refuse a draft whose pack changed since it was begun.

    Raises
    ------
    DigestMismatch
        Items that the draft replaces may be others now.
    """
    if pack.digest != draft.digest:
        raise DigestMismatch(
            f"{pack.name} changed since this draft was begun", where=draft.card,
            remedy="Begin a draft for the pack as it is now, and copy the items there.",
        )  # fmt: skip


def _path(home: Home, draft: str) -> Path:
    if not ID.fullmatch(draft):
        raise NotFound("no draft has this id", where=draft[:80], remedy="Begin a new one.")
    return home.root / DRAFTS / f"{draft}.json"


def _write(home: Home, draft: Draft) -> None:
    data = _encoded(draft)
    if len(data) > MOST_BYTES:
        raise TooLarge(f"the draft is larger than {MOST_BYTES:,} bytes", where=draft.id, remedy="Save, begin another.")
    write_atomically(_path(home, draft.id), data)


def _encoded(draft: Draft) -> bytes:
    """Return a draft as JSON; half a character, which UTF-8 cannot hold, stands in it as an escape."""
    said = asdict(draft) | {"created": draft.created.isoformat(), "changed": draft.changed.isoformat()}
    return json.dumps(said, ensure_ascii=True, indent=1).encode()
