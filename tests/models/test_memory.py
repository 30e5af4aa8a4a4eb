"""The memory estimate: parts, and a formula that gives them when it is worked out."""

from __future__ import annotations

import re

import pytest

from workbench.models import inspect
from workbench.models.memory import estimate, read_cache


def cache_bytes(config: dict[str, object], context: int, *, dtype: str = "float16", batch: int = 1) -> int:
    return estimate(0, read_cache(config), dtype=dtype, context=context, batch=batch).kv_cache


def test_grouped_query_attention():
    """Llama 3 8B: 128 KiB a token in 16 bits."""
    config = {"num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "hidden_size": 4096}
    assert cache_bytes(config, 1) == 128 * 1024
    assert cache_bytes(config, 8192, batch=2) == 2 << 30
    assert cache_bytes(config, 1, dtype="float32") == 256 * 1024


def test_multi_query_attention():
    falcon = {"num_hidden_layers": 32, "num_attention_heads": 71, "hidden_size": 4544, "multi_query": True}
    assert cache_bytes(falcon, 1) == 32 * 2 * 64 * 2


def test_multi_head_latent_attention():
    """DeepSeek V3: 61 layers of 512 + 64 numbers, some 70 KB a token."""
    config = {
        "num_hidden_layers": 61, "num_attention_heads": 128, "hidden_size": 7168, "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
    }  # fmt: skip
    assert cache_bytes(config, 1) == 61 * 576 * 2


def test_a_stated_head_dimension_wins():
    config = {"num_hidden_layers": 1, "num_attention_heads": 4, "hidden_size": 640, "head_dim": 256}
    assert cache_bytes(config, 1) == 2 * 4 * 256 * 2


SLIDING = {"num_hidden_layers": 12, "num_attention_heads": 1, "hidden_size": 8, "sliding_window": 100}


@pytest.mark.parametrize(
    ("more", "full"),
    [
        ({}, 0),
        ({"use_sliding_window": False}, 12),
        ({"model_type": "qwen2"}, 12),
        ({"model_type": "qwen2", "use_sliding_window": True, "max_window_layers": 4}, 4),
        ({"model_type": "gemma2"}, 6),
        ({"model_type": "gemma3_text"}, 2),
        ({"sliding_window_pattern": 3}, 4),
        ({"layer_types": ["full_attention"] * 5 + ["sliding_attention"] * 7}, 5),
        ({"sliding_window": None}, 12),
    ],
)
def test_sliding_windows(more, full):
    assert cache_bytes({**SLIDING, **more}, 1000) == (full * 1000 + (12 - full) * 100) * 2 * 8 * 2


def test_layers_without_attention_keep_no_tokens():
    kinds = ["linear_attention", "linear_attention", "full_attention"] * 4
    assert cache_bytes({**SLIDING, "sliding_window": None, "layer_types": kinds}, 10) == 4 * 10 * 2 * 8 * 2


def test_heads_that_differ_by_layer():
    config = {"num_hidden_layers": 3, "num_attention_heads": 4, "hidden_size": 32, "num_key_value_heads": [1, 2, 4]}
    assert cache_bytes(config, 1) == 2 * 8 * (1 + 2 + 4) * 2


def test_a_silent_configuration_has_no_cache():
    assert cache_bytes({}, 4096) == 0


@pytest.mark.parametrize(
    "config",
    [
        {"num_hidden_layers": 32, "num_attention_heads": 32, "hidden_size": 4096},
        {**SLIDING, "model_type": "gemma3_text"},
        {**SLIDING, "mamba_d_ssm": 16, "mamba_d_state": 8, "mamba_d_conv": 4},
    ],
)
def test_the_formula_works_out_to_the_estimate(config):
    found = estimate(123_456, read_cache(config), dtype="bfloat16", context=2048, batch=3)
    text = found.formula.replace(",", "")
    bracket = re.search(r"cache \(([^)]*)\) × (\d+) bytes × batch (\d+) = (\d+)", text)
    words = re.sub(r" of recurrent state| layers| tokens", "", bracket[1]).replace("×", "*")
    assert eval(words) * int(bracket[2]) * int(bracket[3]) == int(bracket[4]) == found.kv_cache  # noqa: S307 — our own text
    assert f"weights {found.weights} " in text
    assert f"= {found.overhead};" in text
    assert f"together {found.total} bytes" in text


def test_context_batch_and_dtype_are_asked_for(make_model):
    path = make_model()
    plain, asked = inspect(path).memory, inspect(path, context=50, batch=4, dtype="bfloat16").memory
    assert (plain.context, plain.batch, plain.dtype) == (128, 1, "float32")
    assert (asked.context, asked.batch, asked.dtype) == (50, 4, "bfloat16")
    assert asked.weights * 2 == plain.weights
    assert asked.kv_cache == 2 * 50 * (2 * 2 * 4) * 2 * 4


def test_a_gguf_is_unpacked(make_gguf):
    path = make_gguf()
    assert inspect(path).memory.weights == 30 * 16 * 4
    assert inspect(path, dtype="float16").memory.weights == 30 * 16 * 2
    assert inspect(path, context=10).memory.kv_cache == 2 * 10 * (2 * 2 * 4) * 4


def test_a_gguf_with_windows_and_latents(make_gguf):
    pattern = make_gguf(
        "pattern.gguf",
        metadata={"llama.attention.sliding_window": 4, "llama.attention.sliding_window_pattern": [True, False]},
    )
    assert inspect(pattern, context=10).memory.kv_cache == (4 + 10) * (2 * 2 * 4) * 4
    heads = make_gguf("heads.gguf", metadata={"llama.attention.head_count_kv": [1, 4]})
    assert inspect(heads, context=10).memory.kv_cache == 10 * 2 * (1 + 4) * 4 * 4
    latent = make_gguf(
        "latent.gguf",
        architecture="deepseek2",
        metadata={"deepseek2.attention.kv_lora_rank": 6, "deepseek2.rope.dimension_count": 2},
    )
    assert inspect(latent, context=10).memory.kv_cache == 2 * 10 * (6 + 2) * 4
