"""A handle on a draft: write items, see what is wrong with them, ask models about them, save a version of the pack."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.benchmarks.studio import (
    Corpus,
    Draft,
    DraftChecks,
    ItemChecks,
    Saved,
    Version,
    begin_draft,
    change_draft,
    check_draft,
    list_drafts,
    pack_of,
    read_draft,
    read_item,
    remove_draft,
    save_draft,
)
from workbench.benchmarks.studio.corpora import corpus_of
from workbench.errors import NotFound
from workbench.evaluation.probes import Probe
from workbench.languages import normalise_tag
from workbench.policy.home import Home


@dataclass(frozen=True, slots=True)
class Studio:
    """One draft below a data directory; whatever is written is on disk at once."""

    id: str
    home: Home

    @property
    def draft(self) -> Draft:
        """What the draft holds now."""
        return read_draft(self.home, self.id)

    @property
    def items(self) -> tuple[Mapping[str, Any], ...]:
        """The items, as JSON objects with the keys of a pack's line."""
        return self.draft.items

    def corpus(self) -> Corpus:
        """Return what the pack holds already in the draft's language."""
        draft = self.draft
        return corpus_of(pack_of(draft), draft.language)

    def add(self, item: Mapping[str, Any] | None = None, /, **fields: Any) -> ItemChecks:
        """Write an item, in the place of one with the same id, and return what was found in it.

        Parameters
        ----------
        item, fields
            ``input``, ``choices``, ``gold``, ``references``, ``domain``…; without an ``id`` it gets the next one. The
            id of one of the pack's items takes that item's place in the next version.
        """
        draft = self.draft
        said = {**(item or {}), **fields}
        said = {"id": said.pop("id", "") or self.corpus().next_id(draft.items), **said}
        kept = [each for each in draft.items if each.get("id") != said["id"]]
        place = next((at for at, each in enumerate(draft.items) if each.get("id") == said["id"]), len(kept))
        change_draft(self.home, self.id, [*kept[:place], said, *kept[place:]], draft.removed, draft.revision)
        return next(each for each in self.check().items if each.id == said["id"])

    def remove(self, item_id: str) -> None:
        """Take an item out of the draft; one of the pack's own is left out of the next version.

        Raises
        ------
        NotFound
            Neither has such an item.
        """
        draft = self.draft
        kept = [each for each in draft.items if each.get("id") != item_id]
        of_pack = item_id in self.corpus().ids
        if len(kept) == len(draft.items) and not of_pack:
            raise NotFound(f"neither the draft nor {draft.pack} has an item {item_id!r}", where=draft.language)
        removed = (*draft.removed, item_id) if len(kept) == len(draft.items) else draft.removed
        change_draft(self.home, self.id, kept, removed, draft.revision)

    def check(self) -> DraftChecks:
        """Return what is wrong, or may be wrong, with every item."""
        draft = self.draft
        return check_draft(self.corpus(), draft.items, draft.removed)

    def probe(
        self,
        models: str | Path | Sequence[str | Path],
        items: Sequence[str] = (),
        *,
        report: Callable[[str], None] = lambda _: None,
        **settings: Any,
    ) -> Probe:
        """Ask models about the items, in this process; see `workbench.jobs.probing.probe_items`.

        Parameters
        ----------
        items
            Ids; all of the draft's when empty.
        settings
            ``engine``, ``device``, ``dtype``…
        """
        from workbench.jobs.probing import probe_items

        draft = self.draft
        pack = pack_of(draft)
        known = {str(each.get("id", "")): each for each in draft.items}
        unknown = [each for each in items if each not in known]
        if unknown:
            raise NotFound(f"the draft has no item {unknown[0]!r}", where=self.id, remedy="Name one of its items.")
        chosen = [read_item(pack, draft.language, known[each]) for each in items or known]
        asked = [models] if isinstance(models, str | Path) else list(models)
        return probe_items(self.home, pack, chosen, asked, report=report, **settings)

    def save(self, version: str = "", *, note: str = "", reviewed: bool = False) -> Saved:
        """Write a new version of the pack, and return it; the draft stays until it is removed.

        Parameters
        ----------
        version
            Three numbers; the next after the pack's when empty.
        note
            A line for its ``CHANGELOG.md``.
        reviewed
            Whether a native speaker has reviewed every item.
        """
        return save_draft(self.home, self.draft, Version(version, note, reviewed))

    def discard(self) -> None:
        """Forget the draft."""
        remove_draft(self.home, self.id)


def open_studio(home: Home, pack: str | Path, language: str = "", *, new: bool = False) -> Studio:
    """Return the draft changed last for a pack and language, or begin one.

    Parameters
    ----------
    language
        BCP-47 tag; empty: that of the draft changed last, else the pack's first.
    new
        Begin another one whatever there is.

    Raises
    ------
    NotFound, BenchmarkError, UsageError
        As `begin_draft`.
    """
    from workbench.benchmarks import load_pack

    loaded = load_pack(pack)
    tag = normalise_tag(language) if language else ""
    for draft in () if new else list_drafts(home):
        if draft.digest == loaded.digest and draft.pack == loaded.name and tag in ("", draft.language):
            return Studio(draft.id, home)
    return Studio(begin_draft(home, loaded.document.path, tag).id, home)
