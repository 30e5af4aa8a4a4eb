"""Any engine, many times over: requests are shared out by prefix, results come back as they are made.

Only the driver (the run's own process) writes anything. The numbers are those of the engine inside; which actor made
them leaves no trace in a table.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import cast

from workbench.engines.protocol import (
    EngineFacts,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.engines.ray.cluster import join
from workbench.engines.ray.dispatch import Dispatcher
from workbench.engines.ray.place import read_place
from workbench.engines.ray.worker import Opening
from workbench.policy.offline import OFFLINE

FORWARDED = ("WORKBENCH_FAKE_DELAY", "WORKBENCH_FAKE_FAIL", "WORKBENCH_FAKE_CRASH_AFTER")
"""Variables that go to every node: they say how the fake engine misbehaves."""


@dataclass(slots=True)
class RayEngine:
    """See the module; made by `open_ray`."""

    dispatcher: Dispatcher
    version: str
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
        """Return what ran, all actors together, those that were lost included."""
        known = [self.dispatcher.facts[worker] for worker in sorted(self.dispatcher.facts)]
        return merged(known, self.dispatcher.wanted, self.version)

    def close(self) -> None:
        """Kill the actors, disconnect, end a cluster that was started here."""
        self.resources.close()


def open_ray(place: str, opening: Opening) -> RayEngine:
    """Join or start a cluster and open the model in each actor.

    Parameters
    ----------
    place
        ``auto``, ``local:N`` or ``HOST:PORT``.
    opening
        What each actor opens; `environment` is made here.

    Raises
    ------
    UsageError
        `place` is none of these.
    EngineUnavailable
        Ray is not installed or does not answer, or no node has room for an actor in time.
    WorkbenchError
        What an actor's engine raised while loading, with the node named.
    """
    with ExitStack() as resources:
        cluster = join(read_place(place))
        resources.callback(cluster.close)
        from workbench.engines.ray.actors import RayPool

        share = cluster.share(
            accelerated=opening.engine != "fake" and opening.config.device.startswith(("auto", "cuda"))
        )
        forwarded = {name: value for name, value in os.environ.items() if name in FORWARDED}
        told = replace(opening, config=share.config(opening.config), environment={**OFFLINE, **forwarded})
        pool = RayPool(told, share)
        resources.callback(pool.close)
        dispatcher = Dispatcher(pool, share.actors)
        dispatcher.open()
        return RayEngine(dispatcher, cluster.version, resources.pop_all())


def merged(facts: Sequence[EngineFacts], actors: int, version: str) -> EngineFacts:
    """Return the facts of many engines as one: sums of work, maxima of memory and time, minima of limits."""
    first = facts[0]

    def said(values: Iterable[str]) -> str:
        return "; ".join(dict.fromkeys(value for value in values if value))

    def most(values: Iterable[int | None]) -> int | None:
        return max((value for value in values if value is not None), default=None)

    return replace(
        first,
        versions=(*first.versions, ("ray", version)),
        device=said(each.device for each in facts),
        device_name=said(each.device_name for each in facts),
        dtype=said(each.dtype for each in facts),
        strategy=f"{said(each.strategy for each in facts)} on {actors} Ray actors",
        bos=said(each.bos for each in facts),
        context_length=min(each.context_length for each in facts),
        token_budget=min(each.token_budget for each in facts),
        peak_memory=most(each.peak_memory for each in facts),
        model_memory=most(each.model_memory for each in facts),
        computed_tokens=sum(each.computed_tokens for each in facts),
        load_seconds=max(each.load_seconds for each in facts),
    )
