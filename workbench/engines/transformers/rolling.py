"""Log-likelihood of whole texts, in windows when they are longer than the context.

Windows are lm-eval 0.4.13's: disjoint in what they score, the last one filled up with what stands before it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from workbench.engines.protocol import RollingRequest, RollingResult
from workbench.engines.transformers.batches import Row, Target
from workbench.engines.transformers.forward import Forward, TargetScore
from workbench.engines.transformers.scoring import blocks
from workbench.engines.transformers.sharing import Sharing
from workbench.engines.transformers.tokens import Codec
from workbench.engines.transformers.trie import Owner, Path

BLOCK = 256
"""Texts ordered together."""

Window = tuple[list[int], int, list[int]]
"""Fed tokens, place of the first scored one in the text's part, scored tokens."""


def windows(lead: Sequence[int], tokens: Sequence[int], max_length: int) -> list[Window]:
    """Return the windows of a text.

    The first window begins with `lead`; each later one with the last token of the window before it, or earlier where
    there is room. Every token of `tokens` is scored once.
    """
    whole = [*lead, *tokens]
    found: list[Window] = []
    done = len(lead)
    while done < len(whole):
        end = min(done + max_length if found else max_length + 1, len(whole))
        begin = max(0, end - 1 - max_length)
        found.append((whole[begin : end - 1], done - begin, whole[done:end]))
        done = end
    return found


def rolling(
    requests: Iterable[RollingRequest],
    codec: Codec,
    forward: Forward,
    max_length: int,
    *,
    parity: bool,
    sharing: Sharing | None = None,
) -> Iterator[RollingResult]:
    """Yield the log-likelihood of each text as soon as its last window is done.

    With `sharing` short windows stand in one row without padding, else in padded batches.
    """
    for block in blocks(requests, BLOCK):
        yield from _roll_block(block, codec, forward, max_length, parity=parity, sharing=sharing)


def _roll_block(
    block: Sequence[RollingRequest],
    codec: Codec,
    forward: Forward,
    max_length: int,
    *,
    parity: bool,
    sharing: Sharing | None,
) -> Iterator[RollingResult]:
    encode = codec.encode_as_lm_eval if parity else codec.encode
    encoded = encode(request.text for request in block)
    found: list[tuple[Window, Owner]] = []
    waiting: dict[int, list[TargetScore]] = {}
    counts: dict[int, int] = {}
    for number, request in enumerate(block):
        tokens = encoded[request.text]
        if not parity and codec.lead and tokens[:1] == [codec.lead[0]]:
            tokens = tokens[1:]  # the text brought its own BOS
        error = "" if tokens else "empty_text"
        if error or not codec.lead:
            yield RollingResult(request.id, 0.0, 0, 0, error=error or "empty_context")
            continue
        pieces = windows(codec.lead[-1:] if parity else codec.lead, tokens, max_length)
        found += [(piece, (number, index)) for index, piece in enumerate(pieces)]
        waiting[number], counts[number] = [], len(pieces)
    for scores in _passes(found, forward, sharing):
        for score in scores:
            number = score.owner[0]
            waiting[number].append(score)
            if len(waiting[number]) == counts[number]:
                yield _result(block[number], waiting.pop(number))


def _passes(
    windows: Sequence[tuple[Window, Owner]], forward: Forward, sharing: Sharing | None
) -> Iterator[list[TargetScore]]:
    if sharing is not None and sharing.way == "shared-prefix":
        return sharing.run([Path(fed, start - 1, scored, owner) for (fed, start, scored), owner in windows])
    return forward.run([Row(fed, [Target(owner, start, scored)]) for (fed, start, scored), owner in windows])


def _result(request: RollingRequest, found: Sequence[TargetScore]) -> RollingResult:
    total = math.fsum(score.log_likelihood for score in found)
    if not math.isfinite(total):
        return RollingResult(request.id, 0.0, 0, 0, error="not_finite")
    return RollingResult(request.id, total, sum(score.tokens for score in found), len(found))
