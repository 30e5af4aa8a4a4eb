"""Tiny random checkpoints of real architectures, with a tokenizer trained here on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CORPUS = (
    "The cat sat on the mat because it was warm. The dog ran after the cat.",
    "ผู้ชายคนนั้นเปิดก๊อกน้ำ ดังนั้นน้ำจึงไหลออกมา เด็กๆ กินข้าวแล้วไปโรงเรียน",
    "Người đàn ông mở vòi nước, vì vậy nước chảy ra. Trẻ em ăn cơm rồi đi học.",
    "Mtu yule alifungua bomba, kwa hiyo maji yalitoka. Watoto walikula wali.",
    "这个人打开了水龙头,所以水流出来了。孩子们吃了饭,然后去上学。",
)
CONTEXT = 64
VOCABULARY = 420
CHAT_TEMPLATE = "{{ bos_token }}{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}\n{% endfor %}<|assistant|>"


def make_tokenizer(*, bos: bool):
    """A byte-level BPE tokenizer; with `bos` its post-processor puts <s> in front."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(CORPUS * 3, trainer)
    if bos:
        backend.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", backend.token_to_id("<s>"))]
        )
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=CONTEXT, **special)
    tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def make_config(kind: str):
    import transformers as t

    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    common = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": CONTEXT,
    } | ids
    gemma = common | {"head_dim": 8, "query_pre_attn_scalar": 8, "sliding_window": 8}
    short = {"vocab_size": VOCABULARY, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4} | ids
    latent = {"q_lora_rank": 16, "kv_lora_rank": 16, "qk_nope_head_dim": 8, "qk_rope_head_dim": 8, "v_head_dim": 8}
    experts = {"n_routed_experts": 4, "n_group": 1, "topk_group": 1, "num_experts_per_tok": 2}
    deepseek = common | {"num_key_value_heads": 4, "moe_intermediate_size": 16, "first_k_dense_replace": 1}
    mamba = {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_chunk_size": 8}
    made = {
        "llama": lambda: t.LlamaConfig(**common),
        "qwen2": lambda: t.Qwen2Config(**common, tie_word_embeddings=True),
        "qwen3": lambda: t.Qwen3Config(**common, head_dim=8),
        "mistral": lambda: t.MistralConfig(**common, sliding_window=8),
        "mixtral": lambda: t.MixtralConfig(**common, num_local_experts=4),
        "gemma2": lambda: t.Gemma2Config(**gemma, final_logit_softcapping=0.5, attn_logit_softcapping=50.0),
        "gemma3": lambda: t.Gemma3TextConfig(**gemma),
        "bloom": lambda: t.BloomConfig(vocab_size=VOCABULARY, hidden_size=32, n_layer=3, n_head=4, **ids),
        "mpt": lambda: t.MptConfig(
            vocab_size=VOCABULARY, d_model=32, n_layers=3, n_heads=4, max_seq_len=CONTEXT, **ids
        ),
        "cohere": lambda: t.CohereConfig(**common, logit_scale=0.25),
        "granite": lambda: t.GraniteConfig(**common, logits_scaling=4.0),
        "falcon": lambda: t.FalconConfig(**short, max_position_embeddings=CONTEXT),
        "falcon_h1": lambda: t.FalconH1Config(**common, **mamba, lm_head_multiplier=0.5),
        "phi3": lambda: t.Phi3Config(**common),
        "olmo2": lambda: t.Olmo2Config(**common),
        "deepseek_v3": lambda: t.DeepseekV3Config(**deepseek, **latent, **experts),
    }
    return made[kind]()


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a directory with a tiny random model: `tiny("llama", bos=True)`. The same arguments, the same directory."""
    made: dict[tuple[str, bool], Path] = {}

    def make(kind: str = "llama", *, bos: bool = True) -> Path:
        if (kind, bos) not in made:
            import torch
            from transformers import AutoModelForCausalLM

            directory = tmp_path_factory.mktemp(f"{kind}-{'bos' if bos else 'plain'}")
            with torch.random.fork_rng():
                torch.manual_seed(7)
                model = AutoModelForCausalLM.from_config(make_config(kind))
                # Larger weights than at initialisation: log-likelihoods that differ by more than rounding.
                for parameter in model.parameters():
                    if parameter.dim() > 1:
                        parameter.data.mul_(4)
            model.save_pretrained(directory)
            make_tokenizer(bos=bos).save_pretrained(directory)
            made[kind, bos] = directory
        return made[kind, bos]

    return make


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """Return a copy of a model directory that a test may damage."""
    import shutil

    return lambda directory: Path(shutil.copytree(directory, tmp_path / "copy"))
