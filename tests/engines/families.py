"""Every family of models at a glance: tiny random checkpoints, scored and continued by the engine and the plain way.

`make families` prints the table and puts it between the markers in README.md; `test_families.py` checks both.
"""

from __future__ import annotations

import argparse
import math
import runpy
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest, ScoreRequest

HERE = Path(__file__).resolve().parent
README = HERE.parents[1] / "README.md"
BEGIN, END = "<!-- families: written by `make families` -->", "<!-- /families -->"
HEADER = ("family", "architecture", "attention", "strategy", "max difference", "generation")

CONTEXT, WINDOW, NEW_TOKENS, BUDGET = 256, 16, 8, 160
"""Tokens. The budget is small so that the few-shot prefix is computed apart from what follows, as in a real run."""
VOCABULARY = 420
IDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
SIZES = {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4} | IDS
COMMON = SIZES | {"intermediate_size": 64, "num_key_value_heads": 2, "max_position_embeddings": CONTEXT}
EXPERTS = {"moe_intermediate_size": 16, "num_experts_per_tok": 2}
LATENT = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8}
DEEPSEEK = COMMON | EXPERTS | LATENT | {
    "num_key_value_heads": 4, "n_routed_experts": 4, "n_shared_experts": 1, "n_group": 1, "topk_group": 1,
    "first_k_dense_replace": 1,
}  # fmt: skip
FALCON = SIZES | {"multi_query": True, "parallel_attn": True, "bias": False, "max_position_embeddings": CONTEXT}
MAMBA = {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_chunk_size": 8}
GEMMA = COMMON | {"head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": WINDOW}
MIXED = ["sliding_attention", "sliding_attention", "full_attention"]


@dataclass(frozen=True, slots=True)
class Family:
    """One row: a configuration class of transformers, its options, and how its attention works in words."""

    name: str
    config: str
    attention: str
    options: dict[str, Any]
    bos: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine did with a family; `difference` is the largest of a log-likelihood, in nats."""

    family: Family
    architecture: str
    strategy: str
    difference: float
    same_text: bool

    def cells(self) -> tuple[str, ...]:
        """Return the row of the table, in the order of `HEADER`."""
        name, written = self.family.name, "equal" if self.same_text else "**differs**"
        return name, self.architecture, self.family.attention, self.strategy, f"{self.difference:.0e}", written


FAMILIES = (
    Family("Llama", "LlamaConfig", "grouped, rotary", COMMON),
    Family("Falcon3", "LlamaConfig", "grouped, rotary, wide heads", COMMON | {"head_dim": 16}, bos=False),
    Family("Falcon 7B", "FalconConfig", "multi-query, parallel, rotary", FALCON, bos=False),
    Family("Falcon RW", "FalconConfig", "multi-head, ALiBi",
           FALCON | {"multi_query": False, "parallel_attn": False, "alibi": True, "bias": True}, bos=False),
    Family("Falcon 7B with ALiBi", "FalconConfig", "multi-query, parallel, ALiBi", FALCON | {"alibi": True}, bos=False),
    Family("Falcon-H1", "FalconH1Config", "grouped beside Mamba-2", COMMON | MAMBA, bos=False),
    Family("Qwen 2", "Qwen2Config", "grouped, rotary, biases", COMMON | {"tie_word_embeddings": True}, bos=False),
    Family("Qwen 3", "Qwen3Config", "grouped, rotary, normed", COMMON | {"head_dim": 8}, bos=False),
    Family("Qwen 3 MoE", "Qwen3MoeConfig", "grouped, rotary, normed; experts",
           COMMON | EXPERTS | {"head_dim": 8, "num_experts": 4}, bos=False),
    Family("Mistral", "MistralConfig", "grouped, sliding window", COMMON | {"sliding_window": WINDOW}),
    Family("Mixtral", "MixtralConfig", "grouped, rotary; experts", COMMON | {"num_local_experts": 4}),
    Family("BLOOM", "BloomConfig", "multi-head, ALiBi",
           IDS | {"vocab_size": VOCABULARY, "hidden_size": 32, "n_layer": 3, "n_head": 4}, bos=False),
    Family("MPT", "MptConfig", "multi-head, ALiBi",
           IDS | {"vocab_size": VOCABULARY, "d_model": 32, "n_layers": 3, "n_heads": 4, "max_seq_len": CONTEXT}, bos=False),
    Family("DeepSeek V2", "DeepseekV2Config", "latent (MLA); experts", DEEPSEEK | {"topk_method": "greedy"}),
    Family("DeepSeek V3", "DeepseekV3Config", "latent (MLA); experts", DEEPSEEK),
    Family("Gemma 2", "Gemma2Config", "sliding and full in turn, soft caps",
           GEMMA | {"final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0}),
    Family("Gemma 3", "Gemma3TextConfig", "sliding and full mixed, normed", GEMMA | {"layer_types": MIXED}),
    Family("Phi", "PhiConfig", "multi-head, partly rotary, parallel", COMMON | {"num_key_value_heads": 4}, bos=False),
    Family("Phi-3", "Phi3Config", "grouped, sliding window", COMMON | {"sliding_window": WINDOW}),
    Family("OLMo", "OlmoConfig", "grouped, rotary", COMMON, bos=False),
    Family("OLMo 2", "Olmo2Config", "grouped, rotary, normed", COMMON, bos=False),
    Family("GPT-2", "GPT2Config", "multi-head, learned positions",
           IDS | {"vocab_size": VOCABULARY, "n_embd": 32, "n_layer": 3, "n_head": 4, "n_positions": CONTEXT}, bos=False),
)  # fmt: skip

SHOTS = (
    "Q: 12 + 30? A: 42. The cat ran.\nQ: 7 - 5? A: 2. It was warm.\n"
    "Q: ผู้ชายคนนั้น? A: น้ำ 81.\nQ: 这个人? A: 水 93.\nQ: Mtu yule? A: wali 64.\n"
)
"""What all requests begin with: more tokens than any sliding window here."""
ASKED = (
    "The cat sat on", "The dog ran after", "The dog sat", "ผู้ชายคนนั้นเปิด", "เด็กๆ กิน", "这个人打开了", "这个人",
    "Mtu yule", "Người đàn ông mở", "12 + 3?", "x", "",
)  # fmt: skip
CHOICES = ((" the mat because it was warm.", " it"), (" 7", " 8", "ข้าว", " wali."), ("水龙头", " the cat", " A: 12"))
SCORED = [ScoreRequest(str(i), f"{SHOTS}Q: {text}", CHOICES[i % len(CHOICES)]) for i, text in enumerate(ASKED)]
WRITTEN = [GenerateRequest(request.id, request.context, max_new_tokens=NEW_TOKENS) for request in SCORED[::3]]


def save(family: Family, directory: Path) -> None:
    """Write a random checkpoint of a family with a tokenizer beside it."""
    import torch
    import transformers

    made = runpy.run_path(str(HERE / "conftest.py"))
    with torch.random.fork_rng():
        torch.manual_seed(11)
        model = transformers.AutoModelForCausalLM.from_config(getattr(transformers, family.config)(**family.options))
        # Larger weights than at initialisation: log-likelihoods that differ by more than rounding.
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.data.mul_(4)
    model.save_pretrained(directory)
    tokenizer = made["make_tokenizer"](bos=family.bos)
    tokenizer.model_max_length = CONTEXT
    tokenizer.save_pretrained(directory)


def measure(family: Family, directory: Path) -> Outcome:
    """Score and write with the engine and one sequence at a time, and return how far they are apart."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32).eval()
    threads = torch.get_num_threads()
    # Threads that wait for each other cost more than such small matrices.
    config = EngineConfig(dtype="float32", device="cpu", token_budget=BUDGET, threads=1)
    engine: Any = open_engine("transformers", directory, config)
    found = {result.id: [score.log_likelihood for score in result.continuations] for result in engine.score(SCORED)}
    # Random bytes decode to the same replacement character: the ids themselves show every token.
    engine._loaded.codec.tokenizer.decode = lambda ids, **_: " ".join(str(int(token)) for token in ids)
    written = {result.id: result.text for result in engine.generate(WRITTEN)}
    with torch.inference_mode():
        difference = max(
            abs(one - other) if len(found[request.id]) == len(expected) else math.inf
            for request in SCORED
            for expected in [scores_alone(model, tokenizer, request)]
            for one, other in zip(found[request.id] or [math.inf], expected, strict=False)
        )
        same = all(written[request.id] == written_alone(model, tokenizer, request) for request in WRITTEN)
    strategy = engine.facts().strategy.partition(" (")[0]
    engine.close()
    torch.set_num_threads(threads)
    return Outcome(family, model.config.architectures[0], strategy, difference, same)


def scores_alone(model: Any, tokenizer: Any, request: ScoreRequest) -> list[float]:
    """Return the log-likelihood of each continuation, one sequence at a time, whole logits."""
    import torch

    base = tokenizer(request.context)["input_ids"]
    whole = [tokenizer(request.context + choice)["input_ids"] for choice in request.continuations]
    cut = 0
    while all(len(ids) > cut for ids in (base, *whole)) and len({ids[cut] for ids in (base, *whole)}) == 1:
        cut += 1
    found = []
    for ids in whole:
        logits = model(torch.tensor([ids]), use_cache=False).logits[0].double().log_softmax(-1)
        found.append(math.fsum(logits[at - 1, ids[at]].item() for at in range(cut, len(ids))))
    return found


def written_alone(model: Any, tokenizer: Any, request: GenerateRequest) -> str:
    """Return the ids that `model.generate` writes greedily, what ends the answer excluded."""
    import torch

    ids = torch.tensor([tokenizer(request.context)["input_ids"]])
    output = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW_TOKENS, do_sample=False)
    tokens = output[0, ids.shape[1] :].tolist()
    return " ".join(map(str, tokens[: tokens.index(2)] if 2 in tokens else tokens))


def table(outcomes: Iterable[Outcome]) -> str:
    """Return the markdown table."""
    rows = [HEADER, ("---",) * len(HEADER), *(outcome.cells() for outcome in outcomes)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(text: str) -> str:
    """Return what stands between the markers.

    Raises
    ------
    ValueError
        A marker is missing.
    """
    start = text.index(BEGIN) + len(BEGIN)
    return text[start : text.index(END, start)].strip()


def main() -> None:
    """Print the table; with --write also put it into README.md."""
    from workbench.policy.offline import switch_off

    switch_off()
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--write", action="store_true", help="put the table between the markers in README.md")
    parser.add_argument("names", nargs="*", help="only these families")
    given = parser.parse_args()
    outcomes = []
    for family in FAMILIES:
        if given.names and family.name not in given.names:
            continue
        with tempfile.TemporaryDirectory() as directory:
            save(family, Path(directory))
            outcomes.append(measure(family, Path(directory)))
    made = table(outcomes)
    sys.stdout.write(f"{made}\n")
    if given.write:
        text = README.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
