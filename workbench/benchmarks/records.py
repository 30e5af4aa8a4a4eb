"""What is asked: the card of a pack and its items, as frozen records.

Bytes become records in `card.py` (pydantic) and `readers/`; everything after that handles only these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class TaskKind(StrEnum):
    """What an item asks for."""

    MULTIPLE_CHOICE = "multiple_choice"
    CLASSIFICATION = "classification"
    MINIMAL_PAIRS = "minimal_pairs"
    EXTRACTIVE_QA = "extractive_qa"
    OPEN_QA = "open_qa"
    MATH = "math"
    TRANSLATION = "translation"
    CORRECTION = "correction"
    SUMMARISATION = "summarisation"
    INSTRUCTIONS = "instructions"
    TEXT = "text"


class Formulation(StrEnum):
    """How a model is asked."""

    CLOZE = "cloze"
    """Log-likelihood of each choice's text."""
    LETTERS = "letters"
    """Choices are listed with letters; log-likelihood of each letter."""
    GENERATE = "generate"
    """The model writes an answer, which is extracted and judged."""
    ROLLING = "rolling"
    """Log-likelihood of a whole text, for bits per byte."""


class DataOrigin(StrEnum):
    """How the items came to be in their language."""

    NATIVE = "native"
    HUMAN_TRANSLATED = "human-translated"
    MACHINE_TRANSLATED = "machine-translated"
    POST_EDITED = "post-edited"
    UNKNOWN = "unknown"
    """Nobody has said: a translation may read as if it were native."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes
    ----------
    id
        Unique within pack × language.
    language
        BCP-47 tag.
    input
        The fields a wording's template may use, as text. Values are exactly as in the source.
    choices
        Texts to choose from; empty for open tasks.
    gold
        Index into `choices`; None for open tasks.
    references
        Accepted answers of open tasks.
    group
        Passage or translation source; items of a group are not independent.
    domain, culture
        Slices; empty when the source is silent.
    source
        ``file:line`` (or ``file#key``) the item was read from, relative to the pack.
    provenance
        Where its content comes from, as its author says, e.g. ``CLDR 46 territories`` or ``unverified``.
    """

    id: str
    language: str
    input: Mapping[str, str]
    choices: tuple[str, ...] = ()
    gold: int | None = None
    references: tuple[str, ...] = ()
    group: str = ""
    domain: str = ""
    culture: str = ""
    source: str = ""
    provenance: str = ""


@dataclass(frozen=True, slots=True)
class Wording:
    """How an item becomes text. Every mapping is by BCP-47 tag, ``*`` being the rest.

    Attributes
    ----------
    name
        Unique within the card, e.g. ``native``.
    prompt
        Sandboxed Jinja template over the item's input fields and `terms`.
    choice
        Template of one choice in the cloze formulation (``{{ choice }}`` unless said).
    labels
        Label words by language: value of a choice in the data → word shown and scored. A value without a word
        stands for itself.
    delimiter
        Text between prompt and answer in the cloze formulation; empty where no space is written there (th, zh, ja…).
    answer_delimiter
        Text between `answer` and what follows it in `letters` and `generate`; `delimiter` where no entry fits.
    shots_delimiter
        Text between examples.
    instruction
        Text before the first example; may be empty.
    answer
        What introduces the answer in `letters` and `generate`, e.g. ``Answer:``; a template like `prompt`.
    terms
        Words a template needs per language, e.g. ``terms.cause``.
    letters
        Option letters per language; ``ABCDEFGHIJ`` unless said. Separated by spaces where one is not one character.
    stop
        Texts that end a generated answer.
    """

    name: str
    prompt: Mapping[str, str]
    choice: Mapping[str, str] = field(default_factory=lambda: {"*": "{{ choice }}"})
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    delimiter: Mapping[str, str] = field(default_factory=lambda: {"*": " "})
    answer_delimiter: Mapping[str, str] = field(default_factory=dict)
    shots_delimiter: str = "\n\n"
    instruction: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, str] = field(default_factory=lambda: {"*": "Answer:"})
    terms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=lambda: {"*": "ABCDEFGHIJ"})
    stop: tuple[str, ...] = ("\n",)
    max_new_tokens: int = 64


@dataclass(frozen=True, slots=True)
class Card:
    """What a pack says of itself. Fields as in `docs/packs.md`; everything here is *declared*."""

    name: str
    version: str
    title: str
    description: str
    task: TaskKind
    formulations: tuple[Formulation, ...]
    """Allowed ones, the default first."""
    languages: tuple[str, ...]
    origin: DataOrigin
    licence: str
    source: str
    citation: str
    residency: str
    transfer: str
    sensitivity: str
    canary: str
    metrics: tuple[str, ...]
    """Names in `workbench.metrics`; the first is the headline."""
    wordings: tuple[Wording, ...]
    """The default first."""
    shots_split: str = ""
    """Split that examples come from; empty: items held out of the scored split."""
    scored_split: str = "test"
    reviewed: bool = False
    """Whether a native speaker has reviewed the items (declared)."""
    notes: tuple[str, ...] = ()
    published: str = ""
    """Date of this version, ``YYYY-MM-DD``; empty: unknown."""
