"""Requests as the token sequences a model is fed, made with lm-eval's own functions and a tokenizer of its own.

Nothing of the engine under test is used: what it says it computed is held against these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_cases import Request

from workbench.engines.protocol import GenerateRequest, RollingRequest

Fed = tuple[list[int], int]
"""Fed tokens, and how many of the last positions are scored."""


class Tokens:
    """A tokenizer that begins each text with BOS where the model needs it, once."""

    def __init__(self, model: Path, *, bos: bool) -> None:
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
        self.bos = self.tokenizer.bos_token_id if bos else None
        first = self.tokenizer.bos_token_id
        self.prefix = self.tokenizer.eos_token_id if first is None else first

    def __call__(self, text: str) -> list[int]:
        ids = self.tokenizer(text)["input_ids"]
        return ids if self.bos is None or ids[:1] == [self.bos] else [self.bos, *ids]


def sequences(requests: Sequence[Request], tokens: Tokens, max_length: int) -> list[Fed]:
    """What both sides must at least feed the model for these requests, cut as lm-eval 0.4.13 does."""
    return [fed for request in requests for fed in _fed(request, tokens, max_length)]


def _fed(request: Request, tokens: Tokens, max_length: int) -> Iterator[Fed]:
    if isinstance(request, RollingRequest):
        yield from _windows(request.text, tokens, max_length)
    elif isinstance(request, GenerateRequest):
        yield tokens(request.context)[-(max_length - request.max_new_tokens) :], 1
    else:
        context = len(tokens(request.context.rstrip()))
        for continuation in request.continuations:
            whole = tokens(request.context + continuation)
            yield whole[-(max_length + 1) :][:-1], len(whole) - context


def _windows(text: str, tokens: Tokens, max_length: int) -> Iterator[Fed]:
    from lm_eval.utils import get_rolling_token_windows, make_disjoint_window

    cut = get_rolling_token_windows(
        token_list=tokens(text), prefix_token=tokens.prefix, max_seq_len=max_length, context_len=1
    )
    for context, continuation in map(make_disjoint_window, cut):
        yield [*context, *continuation][:-1], len(continuation)
