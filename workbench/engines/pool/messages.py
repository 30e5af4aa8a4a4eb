"""What is put to workers, and what they say to whoever hands out the work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.engines.protocol import (
    EngineFacts,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.errors import ErrorEnvelope

Kind = Literal["score", "rolling", "generate"]
Request = ScoreRequest | RollingRequest | GenerateRequest
Result = ScoreResult | RollingResult | GenerateResult


@dataclass(frozen=True, slots=True)
class Ask:
    """A chunk put to a worker that is reached by messages alone."""

    kind: Kind
    chunk: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker holds its model."""

    facts: EngineFacts


@dataclass(frozen=True, slots=True)
class Answers:
    """Results of the chunk in hand, as they came."""

    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The chunk is done."""

    facts: EngineFacts


@dataclass(frozen=True, slots=True)
class Failed:
    """The engine raised: another worker would meet the same, so the run ends. `node` is where."""

    error: ErrorEnvelope
    node: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker, or its node, is gone, and with it what it had not sent."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """No node had room for the worker in time."""

    wanted: str


Message = Ready | Answers | Finished | Failed | Lost | Unplaced
