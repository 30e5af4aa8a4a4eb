"""What is read from headers agrees with what transformers finds when it really loads the model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from workbench.models import inspect
from workbench.models.defaults import DEFAULTS
from workbench.models.memory import PATTERNS, read_cache

BASE = {
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 4, "num_attention_heads": 4, "vocab_size": 64,
    "max_position_embeddings": 256, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0,
}  # fmt: skip
GROUPED = {**BASE, "num_key_value_heads": 2}
MLA = {
    **BASE, "num_key_value_heads": 4, "kv_lora_rank": 8, "q_lora_rank": 12, "qk_rope_head_dim": 4, "qk_nope_head_dim": 8,
    "v_head_dim": 8, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_group": 2, "topk_group": 1,
    "moe_intermediate_size": 16, "first_k_dense_replace": 1,
}  # fmt: skip
EXPERTS = {
    "moe_intermediate_size": 16,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "shared_expert_intermediate_size": 16,
}
FAMILIES: Mapping[str, tuple[str, dict[str, object]]] = {
    "llama": ("Llama", GROUPED),
    "falcon": ("Falcon", {**BASE, "alibi": False}),
    "falcon_h1": (
        "Falcon-H1",
        {**GROUPED, "mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_n_groups": 1},
    ),
    "qwen2": ("Qwen 2", GROUPED),
    "qwen2_moe": ("Qwen 2 MoE", {**GROUPED, **EXPERTS}),
    "qwen3": ("Qwen 3", {**GROUPED, "head_dim": 16}),
    "qwen3_moe": ("Qwen 3 MoE", {**GROUPED, **EXPERTS, "head_dim": 16}),
    "mistral": ("Mistral", {**GROUPED, "sliding_window": None, "head_dim": 8}),
    "mixtral": ("Mixtral", {**GROUPED, "num_local_experts": 4}),
    "bloom": ("BLOOM", {"hidden_size": 32, "n_layer": 4, "n_head": 4, "vocab_size": 64}),
    "deepseek_v2": ("DeepSeek V2", {**MLA, "head_dim": 4}),
    "deepseek_v3": ("DeepSeek V3", MLA),
    "gemma": ("Gemma", {**GROUPED, "head_dim": 8}),
    "gemma2": ("Gemma 2", {**GROUPED, "head_dim": 8, "sliding_window": 6}),
    "gemma3_text": ("Gemma 3", {**GROUPED, "head_dim": 8, "sliding_window": 6}),
    "mpt": ("MPT", {"d_model": 32, "n_layers": 4, "n_heads": 4, "vocab_size": 64, "max_seq_len": 256, "expansion_ratio": 2}),
    "phi": ("Phi", GROUPED),
    "phi3": ("Phi 3", GROUPED),
    "olmo": ("OLMo", GROUPED),
    "olmo2": ("OLMo 2", GROUPED),
    "olmo3": ("OLMo 3", {**GROUPED, "sliding_window": 6}),
    "olmoe": ("OLMoE", {**GROUPED, "num_experts": 4, "num_experts_per_tok": 2}),
}  # fmt: skip


def saved(model_type: str, directory: Path, tokenizer) -> object:
    """Build a small random model of a family, save it, and return it."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **FAMILIES[model_type][1])
    model = AutoModelForCausalLM.from_config(config).eval()
    model.save_pretrained(directory)
    tokenizer().save(str(directory / "tokenizer.json"))
    return model


@pytest.mark.parametrize("model_type", FAMILIES)
def test_facts_of_a_real_checkpoint_agree_with_transformers(model_type, tmp_path, tokenizer):
    import torch

    model = saved(model_type, tmp_path / "model", tokenizer)
    facts = inspect(tmp_path / "model", context=5)
    assert facts.family.value == FAMILIES[model_type][0]
    assert facts.architecture.value == type(model).__name__
    assert facts.parameters.value == model.num_parameters()
    assert facts.vocabulary.value == model.config.vocab_size
    assert facts.dtype.value == "float32"
    context = getattr(model.config, "max_position_embeddings", getattr(model.config, "max_seq_len", None))
    assert facts.context_length.value == context
    stored = {tensor.data_ptr(): tensor for tensor in model.state_dict().values()}
    assert facts.memory.weights == sum(tensor.nbytes for tensor in stored.values())
    with torch.inference_mode():
        kept = model(torch.ones((1, 5), dtype=torch.long), use_cache=True).past_key_values
    assert facts.memory.kv_cache == cache_bytes(kept)


