"""The two ways to score a continuation with vLLM, and which of them computes less.

`prompt`: the whole sequence with its prompt's log-probabilities; vLLM then leaves its prefix cache aside and computes
every token. `tokens`: a request of one new token for each token to score, behind what comes before it, and the
log-probability of the token wanted; the cache serves all but the last block of each.
See docs/design/0005-vllm-scoring.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.engines.openai.remote import Piece, Slot, whole_sequences
from workbench.engines.transformers.splits import Split, common_prefix

Method = Literal["auto", "prompt", "tokens"]
BLOCK_TOKENS = 32
"""Tokens in a block of vLLM's prefix cache; only whole blocks are found again."""
REQUEST_TOKENS = 3
"""What a request is counted as beside its tokens, in tokens. Chosen: measuring it gave anything from less than nothing
to 5 (docs/design/0005-vllm-scoring.md), and it matters only where both ways compute about as much."""


@dataclass(slots=True)
class Planner:
    """Makes a split into questions, `auto` by whichever way computes fewer tokens for it."""

    method: Method = "auto"
    before: list[int] = field(default_factory=list)
    """The context asked about last: what it shares with the next lies in the cache."""

    def pieces(self, number: int, split: Split) -> list[Piece]:
        """Return the questions for one split."""
        if self.method == "prompt":
            return whole_sequences(number, split)
        step = one_token_requests(number, split)
        context = split.contexts[0]
        cached = common_prefix([self.before, context]) // BLOCK_TOKENS * BLOCK_TOKENS
        self.before = context
        if self.method == "tokens":
            return step
        whole = whole_sequences(number, split)
        return step if step_cost(step, len(context), cached) < whole_cost(whole) else whole


def whole_cost(pieces: list[Piece]) -> int:
    """Return the tokens that `prompt` computes, requests counted as `REQUEST_TOKENS`."""
    return sum(len(piece.ids) + REQUEST_TOKENS for piece in pieces)


def step_cost(pieces: list[Piece], context: int, cached: int) -> int:
    """Return the tokens that `tokens` computes when `cached` of the context's tokens lie in the cache."""
    rest = sum(len(piece.ids) - (len(piece.ids) - 1) // BLOCK_TOKENS * BLOCK_TOKENS for piece in pieces)
    return max(0, context // BLOCK_TOKENS * BLOCK_TOKENS - cached) + rest + REQUEST_TOKENS * len(pieces)


def one_token_requests(number: int, split: Split) -> list[Piece]:
    """Return a piece for each distinct beginning, with the tokens that follow it in any continuation."""
    found: dict[tuple[int, ...], dict[int, list[Slot]]] = {}
    for index, (context, tokens) in enumerate(zip(split.contexts, split.continuations, strict=True)):
        for place, token in enumerate(tokens):
            beginning = (*context, *tokens[:place])
            found.setdefault(beginning, {}).setdefault(token, []).append((number, index, place))
    return [Piece(beginning, tuple(after), tuple(map(tuple, after.values()))) for beginning, after in found.items()]
