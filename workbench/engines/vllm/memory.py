"""What vLLM takes of main memory on the CPU: more than the model, and most of it at once when it starts."""

from __future__ import annotations

import os
from dataclasses import replace

from workbench.models.facts import MemoryEstimate, ModelFacts

SPACE = "VLLM_CPU_KVCACHE_SPACE"
GRAIN = 1 << 30
"""The variable counts in GiB."""
LEAST_CACHE = 2 * GRAIN
PROCESSES = 5 * GRAIN // 2
"""Its server, its scheduler and its worker beside weights, cache and logits (measured: docs/engines.md)."""
STEP_TOKENS = 2048
LEAST_STEP = 256
LOGITS = GRAIN
"""Room for a step's logits: vLLM holds the log-probabilities of a prompt for all of a step's tokens at once."""
LOGIT_BYTES = 8
"""Bytes that one of them takes: the logit and its float32 log-probability."""


def cache_space(one_sequence: int) -> int:
    """Return the bytes to give vLLM for keys and values: what its variable says, else room for a full context.

    vLLM does not start unless one sequence of its context length fits, whose keys and values are `one_sequence` bytes.
    """
    said = os.environ.get(SPACE, "")
    if said.isdecimal() and int(said):
        return int(said) * GRAIN
    return max(LEAST_CACHE, (one_sequence // GRAIN + 1) * GRAIN)  # a whole step more: it keeps a block for itself


def step_tokens(vocabulary: int, said: int | None = None) -> int:
    """Return the tokens of one step: what the configuration says, else so many that their logits have room."""
    return said or max(LEAST_STEP, min(STEP_TOKENS, LOGITS // (max(1, vocabulary) * LOGIT_BYTES)))


def memory_on_cpu(model: ModelFacts, token_budget: int | None = None) -> MemoryEstimate:
    """Return what vLLM's processes take for a model on the CPU: its whole cache, a step's logits, and themselves."""
    plain = model.memory
    vocabulary = model.vocabulary.value or 0
    tokens = step_tokens(vocabulary, token_budget)
    step = min(tokens, plain.context or tokens) * vocabulary * LOGIT_BYTES
    cache = cache_space(plain.kv_cache)
    formula = (
        f"weights {plain.weights:,} + vLLM's cache {cache:,} + logits of a step of at most {tokens:,} tokens {step:,}"
        f" + its processes {PROCESSES:,}; together {plain.weights + cache + step + PROCESSES:,} bytes"
    )
    return replace(plain, kv_cache=cache, overhead=step + PROCESSES, formula=formula)
