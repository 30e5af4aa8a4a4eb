"""The cut of lm-eval 0.4.13, for runs that must give its numbers.

Source: lm-eval 0.4.13, ``TemplateLM._encode_pair`` and ``loglikelihood``, ``HFLM._loglikelihood_tokens``. White space
at the end of the context moves to the continuation; context and whole are encoded apart, and the whole is cut at the
context's *length*, whether or not its tokens are the same there; what is too long loses its beginning, BOS included.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers.splits import Split, refuse
from workbench.engines.transformers.tokens import Codec

Pair = tuple[list[int], list[int]]


def split_as_lm_eval(requests: Sequence[ScoreRequest], codec: Codec, max_length: int) -> list[Split]:
    """Return the split of each request, each continuation with a context of its own."""
    checked = [(request, refuse(request)) for request in requests]
    valid = [request for request, error in checked if not error]
    whole = codec.encode_as_lm_eval(
        text
        for request in valid
        if request.context
        for text in (request.context.rstrip(), *(request.context + text for text in request.continuations))
    )
    alone = codec.encode(text for request in valid if not request.context for text in request.continuations)
    splits = []
    for request, error in checked:
        if error:
            splits.append(Split(request.id, error=error))
        elif request.context:
            context = whole[request.context.rstrip()]
            pairs = [(context, whole[request.context + text][len(context) :]) for text in request.continuations]
            splits.append(_truncated(request.id, pairs, max_length))
        else:
            pairs = [_after_nothing(alone[text], codec) for text in request.continuations]
            splits.append(_truncated(request.id, pairs, max_length))
    return splits


def _after_nothing(tokens: list[int], codec: Codec) -> Pair:
    """Return the pair for an empty context: BOS or EOS, unless the continuation begins with it."""
    lead = list(codec.lead[-1:])
    return (tokens[:1], tokens[1:]) if lead and tokens[:1] == lead else (lead, tokens)


def _truncated(request_id: str, pairs: Sequence[Pair], max_length: int) -> Split:
    if not all(context for context, _ in pairs):
        return Split(request_id, error="empty_context")
    if not all(tokens for _, tokens in pairs):
        return Split(request_id, error="empty_continuation")
    if max(len(tokens) for _, tokens in pairs) > max_length:
        return Split(request_id, error="continuation_too_long")
    kept = [context[-(max_length + 1 - len(tokens)) :] for context, tokens in pairs]
    return Split(
        request_id,
        tuple(kept),
        tuple(tokens for _, tokens in pairs),
        max(map(len, kept)),
        max(len(context) - len(cut) for (context, _), cut in zip(pairs, kept, strict=True)),
    )
