"""Families by architecture, in configurations and in GGUF files."""

from __future__ import annotations

import pytest

from workbench.facts import Origin
from workbench.models import inspect

ARCHITECTURES = {
    "LlamaForCausalLM": "Llama",
    "FalconForCausalLM": "Falcon",
    "RWForCausalLM": "Falcon",
    "FalconH1ForCausalLM": "Falcon-H1",
    "Qwen2ForCausalLM": "Qwen 2",
    "Qwen2MoeForCausalLM": "Qwen 2 MoE",
    "Qwen3ForCausalLM": "Qwen 3",
    "Qwen3MoeForCausalLM": "Qwen 3 MoE",
    "MistralForCausalLM": "Mistral",
    "MixtralForCausalLM": "Mixtral",
    "BloomForCausalLM": "BLOOM",
    "DeepseekV2ForCausalLM": "DeepSeek V2",
    "DeepseekV3ForCausalLM": "DeepSeek V3",
    "GemmaForCausalLM": "Gemma",
    "Gemma2ForCausalLM": "Gemma 2",
    "Gemma3ForCausalLM": "Gemma 3",
    "Gemma3ForConditionalGeneration": "Gemma 3",
    "MptForCausalLM": "MPT",
    "MPTForCausalLM": "MPT",
    "PhiForCausalLM": "Phi",
    "Phi3ForCausalLM": "Phi 3",
    "OlmoForCausalLM": "OLMo",
    "Olmo2ForCausalLM": "OLMo 2",
    "OlmoeForCausalLM": "OLMoE",
}


@pytest.mark.parametrize(("architecture", "family"), ARCHITECTURES.items())
def test_family_by_architecture(make_model, architecture, family):
    facts = inspect(make_model(config={"architectures": [architecture], "model_type": "whatever"}))
    assert facts.family.value == family
    assert facts.family.origin is Origin.MEASURED
    assert facts.architecture.value == architecture


@pytest.mark.parametrize("name", ["SEA-LION-v1-7B", "sealion7b", "llama_sea_lion_v3"])
def test_sea_lion_is_named_beside_what_it_is_inside(make_model, name):
    facts = inspect(make_model(name, config={"architectures": ["MPTForCausalLM"]}))
    assert facts.family.value == "MPT (SEA-LION)"


def test_other_models_by_their_model_type(make_model):
    facts = inspect(make_model(config={"architectures": ["NovelForCausalLM"], "model_type": "novel"}))
    assert (facts.family.value, facts.family.origin) == ("novel", Origin.DECLARED)


def test_a_model_type_alone_is_enough(make_model):
    facts = inspect(make_model(config={"model_type": "novel"}))
    assert facts.family.value == "novel"
    assert facts.architecture.origin is Origin.UNKNOWN


@pytest.mark.parametrize(
    ("architecture", "metadata", "family"),
    [
        ("llama", {}, "Llama"),
        ("llama", {"llama.expert_count": 8}, "Mixtral"),
        ("gemma3", {}, "Gemma 3"),
        ("falcon-h1", {}, "Falcon-H1"),
        ("qwen3moe", {}, "Qwen 3 MoE"),
        ("deepseek2", {}, "DeepSeek V2"),
        ("deepseek2", {"deepseek2.expert_gating_func": 2}, "DeepSeek V3"),
        ("novel", {}, "novel"),
    ],
)
def test_family_of_a_gguf(make_gguf, architecture, metadata, family):
    facts = inspect(make_gguf(architecture=architecture, metadata=metadata))
    assert facts.family.value == family
    assert facts.family.origin is (Origin.DECLARED if family == "novel" else Origin.MEASURED)
