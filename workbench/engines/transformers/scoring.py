"""Log-likelihoods of continuations after a context."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from workbench.engines.protocol import ContinuationScore, ScoreRequest, ScoreResult
from workbench.engines.transformers.batches import rows_of
from workbench.engines.transformers.forward import Forward, TargetScore
from workbench.engines.transformers.parity import split_as_lm_eval
from workbench.engines.transformers.sharing import Sharing
from workbench.engines.transformers.splits import Split, split_requests
from workbench.engines.transformers.tokens import Codec
from workbench.engines.transformers.trie import Path

BLOCK = 2048
"""Requests ordered together: enough for even batches, few enough that answers flow."""

T = TypeVar("T")


def blocks(items: Iterable[T], size: int = BLOCK) -> Iterator[list[T]]:
    """Yield lists of up to `size` items."""
    iterator = iter(items)
    while block := list(islice(iterator, size)):
        yield block


def score(
    requests: Iterable[ScoreRequest],
    codec: Codec,
    forward: Forward,
    max_length: int,
    *,
    parity: bool,
    sharing: Sharing | None = None,
) -> Iterator[ScoreResult]:
    """Yield each request's log-likelihoods as soon as its last pass is done.

    With `sharing` what requests have in common is computed once, else each sequence in a padded batch.
    """
    for block in blocks(requests):
        split = split_as_lm_eval if parity else split_requests
        yield from _score_block(split(block, codec, max_length), forward, sharing)


def _score_block(splits: Sequence[Split], forward: Forward, sharing: Sharing | None) -> Iterator[ScoreResult]:
    waiting: dict[int, dict[int, TargetScore]] = {}
    for number, split in enumerate(splits):
        if split.error:
            yield ScoreResult(split.request_id, (), 0, error=split.error)
        else:
            waiting[number] = {}
    if sharing is not None:
        passes = sharing.run([path for number in waiting for path in _paths(number, splits[number])])
    else:
        passes = forward.run(
            [
                row
                for number in waiting
                for row in rows_of(number, splits[number].contexts, splits[number].continuations)
            ]
        )
    for scores in passes:
        for found in scores:
            number, index = found.owner
            waiting[number][index] = found
        for number in dict.fromkeys(found.owner[0] for found in scores):
            if len(waiting[number]) == len(splits[number].continuations):
                yield _result(splits[number], waiting.pop(number))


def _paths(number: int, split: Split) -> Iterator[Path]:
    """Yield a path for each continuation; one-token continuations share the context's list itself."""
    for index, (context, tokens) in enumerate(zip(split.contexts, split.continuations, strict=True)):
        fed = context if len(tokens) == 1 else [*context, *tokens[:-1]]
        yield Path(fed, len(context) - 1, tokens, (number, index))


def _result(split: Split, found: dict[int, TargetScore]) -> ScoreResult:
    ordered = [found[index] for index in range(len(found))]
    if not all(math.isfinite(score.log_likelihood) for score in ordered):
        return ScoreResult(split.request_id, (), 0, error="not_finite")
    return ScoreResult(
        split.request_id,
        tuple(ContinuationScore(score.log_likelihood, score.tokens, score.greedy) for score in ordered),
        split.context_tokens,
        split.truncated,
    )
