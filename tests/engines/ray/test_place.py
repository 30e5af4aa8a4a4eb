"""What `--ray` takes, and how a cluster is divided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.engines.protocol import EngineConfig
from workbench.engines.ray.cluster import Cluster, join
from workbench.engines.ray.place import Place, read_place
from workbench.errors import DeviceUnavailable, EngineUnavailable, SpecError, UsageError
from workbench.evaluation.spec import checked, spec_from_json
from workbench.jobs.admission import memory_needed
from workbench.testing.runs import fake_spec


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("auto", {}, Place()),
        ("auto", {"RAY_ADDRESS": "head:6379"}, Place(address="head:6379")),
        ("auto", {"RAY_ADDRESS": "local"}, Place()),
        ("local:3", {"RAY_ADDRESS": "head:6379"}, Place(actors=3)),
        ("127.0.0.1:6379", {}, Place(address="127.0.0.1:6379")),
        ("[::1]:6379", {}, Place(address="[::1]:6379")),
    ],
)
def test_places(text, environment, expected):
    assert read_place(text, environment) == expected


@pytest.mark.parametrize("text", ["local:0", "ray://head:10001", "head", "local:-1", "a b:1"])
def test_other_places_are_refused(text):
    with pytest.raises(UsageError, match="does not take"):
        read_place(text, {})
    with pytest.raises(SpecError, match="ray"):
        checked({"model": {"path": "m", "digest": "d"}, "packs": [{"name": "p", "digest": "d"}], "ray": text})


def test_ray_stands_in_a_spec_only_where_it_is_used():
    spec = fake_spec(("civics",))
    spread = replace(spec, ray="local:2")
    assert b'"ray"' not in spec.canonical()
    assert spread.hash != spec.hash
    assert spec_from_json(spread.canonical()) == spread


def test_each_actor_here_needs_memory_of_its_own(monkeypatch):
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    spec = replace(fake_spec(("civics",)), engine="transformers", device="cpu")
    needed = {place: memory_needed(replace(spec, ray=place), 7) for place in ("", "auto", "local:3", "head:6379")}
    assert needed == {"": 7, "auto": 7, "local:3": 21, "head:6379": 0}


def test_an_actor_for_each_gpu_or_each_node():
    nodes = ((8, 2), (8, 1), (0, 0), (4, 0))
    cluster = Cluster(Place(address="head:6379"), "", nodes)
    assert cluster.share(accelerated=True).actors == 3
    assert cluster.share(accelerated=True, gpus=2).actors == 1
    with pytest.raises(DeviceUnavailable):
        cluster.share(accelerated=True, gpus=4)
    on_cpu = cluster.share(accelerated=False)
    assert (on_cpu.actors, on_cpu.cpus, on_cpu.gpus, on_cpu.threads) == (3, 4, 0, 4)
    assert Cluster(Place(), "", ((1, 0),)).share(accelerated=True).actors == 1
    assert Cluster(Place(actors=2), "", ((2, 0),)).share(accelerated=True).actors == 2


def test_an_actor_sees_its_own_gpu_as_the_first():
    share = Cluster(Place(), "", ((1, 2),)).share(accelerated=True)
    assert share.config(EngineConfig(device="cuda:1")).device == "cuda"
    assert str(share) == "an actor with 1 GPUs"


def test_an_address_where_nothing_listens_is_refused_at_once():
    pytest.importorskip("ray")
    with pytest.raises(EngineUnavailable, match="no Ray cluster answers") as caught:
        join(Place(address="127.0.0.1:9"))
    assert caught.value.where == "127.0.0.1:9"
