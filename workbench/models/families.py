"""Which family an architecture belongs to, as people say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workbench.facts import Fact, declared, measured, unknown

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "LlamaForCausalLM": "Llama",
        "FalconForCausalLM": "Falcon",
        "RWForCausalLM": "Falcon",
        "FalconH1ForCausalLM": "Falcon-H1",
        "FalconMambaForCausalLM": "Falcon Mamba",
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
        "PhimoeForCausalLM": "Phi MoE",
        "OlmoForCausalLM": "OLMo",
        "Olmo2ForCausalLM": "OLMo 2",
        "Olmo3ForCausalLM": "OLMo 3",
        "OlmoeForCausalLM": "OLMoE",
    }
)
GGUF_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "llama": "Llama", "falcon": "Falcon", "falcon-h1": "Falcon-H1", "qwen2": "Qwen 2", "qwen2moe": "Qwen 2 MoE",
        "qwen3": "Qwen 3", "qwen3moe": "Qwen 3 MoE", "bloom": "BLOOM", "deepseek2": "DeepSeek V2/V3",
        "gemma": "Gemma", "gemma2": "Gemma 2", "gemma3": "Gemma 3", "mpt": "MPT", "phi2": "Phi", "phi3": "Phi 3",
        "olmo": "OLMo", "olmo2": "OLMo 2", "olmoe": "OLMoE",
    }
)  # fmt: skip


def family(architecture: str | None, model_type: str | None, name: str = "") -> Fact[str]:
    """Return the family of a Hugging Face model: by architecture, else by its declared `model_type`.

    SEA-LION models up to version 2 are MPT or Llama inside; their own name is added where the directory says so.
    """
    if architecture is not None and architecture in FAMILIES:
        found = FAMILIES[architecture]
        sea_lion = "sea-lion" in name.lower() or "sealion" in name.lower()
        return measured(f"{found} (SEA-LION)" if sea_lion else found, "config.json:architectures")
    return declared(model_type, "config.json:model_type")


def gguf_family(architecture: str) -> Fact[str]:
    """Return the family of a GGUF file by the name llama.cpp gives its architecture."""
    if architecture in GGUF_FAMILIES:
        return measured(GGUF_FAMILIES[architecture], "general.architecture")
    return declared(architecture, "general.architecture") if architecture else unknown("general.architecture")
