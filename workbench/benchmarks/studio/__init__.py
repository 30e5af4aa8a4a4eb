"""Writing items: drafts, what is wrong with them while they are written, and saving them as a version of a pack."""

from workbench.benchmarks.studio.checks import Check, Corpus, DraftChecks, ItemChecks, check_draft, read_item
from workbench.benchmarks.studio.draft import (
    Draft,
    begin_draft,
    change_draft,
    list_drafts,
    pack_of,
    read_draft,
    remove_draft,
)
from workbench.benchmarks.studio.saving import Saved, Version, save_draft

__all__ = [
    "Check",
    "Corpus",
    "Draft",
    "DraftChecks",
    "ItemChecks",
    "Saved",
    "Version",
    "begin_draft",
    "change_draft",
    "check_draft",
    "list_drafts",
    "pack_of",
    "read_draft",
    "read_item",
    "remove_draft",
    "save_draft",
]
