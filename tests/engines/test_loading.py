"""What lies on disk may be damaged, incomplete, dangerous or too large: each is its own error."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import Engine, ScoreRequest
from workbench.engines.transformers import loading
from workbench.errors import (
    BadAdapter,
    BadConfig,
    CorruptWeights,
    DeviceUnavailable,
    MissingShard,
    NotFound,
    NoTokenizer,
    NoWeights,
    OutOfMemory,
    PickleWeights,
    RemoteCode,
    TruncatedShard,
    UsageError,
    WorkbenchError,
)

CPU = EngineConfig(device="cpu")


def change_weights(directory: Path, change) -> None:
    from safetensors.torch import load_file, save_file

    path = directory / "model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def set_nan(tensors) -> None:
    tensors["model.layers.1.mlp.up_proj.weight"][3, 4] = float("nan")


def set_infinite(tensors) -> None:
    tensors["model.norm.weight"][0] = float("-inf")


def lose_one(tensors) -> None:
    del tensors["model.layers.2.self_attn.q_proj.weight"]


def reshape_one(tensors) -> None:
    tensors["model.norm.weight"] = tensors["model.norm.weight"][:-1].clone()


def refused(directory: Path, error: type[WorkbenchError], match: str, config: EngineConfig = CPU, adapter=None) -> None:
    with pytest.raises(error, match=match) as caught:
        open_engine("transformers", directory, config, adapter)
    assert caught.value.remedy


def test_an_engine_keeps_the_protocol_and_says_what_ran(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", token_budget=128))
    assert isinstance(engine, Engine)
    facts = engine.facts()
    assert (facts.engine, facts.device, facts.dtype, facts.bos) == ("transformers", "cpu", "float32", "tokenizer")
    assert (facts.context_length, facts.token_budget, facts.strategy) == (64, 128, "shared-prefix")
    assert None not in {facts.model_memory, facts.peak_memory}
    assert facts.peak_memory > facts.model_memory > 0
    assert dict(facts.versions).keys() >= {"torch", "transformers"}


def test_a_closed_engine_keeps_its_facts_and_answers_no_more(tiny):
    engine = open_engine("transformers", tiny("llama"), CPU)
    list(engine.score([ScoreRequest("x", "a", ("b",))]))
    before = engine.facts().computed_tokens
    engine.close()
    engine.close()
    assert engine.facts().computed_tokens == before > 0
    with pytest.raises(UsageError, match="closed"):
        engine.score([])


@pytest.mark.parametrize(
    ("change", "tensor"),
    [
        (set_nan, r"model\.layers\.1\.mlp\.up_proj\.weight holds NaN"),
        (set_infinite, r"model\.norm\.weight holds NaN or infinity"),
        (lose_one, r"hold no model\.layers\.2\.self_attn\.q_proj\.weight"),
        (reshape_one, "shape"),
    ],
)
def test_weights_that_are_not_what_they_should_be(tiny, copy_of, change, tensor: str):
    directory = copy_of(tiny("llama"))
    change_weights(directory, change)
    refused(directory, CorruptWeights, tensor)


def test_a_shard_that_was_cut_short(tiny, copy_of):
    directory = copy_of(tiny("llama"))
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    refused(directory, TruncatedShard, "missing")


def test_a_file_that_is_no_safetensors_file(tiny, copy_of):
    directory = copy_of(tiny("llama"))
    (directory / "model.safetensors").write_bytes(b"<html>404</html>" * 10)
    refused(directory, CorruptWeights, "the header would have")


def test_a_shard_the_index_names_is_missing(tiny, copy_of):
    directory = copy_of(tiny("llama"))
    (directory / "model.safetensors").rename(directory / "model-00001-of-00002.safetensors")
    index = {"metadata": {}, "weight_map": {"model.norm.weight": "model-00002-of-00002.safetensors"}}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(directory, MissingShard, "model-00002-of-00002")


def test_no_weights_pickled_weights_no_tokenizer_no_model(tiny, copy_of):
    directory = copy_of(tiny("llama"))
    refused(directory / "elsewhere", NotFound, "no model is there")
    weights = (directory / "model.safetensors").rename(directory / "pytorch_model.bin")
    refused(directory, PickleWeights, r"pytorch_model\.bin")
    weights.unlink()
    refused(directory, NoWeights, "no weights")
    shutil.copy(tiny("llama") / "model.safetensors", directory)
    (directory / "tokenizer.json").unlink()
    (directory / "tokenizer_config.json").unlink()
    refused(directory, NoTokenizer, "tokenizer")


def test_configurations_that_cannot_be_used(tiny, copy_of):
    directory = copy_of(tiny("llama"))
    path = directory / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"model_type": "no-such-family"}))
    refused(directory, BadConfig, "no-such-family")
    path.write_text(json.dumps(config | {"auto_map": {"AutoModelForCausalLM": "evil.Model"}, "model_type": "evil"}))
    (directory / "evil.py").write_text("raise SystemExit('this must never run')")
    refused(directory, RemoteCode, "own Python")
    path.write_text("{")
    refused(directory, BadConfig, "config")


def test_devices_that_are_not_here(tiny):
    refused(tiny("llama"), DeviceUnavailable, "cuda:7", EngineConfig(device="cuda:7"))
    refused(tiny("llama"), DeviceUnavailable, "no device rocm", EngineConfig(device="rocm:9"))
    refused(tiny("llama"), UsageError, "is no device", EngineConfig(device="gpu0"))


def test_a_model_that_does_not_fit_is_refused_before_it_is_tried(tiny, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loading, "free_memory", lambda _device: loading.RESERVE + 1000)
    refused(tiny("llama"), OutOfMemory, "GiB are free on cpu")


def test_more_context_than_the_model_has(tiny):
    refused(tiny("llama"), UsageError, "context has 64 tokens", EngineConfig(device="cpu", max_length=65))


def test_unknown_engine(tiny):
    with pytest.raises(UsageError, match="no engine 'vortex'"):
        open_engine("vortex", tiny("llama"), CPU)


@pytest.fixture(scope="session")
def lora(tiny, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LoRA adapter of the tiny Llama, with weights that matter."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    directory = tmp_path_factory.mktemp("lora")
    with torch.random.fork_rng():
        torch.manual_seed(3)
        model = get_peft_model(
            AutoModelForCausalLM.from_pretrained(tiny("llama")),
            LoraConfig(r=4, target_modules=["q_proj", "v_proj", "up_proj"], task_type="CAUSAL_LM"),
        )
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.data.normal_()
    model.save_pretrained(directory)
    return directory


def test_an_adapter_changes_the_scores_as_peft_does(tiny, lora: Path):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base, request = tiny("llama"), ScoreRequest("x", "The cat", (" sat", " dog"))
    engine = open_engine("transformers", base, CPU, lora)
    (adapted,) = engine.score([request])
    (plain,) = open_engine("transformers", base, CPU).score([request])
    assert engine._forward.head.apart
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), lora).eval()
    tokenizer = AutoTokenizer.from_pretrained(base)
    start = len(tokenizer(request.context)["input_ids"])
    for continuation, found, without in zip(
        request.continuations, adapted.continuations, plain.continuations, strict=True
    ):
        ids = tokenizer(request.context + continuation)["input_ids"]
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected = sum(logits[i - 1, ids[i]].item() for i in range(start, len(ids)))
        assert found.log_likelihood == pytest.approx(expected, abs=1e-4)
        assert abs(found.log_likelihood - without.log_likelihood) > 0.1


def test_adapters_that_do_not_fit(tiny, lora: Path, tmp_path: Path):
    refused(tiny("bloom"), BadAdapter, "does not fit", adapter=lora)
    refused(tiny("llama"), BadAdapter, r"adapter_config\.json", adapter=tmp_path)
    copy = Path(shutil.copytree(lora, tmp_path / "lora"))
    weights = copy / "adapter_model.safetensors"
    weights.rename(copy / "adapter_model.bin")
    refused(tiny("llama"), PickleWeights, "pickle", adapter=copy)
    (copy / "adapter_model.bin").unlink()
    refused(tiny("llama"), BadAdapter, r"adapter_model\.safetensors", adapter=copy)
    shutil.copy(lora / "adapter_model.safetensors", copy)
    config = json.loads((copy / "adapter_config.json").read_text())
    (copy / "adapter_config.json").write_text(json.dumps(config | {"peft_type": "PROMPT_TUNING"}))
    refused(tiny("llama"), BadAdapter, "PROMPT_TUNING", adapter=copy)


def test_adapter_weights_that_are_incomplete(tiny, lora: Path, tmp_path: Path):
    from safetensors.torch import load_file, save_file

    copy = Path(shutil.copytree(lora, tmp_path / "lora"))
    tensors = load_file(copy / "adapter_model.safetensors")
    del tensors[min(tensors)]
    save_file(tensors, copy / "adapter_model.safetensors")
    refused(tiny("llama"), BadAdapter, "disagree on 1 tensors", adapter=copy)
