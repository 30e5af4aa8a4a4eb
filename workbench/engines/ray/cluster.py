"""A Ray cluster: joined, or started on this machine for one run and gone with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from workbench.engines.protocol import EngineConfig
from workbench.engines.ray.place import Place
from workbench.errors import DeviceUnavailable, EngineUnavailable
from workbench.policy.offline import switch_off

LOOPBACK = "127.0.0.1"
NAMESPACE = "workbench"
PROBE_SECONDS = 5.0
STORE_BYTES = 128 * 2**20
"""Shared memory of a cluster started here: only requests and results pass through, never weights."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many actors there are and what each takes of its node; `threads` None leaves the engine's own choice."""

    actors: int
    cpus: int
    gpus: int
    threads: int | None = None

    def __str__(self) -> str:
        taken = [f"{count} {name}" for name, count in (("CPUs", self.cpus), ("GPUs", self.gpus)) if count]
        return f"an actor with {' and '.join(taken) or 'nothing of its own'}"

    def config(self, given: EngineConfig) -> EngineConfig:
        """Return `given` as an actor must have it: Ray shows it its own devices only, numbered from 0."""
        device = "cuda" if self.gpus and given.device.startswith("cuda:") else given.device
        return replace(given, device=device, threads=given.threads or self.threads)


@dataclass(slots=True)
class Cluster:
    """A connection. Closing ends a cluster that was started here, and removes its files."""

    place: Place
    version: str
    nodes: tuple[tuple[int, int], ...]
    """CPUs and GPUs of each node that is alive."""
    directory: str = ""
    joined: bool = True

    def share(self, *, accelerated: bool, gpus: int = 1) -> Share:
        """Return how a run divides the cluster: an actor for each `gpus` GPUs, or for each node's CPUs.

        Raises
        ------
        DeviceUnavailable
            No node can hold one actor.
        """
        if accelerated and any(has for _, has in self.nodes):
            room = sum(has // gpus for _, has in self.nodes)
            if not room:
                raise DeviceUnavailable(f"no node of the cluster has {gpus} GPUs")
            return Share(self.place.actors or room, cpus=0, gpus=gpus)
        if gpus > 1:
            raise DeviceUnavailable(f"a model is to be divided over {gpus} GPUs, and no node of the cluster has any")
        if self.place.local:
            actors = self.place.actors or 1
            return Share(actors, cpus=1, gpus=0, threads=max(len(os.sched_getaffinity(0)) // actors, 1))
        # An engine on CPU uses every core it may: two on one node would only be in each other's way.
        working = [cpus for cpus, _ in self.nodes if cpus]
        if not working:
            raise DeviceUnavailable("no node of the cluster has a CPU to give", where=self.place.address)
        return Share(len(working), cpus=min(working), gpus=0, threads=min(working))

    def close(self) -> None:
        """Disconnect; a second call does nothing."""
        if self.joined:
            self.joined = False
            import ray

            ray.shutdown()
            if self.directory:
                shutil.rmtree(self.directory, ignore_errors=True)


def join(place: Place) -> Cluster:
    """Join the cluster that `place` names, or start one.

    Raises
    ------
    EngineUnavailable
        Ray is not installed, nothing answers at the address, or no cluster can be started.
    """
    switch_off()
    try:
        import ray
    except ImportError as error:
        raise EngineUnavailable(
            "Ray is not installed", remedy='pip install "sovereign-workbench[ray]", on every node.'
        ) from error
    if not place.local:
        _probe(place.address)
    directory = tempfile.mkdtemp(prefix="wb-ray-") if place.local else ""
    try:
        with _own_signals(), _loopback_only(place):
            ray.init(
                **(_started(place, directory) if place.local else {"address": place.address}),
                namespace=NAMESPACE,
                log_to_driver=False,
                logging_level="error",
            )
        if place.local and any(node["NodeManagerAddress"] != LOOPBACK for node in ray.nodes()):
            raise ConnectionError("it listens on more than this machine's loopback")  # noqa: TRY301 — undone below
    except Exception as error:
        ray.shutdown()
        shutil.rmtree(directory, ignore_errors=True) if directory else None
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise EngineUnavailable(
            f"Ray does not {'start' if place.local else 'connect'}: {reason}",
            where=place.address or None,
            remedy="This machine must itself be a node of the cluster, with the same versions of Python and Ray."
            if place.address
            else "The message is Ray's own; docs/ray.md says what it needs.",
        ) from error
    return Cluster(place, ray.__version__, _nodes(ray), directory)


def _started(place: Place, directory: str) -> dict[str, Any]:
    return {
        "address": "local",
        "num_cpus": place.actors or 1,
        "include_dashboard": False,
        "object_store_memory": STORE_BYTES,
        "_node_ip_address": LOOPBACK,
        "_temp_dir": directory,
    }


def _nodes(ray: Any) -> tuple[tuple[int, int], ...]:
    return tuple(
        (int(node["Resources"].get("CPU", 0)), int(node["Resources"].get("GPU", 0)))
        for node in ray.nodes()
        if node["Alive"]
    )


def _probe(address: str) -> None:
    """Refuse an address where nothing listens: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PROBE_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise EngineUnavailable(
            f"no Ray cluster answers ({error})",
            where=address,
            remedy="`ray status` on the head node shows its address; a run with --seal reaches no other machine.",
        ) from error


@contextmanager
def _loopback_only(place: Place) -> Iterator[None]:
    """Keep Ray from putting the machine's address where 127.0.0.1 was asked for, and from listening on all of them.

    On Linux it does both unless this switch, which is its default on other systems, is off.
    """
    from ray._private import ray_constants

    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = before and not place.local
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep this process's answer to SIGTERM, which Ray replaces as it starts."""
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if main and before is not None:
            signal.signal(signal.SIGTERM, before)
