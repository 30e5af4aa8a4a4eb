"""What came out: scores with their uncertainty, and what they were measured on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from workbench.engines.protocol import EngineFacts
from workbench.evaluation.spec import RunSpec
from workbench.facts import Fact
from workbench.models.facts import ModelFacts

SCHEMA = 1


class Verdict(StrEnum):
    """What a score says about the model, at 95 %."""

    ABOVE_CHANCE = "above chance"
    NOT_DISTINGUISHABLE = "not distinguishable from guessing"
    BELOW_CHANCE = "below chance"
    NO_CHANCE_LEVEL = "no chance level"
    """The metric has none (bits per byte, chrF…)."""
    NOT_SCORED = "not scored"


@dataclass(frozen=True, slots=True)
class Score:
    """One metric of one pack in one language.

    `low` and `high` bound the 95 % interval, `interval` names its method (``wilson``, ``clustered t``,
    ``BCa bootstrap``…); both None when it cannot be had. `chance` is what guessing earns, `majority` what the
    commonest gold label earns. `n` counts scored items, `groups` independent groups among them.
    """

    pack: str
    language: str
    metric: str
    value: float | None
    low: float | None
    high: float | None
    interval: str
    n: int
    groups: int
    chance: float | None
    majority: float | None
    higher_is_better: bool
    verdict: Verdict
    headline: bool
    """Whether this is the metric its card names first."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to the items of one pack in one language. Nothing is silent."""

    pack: str
    language: str
    planned: int
    scored: int
    failed: int
    tied: int
    truncated: int
    parsed: int
    fallback: int
    extraction_failed: int


@dataclass(frozen=True, slots=True)
class PackFacts:
    """What a run used of one pack, for reports."""

    name: str
    version: str
    title: str
    digest: str
    task: str
    formulation: str
    wording: str
    licence: Fact[str]
    origin: Fact[str]
    reviewed: Fact[bool]
    source: str
    citation: str
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which conditions one pack was asked in one language: what two results must share to be compared.

    What is the same for a whole run (shots, repeats, chat-template policy, prompt language, parity) stands in its spec.

    Attributes
    ----------
    item_set, gold, prompts
        sha256 over the planned items' ids; over ids, choices, gold and references; over ids and unrendered prompt
        hashes. The order of the items does not matter.
    formulation, wording
        How they were asked.
    normaliser
        Rules applied to written answers before they are compared, joined by ``+``; empty where none is compared.
    extraction
        What is read out of a written answer: ``choice``, ``number`` or ``answer``; empty where nothing is written.
    """

    pack: str
    language: str
    item_set: str
    gold: str
    prompts: str
    formulation: str
    wording: str
    normaliser: str
    extraction: str


@dataclass(frozen=True, slots=True)
class Result:
    """One finished run."""

    run_id: str
    spec: RunSpec
    spec_hash: str
    model: ModelFacts
    engine: EngineFacts
    packs: tuple[PackFacts, ...]
    scores: tuple[Score, ...]
    counts: tuple[Counts, ...]
    started: datetime
    finished: datetime
    seconds: float
    """Monotonic, summed over resumptions."""
    environment: tuple[tuple[str, str], ...]
    """Distribution name → version of what matters to the numbers."""
    directory: Path
    """The run directory (`items.parquet` lies there)."""
    conditions: tuple[Conditions, ...] = ()
    """One entry a pack and language."""
    schema: int = SCHEMA
