"""An engine made of many: requests are shared out by prefix, results come back as they are made.

Only the driver (the run's own process) writes anything. The numbers are those of the engine inside; which worker made
them leaves no trace in a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import cast

from workbench.engines.pool.dispatch import Dispatcher
from workbench.engines.protocol import (
    EngineFacts,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)


@dataclass(slots=True)
class PoolEngine:
    """See the module. `what` names the workers in the facts; `versions` is what runs them."""

    dispatcher: Dispatcher
    what: str
    versions: tuple[tuple[str, str], ...] = ()
    resources: ExitStack = field(default_factory=ExitStack)

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, in the order they are made."""
        return cast("Iterator[ScoreResult]", self.dispatcher.ask("score", requests))

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        return cast("Iterator[RollingResult]", self.dispatcher.ask("rolling", requests))

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each generated answer."""
        return cast("Iterator[GenerateResult]", self.dispatcher.ask("generate", requests))

    def facts(self) -> EngineFacts:
        """Return what ran, all workers together, those that were lost included."""
        known = [self.dispatcher.facts[worker] for worker in sorted(self.dispatcher.facts)]
        return merged(known, f"{self.dispatcher.wanted} {self.what}", self.versions)

    def close(self) -> None:
        """End the workers, and what they ran in; a second call does nothing."""
        self.resources.close()


def merged(facts: Sequence[EngineFacts], workers: str, versions: tuple[tuple[str, str], ...] = ()) -> EngineFacts:
    """Return the facts of many engines as one: sums of work, maxima of memory and time, minima of limits."""
    first = facts[0]

    def said(values: Iterable[str]) -> str:
        return "; ".join(dict.fromkeys(value for value in values if value))

    def most(values: Iterable[int | None]) -> int | None:
        return max((value for value in values if value is not None), default=None)

    return replace(
        first,
        versions=(*first.versions, *versions),
        device=said(each.device for each in facts),
        device_name=said(each.device_name for each in facts),
        dtype=said(each.dtype for each in facts),
        strategy=f"{said(each.strategy for each in facts)} on {workers}",
        bos=said(each.bos for each in facts),
        context_length=min(each.context_length for each in facts),
        token_budget=min(each.token_budget for each in facts),
        peak_memory=most(each.peak_memory for each in facts),
        model_memory=most(each.model_memory for each in facts),
        computed_tokens=sum(each.computed_tokens for each in facts),
        load_seconds=max(each.load_seconds for each in facts),
    )
