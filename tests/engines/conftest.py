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
    short = {"vocab_size": VOCABULARY, "hidden_size": 32} | ids
    made = {
        "llama": lambda: t.LlamaConfig(**common),
        "qwen2": lambda: t.Qwen2Config(**common, tie_word_embeddings=True),
        "mistral": lambda: t.MistralConfig(**common, sliding_window=8),
        "gemma2": lambda: t.Gemma2Config(**gemma, final_logit_softcapping=0.5, attn_logit_softcapping=50.0),
        "gemma3": lambda: t.Gemma3TextConfig(**gemma),
        "bloom": lambda: t.BloomConfig(**short, n_layer=3, n_head=4),
        "cohere": lambda: t.CohereConfig(**common, logit_scale=0.25),
        "granite": lambda: t.GraniteConfig(**common, logits_scaling=4.0),
        "falcon": lambda: t.FalconConfig(
            **short, num_hidden_layers=3, num_attention_heads=4, max_position_embeddings=CONTEXT
        ),
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
