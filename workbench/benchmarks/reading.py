"""How items are read from files: what a card's `files`, `folder` and `read` say, as frozen records."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from workbench.benchmarks.records import Card

SCHEMA = 1
Format = Literal[
    "items", "jsonl", "json", "squad", "csv", "tsv", "lines", "html", "xml", "tmx", "m2", "conllu", "parquet", "dataset"
]
ByLanguage = Mapping[str, str]
"""Values by BCP-47 tag, ``*`` being the rest."""


@dataclass(frozen=True, slots=True)
class Gold:
    """Which choice is right.

    Attributes
    ----------
    field
        Where the source says it.
    kind
        ``index``: a number, `base` being the first choice. ``letter``: one of `letters`. ``label``: one of the
        labels found at `labels`, which stand in the order of the choices. ``name``: one of the reading's `names`.
        ``text``: the text of the choice itself. ``flags``: a list, with 1 for the right choice and 0 for the others.
        ``mark``: what each choice begins with (``(2)``, ``B.``); the marks are taken off the choices.
    """

    field: str
    kind: Literal["index", "letter", "label", "name", "text", "flags", "mark"] = "index"
    base: int = 0
    letters: ByLanguage = dataclasses.field(default_factory=lambda: {"*": "ABCDEFGHIJ"})
    labels: str = ""


@dataclass(frozen=True, slots=True)
class Instructions:
    """Where instructions that can be checked stand: a list of their names, and a list of the settings of each."""

    ids: str
    settings: str


@dataclass(frozen=True, slots=True)
class Drop:
    """A stated rule by which a record of the source is no item. Exactly one of `equals`, `missing` and `present`."""

    field: str
    reason: str
    equals: tuple[str, ...] = ()
    missing: bool = False
    present: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """How records of somebody else's files become items.

    Paths into a record are dotted (``prompts.0.question``, ``choices.*.text``; ``choices.@list.*`` where a text holds
    the list, as Python or JSON writes it); ``@line``, ``@number``,
    ``@file`` and ``@language`` are the record's line, its place among all, its file's name and the item's language.

    Attributes
    ----------
    format
        Name of a reader.
    input, optional
        Item input field → path into the record; names of those that may be missing, and are then empty.
    codes
        Code in the source's file names → BCP-47 tag.
    encoding
        Any that Python knows. A byte order mark of UTF-8 is skipped.
    member
        Name inside a tar or zip archive; may hold ``{code}``, ``{language}`` and ``*``: the first that fits is read.
    records
        Path to the list of records inside a JSON document; an object counts as the list of its values, each of them
        with ``@key``. A ``*`` on the way goes into every entry of a list; the object around a record is its ``@up``,
        and ``@place`` says which it is (``3.1``).
    header, columns, delimiter, quoted
        Of csv and tsv: whether the first row names the columns, the names where it does not, the separator, and
        whether fields may be quoted.
    elements
        Tags that the HTML and XML readers make records of.
    parallel
        Line-aligned companions of a file: record field → path by language.
    config
        Configuration of a Hugging Face dataset snapshot.
    id
        Path to the item's id; several where one alone is not unique, joined by ``-``.
    choices, names
        Paths to the choices, or the same choices for every item.
    empty_choices
        Whether a choice that is missing or empty is no choice, as where a table has five columns for three options.
    options_in
        Path to a text that ends with its options (``… A. first B. second``), marked by the letters of `gold`. They
        become the choices, and an input field that reads the same path gets what stands before them.
    instructions
        For `instructions` tasks, instead of `references`: each becomes a reference, as JSON.
    unanswerable
        Path to what says that the passage holds no answer; the reference is then the empty answer.
    references, thousands
        Paths to accepted answers; the thousands separator to take out of numbers.
    group, domain, culture, provenance
        Paths to what the item's fields of that name hold.
    drop
        Rules by which records are left out; each is counted and shown.
    """

    format: Format
    input: Mapping[str, str]
    optional: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    member: str = ""
    records: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    quoted: bool = True
    elements: tuple[str, ...] = ("p",)
    parallel: Mapping[str, ByLanguage] = field(default_factory=dict)
    config: str = ""
    id: str | tuple[str, ...] = "@number"
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    empty_choices: bool = False
    options_in: str = ""
    unanswerable: str = ""
    instructions: Instructions | None = None
    gold: Gold | None = None
    references: tuple[str, ...] = ()
    thousands: str = ""
    group: str = ""
    domain: str = ""
    culture: str = ""
    provenance: str = ""
    drop: tuple[Drop, ...] = ()

    def code(self, language: str) -> str:
        """Return the source's code of a language: the first that maps to it, else the tag itself."""
        return next((code for code, tag in self.codes.items() if tag == language), language)


OWN_ITEMS = Reading(format="items", input={}, id="id")
"""How a pack's own ``items/*.jsonl`` are read."""


@dataclass(frozen=True, slots=True)
class Document:
    """A `card.yaml` as read: the card, and where and how its items lie.

    Attributes
    ----------
    path
        The card's own file.
    folder
        Folder below ``WORKBENCH_BENCHMARKS`` that holds a recipe's original files; empty: the card's own directory.
    files
        Split → path pattern by language; ``{language}`` and ``{code}`` are filled in.
    """

    card: Card
    path: Path
    files: Mapping[str, ByLanguage]
    folder: str = ""
    read: Reading = OWN_ITEMS

    @property
    def recipe(self) -> bool:
        """Whether the files are somebody else's."""
        return self.read.format != "items"
