"""Which family an architecture belongs to, as people say it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workbench.facts import Fact, declared, measured
from workbench.models.gguf import GGUFHeader

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
        "Mistral3ForConditionalGeneration": "Mistral",
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
        "qwen3": "Qwen 3", "qwen3moe": "Qwen 3 MoE", "bloom": "BLOOM", "deepseek2": "DeepSeek V2",
        "gemma": "Gemma", "gemma2": "Gemma 2", "gemma3": "Gemma 3", "mpt": "MPT", "phi2": "Phi", "phi3": "Phi 3",
        "phimoe": "Phi MoE", "olmo": "OLMo", "olmo2": "OLMo 2", "olmoe": "OLMoE",
    }
)  # fmt: skip
SIGMOID = 2
"""llama.cpp's number for the gating function that DeepSeek V3 brought."""


def family(architecture: str | None, model_type: str | None, name: str = "") -> Fact[str]:
    """Return the family of a Hugging Face model: by architecture, else by its declared `model_type`.

    SEA-LION models up to version 2 are MPT or Llama inside; their own name is added where the directory says so.
    """
    if architecture is not None and architecture in FAMILIES:
        found = FAMILIES[architecture]
        plain = name.lower().replace("-", "").replace("_", "")
        sea_lion = "sealion" in plain
        return measured(f"{found} (SEA-LION)" if sea_lion else found, "config.json:architectures")
    return declared(model_type, "config.json:model_type")


def gguf_family(header: GGUFHeader) -> Fact[str]:
    """Return the family of a GGUF file by the name llama.cpp gives its architecture.

    Some share a name: Mixtral is ``llama`` with experts, DeepSeek V2 and V3 differ in how they gate theirs.
    """
    name = header.architecture
    found = GGUF_FAMILIES.get(name)
    if found is None:
        return declared(name or None, "general.architecture")
    if name == "llama" and header.number("llama.expert_count"):
        return measured("Mixtral", "general.architecture and llama.expert_count")
    if name == "deepseek2":
        sigmoid = header.number("deepseek2.expert_gating_func") == SIGMOID
        return measured("DeepSeek V3" if sigmoid else "DeepSeek V2", "deepseek2.expert_gating_func")
    return measured(found, "general.architecture")
