"""One line of a journal: one item, asked once, with everything needed to judge it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Extraction = Literal["parsed", "fallback", "failed", ""]


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What happened to one item.

    Attributes
    ----------
    key
        sha256 over (pack digest, item id, unrendered prompt hash, model digest, engine parameters, repeat).
    pack, language, item_id, group, domain, culture, repeat
        Which item.
    formulation
        How it was asked.
    prompt_hash, rendered_hash
        sha256 of the prompt before, and of the exact text after, the chat template.
    query, choices, gold, references
        What a person needs to read the item (never sent to MLflow).
    log_likelihoods, token_counts, char_counts, byte_counts
        One entry a continuation; characters are code points, bytes UTF-8, of the bare choice.
    greedy
        Whether each continuation was the model's own first choice.
    context_tokens, truncated
        Tokens before the answer; tokens cut from the left.
    response, answer, extraction, finish
        Generated text, what was extracted from it, how sure the extraction was, why it ended.
    prediction
        Index of the chosen continuation; None for open tasks.
    scores
        Per-item metric values by metric name, e.g. ``{"accuracy": 0.5}`` for a tie of two.
    tied
        How many continuations share the best log-likelihood (1: none).
    error
        Stable code when the item could not be scored; its scores then are empty and it counts as failed.
    """

    key: str
    pack: str
    language: str
    item_id: str
    group: str
    domain: str
    culture: str
    repeat: int
    formulation: str
    prompt_hash: str
    rendered_hash: str
    query: str
    choices: tuple[str, ...]
    gold: int | None
    references: tuple[str, ...]
    log_likelihoods: tuple[float, ...] = ()
    token_counts: tuple[int, ...] = ()
    char_counts: tuple[int, ...] = ()
    byte_counts: tuple[int, ...] = ()
    greedy: tuple[bool, ...] = ()
    context_tokens: int = 0
    truncated: int = 0
    response: str = ""
    answer: str = ""
    extraction: Extraction = ""
    finish: str = ""
    prediction: int | None = None
    scores: tuple[tuple[str, float], ...] = ()
    tied: int = 1
    error: str = ""