def cache_bytes(cache) -> int:
    """Return the bytes of every tensor a transformers cache holds."""
    import torch

    def tensors(value):
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, dict):
            for entry in value.values():
                yield from tensors(entry)
        elif isinstance(value, list | tuple):
            for entry in value:
                yield from tensors(entry)

    total = 0
    for layer in cache.layers:
        seen = {id(tensor): tensor for value in vars(layer).values() for tensor in tensors(value)}
        total += sum(tensor.nbytes for tensor in seen.values() if tensor.is_floating_point())
    return total


def test_assumed_values_are_those_of_transformers():
    from transformers import AutoConfig

    for model_type, values in DEFAULTS.items():
        config = AutoConfig.for_model(model_type).get_text_config()
        for name, value in values.items():
            assert getattr(config, name) == value, f"{model_type}.{name}"


def test_layers_that_slide_are_those_of_transformers():
    from transformers import AutoConfig

    for model_type in PATTERNS:
        config = AutoConfig.for_model(model_type).get_text_config()
        stated = {
            "model_type": model_type, "num_hidden_layers": config.num_hidden_layers, "num_attention_heads": 2,
            "hidden_size": 8, "sliding_window": 7,
        }  # fmt: skip
        slides = [layer.window is not None for layer in read_cache(stated).layers]
        assert slides == [kind == "sliding_attention" for kind in config.layer_types], model_type


@pytest.mark.parametrize("bos", [True, False])
@pytest.mark.parametrize("byte_level", [True, False])
@pytest.mark.parametrize("stated", [None, True, False])
@pytest.mark.parametrize("kind", [None, "LlamaTokenizer", "PreTrainedTokenizerFast", "GemmaTokenizer"])
def test_token_policy_is_what_transformers_does(make_model, tokenizer, bos, byte_level, stated, kind):
    from transformers import AutoTokenizer

    settings = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    settings |= {} if stated is None else {"add_bos_token": stated}
    settings |= {} if kind is None else {"tokenizer_class": kind}
    path = make_model(tokens=tokenizer(bos=bos, byte_level=byte_level), tokenizer_config=settings)
    policy = inspect(path).tokens
    ids = AutoTokenizer.from_pretrained(path)("ab").input_ids
    assert policy.add_bos is (ids[0] == 1)
    assert policy.add_eos is (ids[-1] == 2)
    assert policy.bos_id == 1
    assert ("does not read" in policy.source) is (stated not in (None, bos))


@pytest.mark.parametrize("name", ["gemma-3-270m", "smollm2-135m-instruct"])
@pytest.mark.real_model
def test_facts_of_the_demo_models_agree_with_transformers(demo_models, name):
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer
    from transformers.initialization import no_init_weights

    facts = inspect(demo_models[name])
    config = AutoConfig.from_pretrained(demo_models[name])
    import torch

    with torch.device("meta"), no_init_weights():
        model = AutoModelForCausalLM.from_config(config)
    model.tie_weights()
    assert facts.parameters.value == model.num_parameters()
    assert facts.context_length.value == config.max_position_embeddings
    assert facts.vocabulary.value == config.vocab_size
    tokens = AutoTokenizer.from_pretrained(demo_models[name])
    assert facts.tokens.add_bos is (tokens("a").input_ids[0] == tokens.bos_token_id)
    assert facts.tokens.bos_id == tokens.bos_token_id
    assert set(facts.tokens.eos_ids) >= {config.eos_token_id}


def test_a_configuration_that_leaves_everything_to_the_code(make_model):
    """As google/gemma-3-4b-it is published: the text model's heads, context and vocabulary stand nowhere."""
    config = {
        "architectures": ["Gemma3ForConditionalGeneration"],
        "model_type": "gemma3",
        "text_config": {
            "model_type": "gemma3_text",
            "hidden_size": 2560,
            "num_hidden_layers": 34,
            "sliding_window": 1024,
        },
        "vision_config": {"hidden_size": 1152},
    }
    facts = inspect(make_model(config=json.loads(json.dumps(config))), context=8192, dtype="bfloat16")
    assert facts.family.value == "Gemma 3"
    assert facts.context_length.value == 131_072
    assert facts.context_length.source == "transformers' default for gemma3_text:max_position_embeddings"
    full, sliding = 34 // 6, 34 - 34 // 6
    assert facts.memory.kv_cache == (full * 8192 + sliding * 1024) * 2 * 4 * 256 * 2
