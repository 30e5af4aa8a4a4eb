"""Token by token: what an engine may also do, beyond `workbench.engines.protocol.Engine`.

A server of completions echoes a prompt with the log-probability of each of its tokens. Not every engine has tokens to
show (the fake has none), so this is a protocol of its own: ``isinstance(engine, Echoes)`` says whether it is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class EchoRequest:
    """A prompt to be scored token by token.

    `ids` are token ids in place of `context`, which is then empty; nothing is put in front of them. `top` is how many
    of the most likely tokens are wanted at each place.
    """

    id: str
    context: str
    ids: tuple[int, ...] = ()
    top: int = 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token that could stand at a place, with its log-likelihood there (natural logarithm)."""

    token: int
    text: str
    log_likelihood: float


@dataclass(frozen=True, slots=True)
class EchoedToken:
    """A token of the prompt. The first has no log-likelihood, and no candidates: nothing stands before it."""

    token: int
    text: str
    log_likelihood: float | None
    top: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class EchoResult:
    """The answer to one `EchoRequest`: `text` is the prompt as its tokens read.

    With `error` (a key of `REQUEST_ERRORS`) there are no tokens.
    """

    id: str
    tokens: tuple[EchoedToken, ...]
    text: str = ""
    error: str = ""


@runtime_checkable
class Echoes(Protocol):
    """An engine that scores prompts token by token."""

    def echo(self, requests: Iterable[EchoRequest]) -> Iterator[EchoResult]:
        """Yield each prompt's tokens; a prompt may be one token longer than the context, as its last is not fed."""
        ...
