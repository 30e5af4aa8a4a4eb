"""What is known, and how it is known.

A value without its origin is a badge. Every statement that leaves Workbench about a model, a machine, a
benchmark or a run is a :class:`Fact`: the value, how it became known, and from where.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Origin(StrEnum):
    """How a value became known."""

    MEASURED = "measured"
    """Computed on this machine from the bytes themselves."""
    DECLARED = "declared"
    """Said by a file that came with the thing (a config, a model card, a pack's card)."""
    HUMAN = "human"
    """Entered by a person here."""
    UNKNOWN = "unknown"
    """Not known. Never shown as if it were fine."""


@dataclass(frozen=True, slots=True)
class Fact(Generic[T_co]):
    """One value with its origin.

    Attributes
    ----------
    value
        The value, or None when `origin` is unknown.
    origin
        How it became known.
    source
        File, key or method it came from, e.g. ``config.json:max_position_embeddings``.
    """

    value: T_co | None
    origin: Origin
    source: str = ""

    def __post_init__(self) -> None:
        if (self.value is None) != (self.origin is Origin.UNKNOWN):
            msg = "a fact has no value exactly when its origin is unknown"
            raise ValueError(msg)


def measured(value: T, source: str = "") -> Fact[T]:
    """Return a fact computed on this machine from the bytes themselves."""
    return Fact(value, Origin.MEASURED, source)


def declared(value: T | None, source: str = "") -> Fact[T]:
    """Return a fact that a file claims; unknown when the file is silent (None)."""
    return Fact(None, Origin.UNKNOWN, source) if value is None else Fact(value, Origin.DECLARED, source)


def human(value: T, source: str = "") -> Fact[T]:
    """Return a fact that a person entered."""
    return Fact(value, Origin.HUMAN, source)


def unknown(source: str = "") -> Fact[T]:
    """Return the absence of a value, with where it was looked for."""
    return Fact(None, Origin.UNKNOWN, source)
