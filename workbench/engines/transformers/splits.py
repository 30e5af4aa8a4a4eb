"""Where the context ends and each continuation begins.

One split per item: the longest token prefix that encode(context) and encode(context + choice) of all its choices
share. A token may span the join; it then belongs to the continuation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers.tokens import Codec


@dataclass(frozen=True, slots=True)
class Split:
    """One request as tokens.

    `contexts` holds one context per continuation; they differ only where parity mode cut them differently. With
    `error` set (a key of `REQUEST_ERRORS`) the rest is empty.
    """

    request_id: str
    contexts: tuple[list[int], ...] = ()
    continuations: tuple[list[int], ...] = ()
    context_tokens: int = 0
    truncated: int = 0
    error: str = ""


def common_prefix(sequences: Sequence[Sequence[int]]) -> int:
    """Return the length of the longest prefix that all `sequences` share."""
    for index, tokens in enumerate(zip(*sequences, strict=False)):
        if any(token != tokens[0] for token in tokens):
            return index
    return min(map(len, sequences))


def split_requests(requests: Sequence[ScoreRequest], codec: Codec, max_length: int) -> list[Split]:
    """Return the split of each request; texts that occur several times are encoded once.

    Parameters
    ----------
    max_length
        Tokens the model may be fed at once. The last token of a continuation is predicted, not fed.
    """
    checked = [(request, refuse(request)) for request in requests]
    valid = [request for request, error in checked if not error]
    ids = codec.encode(request.context + text for request in valid for text in ("", *request.continuations))
    return [
        Split(request.id, error=error) if error else _split(request, ids, codec, max_length)
        for request, error in checked
    ]


def refuse(request: ScoreRequest) -> str:
    """Return what is wrong with a request before it is tokenised (a key of `REQUEST_ERRORS`), or nothing."""
    if not request.continuations:
        return "no_continuations"
    return "" if all(request.continuations) else "empty_continuation"


def _split(request: ScoreRequest, ids: Mapping[str, list[int]], codec: Codec, max_length: int) -> Split:
    base = codec.begin(ids[request.context])
    whole = [codec.begin(ids[request.context + text]) for text in request.continuations]
    if not request.context:
        base = list(codec.lead)
        whole = [[*codec.lead, *_without_lead(ids[text], codec)] for text in request.continuations]
    cut = common_prefix([base, *whole])
    context, continuations = base[:cut], [tokens[cut:] for tokens in whole]
    if not context:  # the first token already spans the join
        context = list(codec.lead)
    if not context:
        return Split(request.id, error="empty_context")
    if not all(continuations):
        return Split(request.id, error="empty_continuation")
    longest = max(map(len, continuations))
    if longest > max_length:
        return Split(request.id, error="continuation_too_long")
    kept = cut_left(context, max_length + 1 - longest, codec)
    truncated = len(context) - len(kept)
    return Split(request.id, (kept,) * len(whole), tuple(continuations), len(kept), truncated)


def cut_left(ids: list[int], room: int, codec: Codec) -> list[int]:
    """Return the last `room` tokens (at least one); a leading prefix of the policy stays in front."""
    if len(ids) <= room:
        return ids
    head = len(codec.prefix)
    if head and tuple(ids[:head]) == codec.prefix and room > head:
        return [*codec.prefix, *ids[-(room - head) :]]
    return ids[-room:]


def _without_lead(ids: list[int], codec: Codec) -> list[int]:
    return ids[1:] if codec.lead and ids and ids[0] == codec.lead[0] else ids
