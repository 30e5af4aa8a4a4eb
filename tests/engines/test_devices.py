"""What `--device` and `--tensor-parallel` take, and which devices make one engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.engines.devices import count_devices, device_groups
from workbench.engines.protocol import EngineConfig
from workbench.engines.ray.cluster import Cluster
from workbench.engines.ray.place import Place
from workbench.engines.vllm.environment import Found
from workbench.engines.vllm.server import command_line, environment, visible_devices
from workbench.errors import DeviceUnavailable, SpecError, UsageError
from workbench.evaluation.build import build_spec
from workbench.evaluation.plan import make_plan
from workbench.evaluation.spec import spec_from_json
from workbench.jobs.admission import memory_needed
from workbench.reports.provenance import command
from workbench.testing.results import example_result
from workbench.testing.runs import fake_spec


@pytest.mark.parametrize(
    ("device", "division", "expected"),
    [
        ("auto", 1, ("auto",)),
        ("cuda:1", 1, ("cuda:1",)),
        ("cpu,cpu", 1, ("cpu", "cpu")),
        ("cuda:0, rocm:2", 1, ("cuda:0", "cuda:2")),
        ("cuda:all", 1, ("cuda:0", "cuda:1", "cuda:2", "cuda:3", "cuda:4")),
        ("auto", 4, ("auto",)),
        ("cuda", 4, ("cuda",)),
        ("cuda:all", 2, ("cuda:0,cuda:1", "cuda:2,cuda:3")),
        ("cuda:0,cuda:1", 2, ("cuda:0,cuda:1",)),
        ("cuda:3,cuda:1,cuda:0,cuda:2", 2, ("cuda:3,cuda:1", "cuda:0,cuda:2")),
    ],
)
def test_groups(device, division, expected):
    assert device_groups("vllm", device, division, count=lambda *_: 5) == expected


@pytest.mark.parametrize(
    ("engine", "device", "division", "message"),
    [
        ("transformers", "auto", 2, "keeps a model on one device"),
        ("transformers", "cuda:0,cuda:1", 2, "keeps a model on one device"),
        ("openai", "cuda:0,cuda:1", 1, "runs on no device of this machine"),
        ("openai", "auto", 2, "keeps a model on one device"),
        ("vllm", "cpu", 2, "divided over GPUs"),
        ("vllm", "cuda:1", 2, "is one device"),
        ("vllm", "cuda:0,cuda:1,cuda:2", 2, "groups of 2"),
        ("fake", "cuda:0,cuda:0", 1, "named twice"),
        ("fake", "cuda:0,rocm:0", 1, "named twice"),
        ("fake", "cuda,cuda", 1, "no number"),
        ("fake", "cuda:0,cuda:all", 1, "no number"),
        ("fake", "cuda:0,cpu", 1, "several kinds"),
        ("fake", "cpu,", 1, "no list of devices"),
        ("fake", "cpu:all", 1, "no list of devices"),
        ("fake", "auto:all", 1, "no list of devices"),
    ],
)
def test_what_makes_no_sense_is_refused(engine, device, division, message):
    with pytest.raises(UsageError, match=message):
        device_groups(engine, device, division, count=lambda *_: 8)


def test_all_of_none_is_refused():
    with pytest.raises(DeviceUnavailable, match="no device of the kind cuda"):
        device_groups("transformers", "cuda:all", count=lambda *_: 0)
    with pytest.raises(DeviceUnavailable, match="no 4 devices"):
        device_groups("vllm", "cuda:all", 4, count=lambda *_: 3)


def test_devices_are_counted_by_torch_in_a_process_of_its_own():
    import torch

    assert count_devices("transformers", "cuda") == (torch.cuda.device_count() if torch.cuda.is_available() else 0)


def test_a_spec_refuses_at_once_what_no_machine_could_do():
    with pytest.raises(UsageError, match="--ray chooses"):
        build_spec("m", "civics", engine="fake", device="cpu,cpu", ray="local:2")
    with pytest.raises(SpecError, match="tensor_parallel"):
        build_spec("m", "civics", engine="fake", tensor_parallel=0)


def test_place_is_in_the_spec_and_in_no_key():
    from workbench.benchmarks.catalogue import load_pack

    spec = fake_spec(("civics",), languages=("th",), limit=3)
    elsewhere = replace(spec, device="cpu,cpu")
    assert elsewhere.hash != spec.hash
    assert make_plan(elsewhere, load_pack).keys == make_plan(spec, load_pack).keys
    divided = replace(spec, engine="vllm", tensor_parallel=2)
    assert b"tensor_parallel" not in spec.canonical()
    assert spec_from_json(divided.canonical()) == divided
    assert make_plan(divided, load_pack).keys == make_plan(replace(divided, tensor_parallel=1), load_pack).keys


def test_each_engine_in_main_memory_holds_its_model():
    spec = replace(fake_spec(("civics",)), engine="transformers")
    needed = {
        device: memory_needed(replace(spec, device=device), 7) for device in ("cpu", "cpu,cpu,cpu", "cuda:0,cuda:1")
    }
    assert needed == {"cpu": 7, "cpu,cpu,cpu": 21, "cuda:0,cuda:1": 0}


def test_a_ray_actor_takes_the_gpus_that_its_model_is_divided_over():
    cluster = Cluster(Place(address="head:6379"), "", ((8, 4), (8, 3)))
    share = cluster.share(accelerated=True, gpus=2)
    assert (share.actors, share.gpus) == (3, 2)
    assert share.config(EngineConfig(tensor_parallel=2)).tensor_parallel == 2
    with pytest.raises(DeviceUnavailable, match="no node of the cluster has any"):
        Cluster(Place(), "", ((2, 0),)).share(accelerated=True, gpus=2)


def test_numbers_count_among_the_devices_that_may_be_seen():
    assert visible_devices("cuda:0,cuda:2") == "0,2"
    assert visible_devices("cuda:1,cuda:0", "4, GPU-a7,6") == "GPU-a7,4"
    with pytest.raises(DeviceUnavailable, match="no device cuda:3"):
        visible_devices("cuda:3", "0,1")


def test_vllm_divides_a_model_over_the_devices_of_its_group(monkeypatch, tmp_path):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    found = Found(tmp_path / "python", (("vllm", "0.32.0"),), cpu=False)
    config = EngineConfig(device="cuda:2,cuda:3", tensor_parallel=2)
    words = command_line(found, tmp_path, config)
    assert words[words.index("--tensor-parallel-size") + 1] == "2"
    assert environment(found, config)["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert "--tensor-parallel-size" not in command_line(found, tmp_path, EngineConfig(device="cuda:1"))


def test_the_command_of_a_report_names_the_place():
    result = example_result()
    spec = replace(result.spec, engine="vllm", device="cuda:all", tensor_parallel=2)
    assert "--device cuda:all" in command(replace(result, spec=spec))
    assert command(replace(result, spec=spec)).endswith("--tensor-parallel 2")
