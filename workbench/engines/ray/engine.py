"""The pool engine on a Ray cluster: an actor a share of it."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace

from workbench.engines.pool.dispatch import Dispatcher
from workbench.engines.pool.engine import PoolEngine
from workbench.engines.pool.worker import Opening
from workbench.engines.ray.cluster import join
from workbench.engines.ray.place import read_place
from workbench.policy.offline import OFFLINE

FORWARDED = ("WORKBENCH_FAKE_DELAY", "WORKBENCH_FAKE_FAIL", "WORKBENCH_FAKE_CRASH_AFTER")
"""Variables that go to every node: they say how the fake engine misbehaves."""


def open_ray(place: str, opening: Opening) -> PoolEngine:
    """Join or start a cluster and open the model in each actor.

    Parameters
    ----------
    place
        ``auto``, ``local:N`` or ``HOST:PORT``.
    opening
        What each actor opens; `environment` is made here. An actor takes as many GPUs as its model is divided over.

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

        config = opening.config
        share = cluster.share(
            accelerated=opening.engine != "fake" and config.device.startswith(("auto", "cuda")),
            gpus=config.tensor_parallel,
        )
        forwarded = {name: value for name, value in os.environ.items() if name in FORWARDED}
        told = replace(opening, config=share.config(config), environment={**OFFLINE, **forwarded})
        pool = RayPool(told, share)
        resources.callback(pool.close)
        dispatcher = Dispatcher(pool, share.actors)
        dispatcher.open()
        return PoolEngine(dispatcher, "Ray actors", (("ray", cluster.version),), resources.pop_all())
