"""Exact parameters: tied tensors once, packed tensors as what they stand for, unknown with a reason."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.facts import Origin
from workbench.models import inspect
from workbench.models.parameters import count_parameters, stored_dtype
from workbench.models.safetensors import Tensor


def tensor(dtype: str, *shape: int) -> Tensor:
    return Tensor(dtype, shape, 0, 0)


def test_every_number_of_an_untied_model_counts(make_model, tensors):
    facts = inspect(make_model())
    assert facts.parameters.value == sum(array.size for array in tensors.values())
    assert facts.parameters.origin is Origin.MEASURED


def test_a_tied_output_layer_counts_once(make_model, tensors):
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "tie_word_embeddings": True}
    facts = inspect(make_model(config=config))
    assert facts.parameters.value == sum(array.size for array in tensors.values()) - tensors["lm_head.weight"].size
    assert facts.memory.weights == 4 * facts.parameters.value


def test_a_silent_configuration_ties_as_its_model_type_does():
    stored = {"transformer.word_embeddings.weight": tensor("F16", 10, 4), "lm_head.weight": tensor("F16", 10, 4)}
    from workbench.models.defaults import with_defaults

    assert count_parameters(stored, with_defaults({"model_type": "bloom"})).value == 40
    assert count_parameters(stored, with_defaults({"model_type": "llama"})).value == 80


def test_an_output_layer_of_another_shape_is_not_tied():
    stored = {"embed_tokens.weight": tensor("F16", 10, 4), "lm_head.weight": tensor("F16", 12, 4)}
    assert count_parameters(stored, {"tie_word_embeddings": True}).value == 88


def test_buffers_do_not_count():
    stored = {
        "w.weight": tensor("F32", 3),
        "a.rotary_emb.inv_freq": tensor("F32", 64),
        "h.attn.bias": tensor("F32", 99),
    }
    assert count_parameters(stored, {}).value == 3


@pytest.mark.parametrize(
    ("stored", "config", "count"),
    [
        (
            {"a.qweight": tensor("I32", 16, 64), "a.qzeros": tensor("I32", 1, 8), "a.scales": tensor("F16", 1, 64),
             "a.g_idx": tensor("I32", 128), "a.bias": tensor("F16", 64)},
            {"quant_method": "gptq", "bits": 4},
            128 * 64 + 64,
        ),
        (
            {"a.qweight": tensor("I32", 12, 64), "a.scales": tensor("F16", 1, 64)},
            {"quant_method": "gptq", "bits": 3},
            128 * 64,
        ),
        (
            {"a.qweight": tensor("I32", 128, 8), "a.qzeros": tensor("I32", 1, 8), "a.scales": tensor("F16", 1, 64)},
            {"quant_method": "awq", "bits": 4},
            128 * 64,
        ),
        (
            {"a.weight": tensor("U8", 4096, 1), "a.weight.absmax": tensor("U8", 128),
             "a.weight.quant_map": tensor("F32", 16), "a.weight.nested_absmax": tensor("F32", 1),
             "a.weight.quant_state.bitsandbytes__nf4": tensor("U8", 80), "norm.weight": tensor("BF16", 64)},
            {"quant_method": "bitsandbytes", "load_in_4bit": True},
            8192 + 64,
        ),
        (
            {"a.weight": tensor("I8", 128, 64), "a.SCB": tensor("F32", 128), "a.weight_format": tensor("U8")},
            {"quant_method": "bitsandbytes", "load_in_8bit": True},
            8192,
        ),
        (
            {"a.weight": tensor("F8_E4M3", 256, 128), "a.weight_scale_inv": tensor("F32", 2, 1)},
            {"quant_method": "fp8"},
            256 * 128,
        ),
        (
            {"a_blocks": tensor("U8", 4, 64, 2, 16), "a_scales": tensor("U8", 4, 64, 2), "a_bias": tensor("BF16", 64)},
            {"quant_method": "mxfp4"},
            4 * 64 * 64 + 64,
        ),
        (
            {"a.weight_packed": tensor("I32", 64, 16), "a.weight_scale": tensor("BF16", 64, 1),
             "a.weight_shape": tensor("I64", 2)},
            {"quant_method": "compressed-tensors", "config_groups": {"g": {"weights": {"num_bits": 4}}}},
            64 * 128,
        ),
    ],
    ids=["gptq-4", "gptq-3", "awq", "bnb-4", "bnb-8", "fp8", "mxfp4", "compressed-tensors"],
)  # fmt: skip
def test_packed_weights_count_as_what_they_stand_for(stored, config, count):
    fact = count_parameters(stored, {"quantization_config": config})
    assert fact.value == count
    assert config["quant_method"] in fact.source


@pytest.mark.parametrize(
    ("stored", "config", "reason"),
    [
        ({"a.qweight": tensor("I32", 16, 64)}, {}, "no quantization_config"),
        ({"a.qweight": tensor("I32", 16, 64)}, {"quantization_config": {"quant_method": "gptq"}}, "without a number"),
        ({"a.qweight": tensor("I32", 4)}, {"quantization_config": {"quant_method": "gptq", "bits": 0}}, "without"),
        ({"a.W_q": tensor("U8", 4)}, {"quantization_config": {"quant_method": "hqq"}}, "hqq, whose layout"),
        ({"a.codes": tensor("I8", 4)}, {"quantization_config": {}}, "an unnamed method"),
    ],
)
def test_a_packing_that_shapes_do_not_explain_is_unknown_with_a_reason(stored, config, reason):
    fact = count_parameters(stored, config)
    assert fact.origin is Origin.UNKNOWN
    assert reason in fact.source


def test_the_type_of_packed_weights_is_that_of_the_numbers_beside_them():
    assert stored_dtype({"a": tensor("I32", 999), "b": tensor("F16", 9), "c": tensor("F32", 1)}).value == "float16"
    assert stored_dtype({"a": tensor("I8", 9)}).value == "i8"
    assert stored_dtype({}).origin is Origin.UNKNOWN


def test_quantisation_is_stated(make_model, tensors):
    config = {"model_type": "llama", "quantization_config": {"quant_method": "gptq", "bits": 4}}
    packed = {**tensors, "model.x.qweight": np.zeros((2, 8), np.int32)}
    facts = inspect(make_model(config=config, weights=packed))
    assert (facts.quantisation.value, facts.quantisation.origin) == ("gptq 4", Origin.DECLARED)
    assert facts.parameters.value == sum(array.size for array in tensors.values()) + 128


def test_packed_weights_that_nobody_declared_are_an_unknown_quantisation(make_model, tensors):
    packed = {**tensors, "model.x.qweight": np.zeros((2, 8), np.int32)}
    facts = inspect(make_model(weights=packed))
    assert facts.quantisation.origin is Origin.UNKNOWN


def test_the_tables_a_gguf_stores_for_rope_do_not_count(make_gguf):
    weights = {"token_embd.weight": np.ones((30, 16), np.float32), "rope_freqs.weight": np.ones(8, np.float32)}
    assert inspect(make_gguf(weights=weights)).parameters.value == 480
